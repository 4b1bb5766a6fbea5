using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace IlgpuVq.Tensors.Kernels.Tiles;

/// <summary>Tiles of operands in shared memory, filled by copies that run beside the arithmetic; on CUDA devices only.</summary>
/// <remarks>
/// A tile holds 32 steps along k of its rows or columns ("lanes"), in the order of the operand, so that neighbours in memory are
/// neighbours in it. Its pitch keeps the 32 threads of a warp, which read 8 lanes by 4 steps, in 32 banks. Source of
/// <c>cp.async</c>: PTX ISA, "Data Movement and Conversion Instructions".
/// </remarks>
internal static class AsyncTile
{
    /// <summary>Threads of a group that works with such tiles.</summary>
    public const int Threads = 128;

    /// <summary>Steps along k.</summary>
    public const int Depth = 32;

    /// <summary>Tiles of an operand: one is worked on while the others are filled.</summary>
    public const int Stages = 3;

    /// <summary>From one lane to the next, where neighbours along k lie side by side: 4 more than a multiple of 32.</summary>
    private const int PitchAlongK = Depth + 4;

    /// <summary>What is added to the lanes, where they lie side by side: 8 more than a multiple of 32.</summary>
    private const int Padding = 8;

    private const int WarpSize = 32;

    /// <summary>The elements of a tile.</summary>
    public static int Size<T>(int lanes)
        where T : struct, ITileOperand => T.RunsAlongK ? lanes * PitchAlongK : Depth * (lanes + Padding);

    /// <summary>Where an element lies in a tile.</summary>
    public static int PlaceOf<T>(int lanes, int lane, int k)
        where T : struct, ITileOperand => T.RunsAlongK ? lane * PitchAlongK + k : k * (lanes + Padding) + lane;

    /// <summary>What is known of the lanes of a tile, for all threads; valid after a barrier.</summary>
    public static ArrayView<TilePlace> Lanes<T>(T operand, int batch, int first, int count, int lanes)
        where T : struct, ITileOperand
    {
        var table = SharedMemory.Allocate<TilePlace>(lanes);
        for (var lane = Group.IdxX; lane < lanes; lane += Threads)
        {
            // Past the end the last one is looked up, and not used.
            table[lane] = operand.Lane(batch, IntrinsicMath.Min(first + lane, count - 1));
        }

        return table;
    }

    /// <summary>Begins to fill a tile. Elements past <paramref name="end"/> along k, or past the last lane, become zero.</summary>
    /// <param name="operand">The matrix.</param>
    /// <param name="table">What is known of the lanes.</param>
    /// <param name="tile">Where to.</param>
    /// <param name="lanes">Lanes of a tile.</param>
    /// <param name="valid">How many of them the matrix has.</param>
    /// <param name="k">The first step.</param>
    /// <param name="end">Where the sum ends.</param>
    public static void Fill<T>(T operand, ArrayView<TilePlace> table, ArrayView<float> tile, int lanes, int valid, int k, int end)
        where T : struct, ITileOperand
    {
        if (T.RunsAlongK)
        {
            var perLane = Depth / T.Run;
            var at = Group.IdxX % perLane * T.Run;
            var step = operand.Step(IntrinsicMath.Min(k + at, end - 1));
            for (var i = 0; i < lanes * perLane / Threads; i++)
            {
                var lane = Group.IdxX / perLane + i * (Threads / perLane);
                Copy(operand, table[lane], step, tile, lane * PitchAlongK + at, lane < valid && k + at < end);
            }
        }
        else
        {
            // Each thread of a warp looks one step up, for all of them.
            var own = operand.Step(IntrinsicMath.Min(k + Group.IdxX % WarpSize, end - 1));
            var across = IntrinsicMath.Min(WarpSize, lanes / T.Run);
            var count = lanes / (across * T.Run);
            var places = LocalMemory.Allocate<TilePlace>(count);
            for (var j = 0; j < count; j++)
            {
                places[j] = table[(Group.IdxX % across + j * across) * T.Run];
            }

            for (var i = 0; i < Depth * across / Threads; i++)
            {
                var at = Group.IdxX / across + i * (Threads / across);
                var step = new TilePlace(Warp.Shuffle(own.Start, at), Warp.Shuffle(own.Row, at), Warp.Shuffle(own.Column, at));
                for (var j = 0; j < count; j++)
                {
                    var lane = (Group.IdxX % across + j * across) * T.Run;
                    Copy(operand, places[j], step, tile, at * (lanes + Padding) + lane, lane < valid && k + at < end);
                }
            }
        }
    }

    /// <summary>Ends a stage of copies.</summary>
    public static void Commit() => CudaAsm.Emit("cp.async.commit_group;");

    /// <summary>Waits until the oldest stage is there; those that are still being filled are one less than the stages.</summary>
    public static void WaitForOldest() => CudaAsm.Emit("cp.async.wait_group 1;");

    /// <summary>Waits for all copies.</summary>
    public static void WaitForAll() => CudaAsm.Emit("cp.async.wait_group 0;");

    private static unsafe void Copy<T>(T operand, in TilePlace lane, in TilePlace step, ArrayView<float> tile, int target, bool isValid)
        where T : struct, ITileOperand
    {
        var place = operand.Find(lane, step);
        var isThere = isValid && place >= 0;
        var to = (int)(long)(nint)Unsafe.AsPointer(ref tile[target]);
        var from = (long)(nint)Unsafe.AsPointer(ref operand.Values[isThere ? place : 0]);

        // What is not read is filled with zeros.
        if (T.Run == 4)
        {
            CudaAsm.Emit("cp.async.cg.shared.global [%0], [%1], 16, %2;", to, from, isThere ? 4 * sizeof(float) : 0);
        }
        else
        {
            CudaAsm.Emit("cp.async.ca.shared.global [%0], [%1], 4, %2;", to, from, isThere ? sizeof(float) : 0);
        }
    }
}
