using ILGPU;
using ILGPU.Runtime;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;
using Half = ILGPU.Half;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>
/// Shuffles. Devices have warps of different sizes, so these kernels either check what they got themselves, from
/// <see cref="Warp.WarpSize"/>, or compute what does not depend on it.
/// </summary>
public sealed class WarpTests(DifferentialDevices devices) : KernelTests<WarpTests>(devices), IKernelSet
{
    /// <summary>A multiple of every warp size in use, up to 64.</summary>
    private const int Threads = 64;

    private static readonly int[] Numbers = Samples.Ints(141, 2 * Threads, -1000, 1000);

    public static void AddTo(KernelSet kernels)
    {
        AddShuffles(kernels);
        AddElementTypes(kernels);
        AddCollectives(kernels);
    }

    private static void AddShuffles(KernelSet kernels)
    {
        kernels.Grouped<int, int>("lane and warp number the threads", (2, Threads), Numbers, (_, y) =>
            y[Grid.GlobalLinearIndex] = (Warp.WarpIdx * Warp.WarpSize) + Warp.LaneIdx);
        kernels.Grouped<int, int>("the first and the last lane", (1, Threads), Numbers, (_, y) =>
            y[Group.LinearIndex] = (Warp.IsFirstLane == (Warp.LaneIdx == 0) ? 1 : 0) +
                (Warp.IsLastLane == (Warp.LaneIdx == Warp.WarpSize - 1) ? 2 : 0));
        kernels.Grouped<int, int>("Shuffle reads the lane that it names", (2, Threads), Numbers, (x, y) =>
        {
            var i = Grid.GlobalLinearIndex;
            var source = (Warp.LaneIdx * 3) % Warp.WarpSize;
            y[i] = Warp.Shuffle(x[i], source) - x[i - Warp.LaneIdx + source] + x[i];
        });
        kernels.Grouped<int, int>("Shuffle with the same lane for all", (1, Threads), Numbers, (x, y) =>
        {
            var i = Group.LinearIndex;
            y[i] = Warp.Shuffle(x[i], 1) - x[i - Warp.LaneIdx + 1] + i;
        });
        kernels.Grouped<int, int>("ShuffleDown, and the own value at the end", (2, Threads), Numbers, (x, y) =>
        {
            var i = Grid.GlobalLinearIndex;
            var got = Warp.ShuffleDown(x[i], 1);
            y[i] = got - (Warp.LaneIdx + 1 < Warp.WarpSize ? x[i + 1] : x[i]) + (x[i] * 3);
        });
        kernels.Grouped<int, int>("ShuffleUp, and the own value at the start", (2, Threads), Numbers, (x, y) =>
        {
            var i = Grid.GlobalLinearIndex;
            var got = Warp.ShuffleUp(x[i], 2);
            y[i] = got - (Warp.LaneIdx >= 2 ? x[i - 2] : x[i]) + (x[i] * 3);
        });
        kernels.Grouped<int, int>("ShuffleXor exchanges neighbours", (2, Threads), Numbers, (x, y) =>
            y[Grid.GlobalLinearIndex] = Warp.ShuffleXor(x[Grid.GlobalLinearIndex], 1));
        kernels.Grouped<int, int>("ShuffleXor over parts of four lanes", (2, Threads), Numbers, (x, y) =>
            y[Grid.GlobalLinearIndex] = Warp.ShuffleXor(x[Grid.GlobalLinearIndex], 3, 4));
        kernels.Grouped<int, int>("ShuffleDown over parts of two lanes", (2, Threads), Numbers, (x, y) =>
            y[Grid.GlobalLinearIndex] = Warp.ShuffleDown(x[Grid.GlobalLinearIndex], 1, 2));
        kernels.Grouped<int, int>("ShuffleUp over parts of four lanes", (2, Threads), Numbers, (x, y) =>
            y[Grid.GlobalLinearIndex] = Warp.ShuffleUp(x[Grid.GlobalLinearIndex], 1, 4));
        kernels.Grouped<int, int>("Shuffle over parts of four lanes", (2, Threads), Numbers, (x, y) =>
            y[Grid.GlobalLinearIndex] = Warp.Shuffle(x[Grid.GlobalLinearIndex], 2, 4));
        kernels.Grouped<int, int>("Broadcast of a lane", (1, Threads), Numbers, (x, y) =>
        {
            var i = Group.LinearIndex;
            y[i] = Warp.Broadcast(x[i], 0) - x[i - Warp.LaneIdx] + i;
        });
        kernels.Grouped<int, int>("a shuffle of what a shuffle gave", (2, Threads), Numbers, (x, y) =>
        {
            var value = x[Grid.GlobalLinearIndex];
            value = Warp.ShuffleXor(value, 1) * 2;
            value = Warp.ShuffleXor(value, 2) + 1;
            y[Grid.GlobalLinearIndex] = value;
        });
    }

