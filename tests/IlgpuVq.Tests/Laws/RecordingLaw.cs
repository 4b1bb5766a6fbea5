using FsCheck;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws.Reference;
using IlgpuVq.Tests.Laws.Registry;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Properties;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Laws;

/// <summary>Recorded on some inputs, other tensors, ids and random numbers and replayed on others, an op and its gradients have
/// the bits of an ordinary run; on one thread of a host device the replay makes no object.</summary>
public sealed class RecordingLaw(RecordingLaw.Devices devices) : IClassFixture<RecordingLaw.Devices>
{
    [Property]
    [MemberData(nameof(OpRegistry.OnEveryDevice), MemberType = typeof(OpRegistry))]
    public Property A_replay_has_the_bits_of_an_ordinary_run_and_makes_no_object(string op, string device) =>
        Check(devices.Open(device), OpRegistry.Row(op));

    internal static Property Check(Device device, OpRow row) =>
        Law.ForAll(row, device.Name, Scale.Small, (drawn, seed) =>
        {
            var other = drawn with
            {
                Inputs = [.. drawn.Inputs.Select((input, i) => Draw.Uniform(input.Shape, 0.5, 1.5, seed + i))],
                Tensors = [.. drawn.Tensors.Select((tensor, i) => Draw.Uniform(tensor.Shape, 0.5, 1.5, seed - i))],
                Ids = [.. drawn.Ids.Select(ids => ids.Reverse().ToArray())],
                Step = drawn.Step + 1,
            };
            var expected = OpRun.Both(device, other, seed);
            using var work = new Work(device, drawn, expected);
            work.Recording.Run();
            work.Clear();
            work.SetInputs(other);
            work.Recording.Run();
            AssertSameBits(expected, work);
            if (device.CanCapture)
            {
                // The second replay is captured as a graph, the third is a launch of it alone.
                work.Clear();
                work.Recording.Run();
                AssertSameBits(expected, work);
                Assert.Equal((true, null), (work.Recording.IsCaptured, work.Recording.GraphObstacle));
                work.Clear();
                work.Recording.Run();
                AssertSameBits(expected, work);
            }

            if (device.Name == "cpu")
            {
                Objects.AssertNone(work.Recording.Run);
            }
        });

    private static void AssertSameBits(OpRun expected, Work work)
    {
        OpRun.AssertSameBits("y", expected.Y, work.Y.ToArray());
        for (var i = 0; i < expected.Gradients.Length; i++)
        {
            OpRun.AssertSameBits($"gradient of input {i}", expected.Gradients[i] ?? [], work.Gradients[i]?.ToArray() ?? []);
        }
    }

    /// <summary>The devices of the other laws, but one thread on the host, so that all it allocates is allocated here.</summary>
    public sealed class Devices : IDisposable
    {
        private readonly LawDevices others = new();
        private readonly Device host = Device.Open("cpu", new DeviceOptions(Threads: 1, PoisonMemory: true));

        public Device Open(string name) => name == "cpu" ? host : others.Open(name);

        public void Dispose()
        {
            others.Dispose();
            host.Dispose();
        }
    }

    /// <summary>Forward and backward of a case as a recording, from tensors that stay to tensors that stay.</summary>
    private sealed class Work : IDisposable
    {
        private readonly OpInputs owner;
        private readonly Tensor<float>[] inputs, tensors;
        private readonly Tensor<int>[] ids;
        private readonly RandomState random;

        public Work(Device device, OpCase drawn, OpRun expected)
        {
            owner = new OpInputs(device, (DoubleTensor[])[]);
            inputs = [.. drawn.Inputs.Select(owner.Tensor)];
            tensors = [.. drawn.Tensors.Select(owner.Tensor)];
            ids = [.. drawn.Ids.Select(owner.Ids)];
            random = owner.Random;
            random.Set(drawn.Step);
            Y = Kept(expected.Shape);
            Gradients = [.. expected.Gradients.Select((gradient, i) => gradient is null ? null : Kept(drawn.Inputs[i].Shape))];
            var upstream = owner.Tensor(expected.Upstream);
            Recording = new Recording(device, () =>
            {
                using var operands = new OpInputs(device, inputs, tensors, ids, random);
                var y = drawn.Op(operands);
                Primitive.CopyInto(Y, y.Value);
                operands.Tape.Backward(y, upstream);
                for (var i = 0; i < inputs.Length; i++)
                {
                    if (operands[i].Gradient is { } gradient)
                    {
                        Primitive.CopyInto(Gradients[i]!, gradient);
                    }
                }
            });
        }

        public Recording Recording { get; }

        public Tensor<float> Y { get; }

        public Tensor<float>?[] Gradients { get; }

        public void SetInputs(OpCase numbers)
        {
            foreach (var (tensor, now) in inputs.Concat(tensors).Zip(numbers.Inputs.Concat(numbers.Tensors)))
            {
                tensor.CopyFrom(now.ToFloats());
            }

            for (var i = 0; i < ids.Length; i++)
            {
                ids[i].CopyFrom(numbers.Ids[i]);
            }

            random.Set(numbers.Step);
        }

        /// <summary>Forgets the results.</summary>
        public void Clear()
        {
            foreach (var result in Gradients.Append(Y).OfType<Tensor<float>>())
            {
                result.CopyFrom(new float[result.Size]);
            }
        }

        public void Dispose()
        {
            Recording.Dispose();
            owner.Dispose();
        }

        private Tensor<float> Kept(Shape shape) => owner.Tensor(new DoubleTensor(shape, new double[shape.Size]));
    }
}