    private static void AddElementTypes(KernelSet kernels)
    {
        kernels.Grouped<float, float>("ShuffleXor of float", (1, Threads), Samples.Floats(142, Threads), (x, y) =>
            y[Group.LinearIndex] = Warp.ShuffleXor(x[Group.LinearIndex], 1));
        kernels.Grouped<long, long>("ShuffleXor of long", (1, Threads), Samples.Drawn<long>(143, Threads), (x, y) =>
            y[Group.LinearIndex] = Warp.ShuffleXor(x[Group.LinearIndex], 2));
        kernels.Grouped<double, double>("ShuffleXor of double", (1, Threads), Samples.Drawn<double>(144, Threads), (x, y) =>
            y[Group.LinearIndex] = Warp.ShuffleXor(x[Group.LinearIndex], 3));
        kernels.Grouped<byte, byte>("ShuffleXor of byte", (1, Threads), Samples.Drawn<byte>(145, Threads), (x, y) =>
            y[Group.LinearIndex] = Warp.ShuffleXor(x[Group.LinearIndex], 1));
        kernels.Grouped<Half, Half>("ShuffleXor of Half", (1, Threads), Samples.Drawn<Half>(146, Threads), (x, y) =>
            y[Group.LinearIndex] = Warp.ShuffleXor(x[Group.LinearIndex], 1));
        kernels.Grouped<int, int>("ShuffleXor of a structure", (1, Threads), Numbers, (x, y) =>
        {
            var i = Group.LinearIndex;
            var other = Warp.ShuffleXor(new Candidate { Value = x[i], Index = i, Weight = x[i] * 0.5 }, 1);
            y[i] = other.Value + (other.Index * 10000) + (int)other.Weight;
        });
    }

    private static void AddCollectives(KernelSet kernels)
    {
        kernels.Add("the sum of a group by shuffles", run =>
            run.Accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>>((x, y) =>
            {
                ref var total = ref SharedMemory.Allocate<int>();
                if (Group.IsFirstThread)
                {
                    total = 0;
                }

                Group.Barrier();
                var sum = x[Grid.GlobalLinearIndex];
                for (var distance = Warp.WarpSize / 2; distance > 0; distance /= 2)
                {
                    sum += Warp.ShuffleDown(sum, distance);
                }

                if (Warp.IsFirstLane)
                {
                    Atomic.Add(ref total, sum);
                }

                Group.Barrier();
                if (Group.IsFirstThread)
                {
                    y[Grid.IdxX] = total;
                }
            })((2, Threads), run.Input(Numbers), run.Output<int>(2)));
        kernels.Add("the largest of a group by butterfly shuffles", run =>
            run.Accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>>((x, y) =>
            {
                var partial = SharedMemory.Allocate<int>(Threads);
                var largest = x[Grid.GlobalLinearIndex];
                for (var mask = 1; mask < Warp.WarpSize; mask *= 2)
                {
                    largest = Math.Max(largest, Warp.ShuffleXor(largest, mask));
                }

                if (Warp.IsFirstLane)
                {
                    partial[Warp.WarpIdx] = largest;
                }

                Group.Barrier();
                for (var warp = 0; warp < Threads / Warp.WarpSize; warp++)
                {
                    largest = Math.Max(largest, partial[warp]);
                }

                y[Grid.GlobalLinearIndex] = largest;
            })((2, Threads), run.Input(Numbers), run.Output<int>(2 * Threads)));
        kernels.Grouped<int, int>("the place of the smallest of four lanes", (2, Threads), Numbers, (x, y) =>
        {
            var i = Grid.GlobalLinearIndex;
            var best = new Candidate { Value = x[i], Index = i };
            for (var mask = 1; mask < 4; mask *= 2)
            {
                var other = Warp.ShuffleXor(best, mask, 4);
                if (other.Value < best.Value || (other.Value == best.Value && other.Index < best.Index))
                {
                    best = other;
                }
            }

            y[i] = best.Index;
        });
        kernels.Grouped<int, int>("sums of the first lanes of four", (2, Threads), Numbers, (x, y) =>
        {
            var i = Grid.GlobalLinearIndex;
            var sum = x[i];
            for (var distance = 1; distance < 4; distance *= 2)
            {
                var left = Warp.ShuffleUp(sum, distance, 4);
                if (Warp.LaneIdx % 4 >= distance)
                {
                    sum += left;
                }
            }

            y[i] = sum;
        });
        kernels.Grouped<int, int>("barriers of warps between shuffles", (1, Threads), Numbers, (x, y) =>
        {
            var shared = SharedMemory.Allocate<int>(Threads);
            var i = Group.LinearIndex;
            shared[i] = Warp.ShuffleXor(x[i], 1);
            Warp.Barrier();
            Group.Barrier();
            y[i] = shared[i ^ 1] + Warp.ShuffleXor(shared[i], 1);
        });
    }

    private struct Candidate
    {
        public int Value;
        public int Index;
        public double Weight;
    }
}
