using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Adversarial;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws;
using IlgpuVq.Tests.Laws.Reference;
using IlgpuVq.Tests.Laws.Registry;
using IlgpuVq.Tests.Properties;
using IlgpuVq.Tests.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Models.Adversarial;

/// <summary>The gradients of the gradient penalty against differences of differences of the scores, in double precision: no
/// gradient of any kind is written down here.</summary>
public sealed class PenaltyTests(LawDevices devices) : IClassFixture<LawDevices>
{
    /// <summary>How near to a kink of a rectifier a case may begin; differences take much smaller steps.</summary>
    private const double Margin = 0.02;

    private const double Step = 1e-4;

    private static Gen<Case> Cases(Choices draw) =>
        from depth in draw.Between(1, 2)
        from height in draw.Between(5, 8)
        from width in draw.Between(5, 8)
        from sigmoid in draw.Flag()
        from norm in draw.Elements(0f, 1f, 0.5f)
        from seed in Numbers.Seeds
        select new Case(depth, height, width, sigmoid, norm, seed);

    [Property]
    public Property The_gradients_of_the_penalty_are_slopes_of_slopes() =>
        Drawn.ForAll(Cases, where: one => Network.Of(one).Margin() > Margin, one =>
        {
            using var discriminator = one.Build(devices.Open("cpu"));
            using var x = new Parameter("x", OnDevice(one.X));
            using var tape = new Tape(discriminator.Device);
            var penalty = discriminator.Judge(tape.Watch(x), discriminator.On(tape)).Penalty(one.Norm).Keep();
            tape.Backward(penalty);
            var network = Network.Of(one);

            Assert.Equal(network.Penalty(), penalty.Value.Item(), 1e-4 * (1 + network.Penalty()));
            foreach (var parameter in discriminator.Parameters.Append(x))
            {
                var along = Draw.Uniform(parameter.Shape, -1, 1, one.Seed + parameter.Name.Length);
                var expected = (network.Moved(parameter.Name, along, Step).Penalty()
                    - network.Moved(parameter.Name, along, -Step).Penalty()) / (2 * Step);
                var gradient = parameter.Gradient?.ToArray() ?? new float[parameter.Value.Size];
                var actual = gradient.Zip(along.Values, (dW, u) => dW * u).Sum();
                var size = gradient.Zip(along.Values, (dW, u) => Math.Abs(dW * u)).Sum();
                Assert.True(
                    Math.Abs(expected - actual) <= 1e-3 * (size + 0.1 + network.Penalty()),
                    $"{parameter.Name}: expected {expected}; got {actual}.");
            }
        });

    private Tensor<float> OnDevice(DoubleTensor tensor) => devices.Open("cpu")
        .From<float>([.. tensor.Values.Select(number => (float)number)], tensor.Shape);

    private sealed record Case(int Depth, int Height, int Width, bool Sigmoid, float Norm, int Seed)
    {
        public DoubleTensor X => Draw.Uniform([1, 2, Height, Width], -1, 1, Seed);

        public Discriminator Build(Device device) => new(
            new ModuleScope(device, (ulong)Seed), new DiscriminatorOptions { Depth = Depth, Hidden = 16, Sigmoid = Sigmoid },
            (2, Height, Width));
    }

    /// <summary>The discriminator as it is defined, in double precision, with the state of one of ours.</summary>
    private sealed record Network(Case Case, Dictionary<string, DoubleTensor> State)
    {
        public static Network Of(Case one)
        {
            using var device = Device.Open("cpu", new DeviceOptions(Threads: 1));
            using var own = one.Build(device);
            return new Network(one, own.State.ToDictionary(
                named => named.Key, named => new DoubleTensor(named.Shape, [.. named.Tensor.ToArray().Select(x => (double)x)]))
                .Append(new("x", one.X)).ToDictionary());
        }

        public Network Moved(string name, DoubleTensor along, double step)
        {
            var moved = State[name].Values.Zip(along.Values, (value, u) => value + step * u);
            return this with { State = new Dictionary<string, DoubleTensor>(State) { [name] = new(along.Shape, [.. moved]) } };
        }

        /// <summary>How far the numbers that a rectifier gets are from its kink.</summary>
        public double Margin()
        {
            var least = double.MaxValue;
            Score(State["x"], n => least = Math.Min(least, n.Values.Min(Math.Abs)));
            return least;
        }

        public double Penalty()
        {
            var x = State["x"];
            var squares = Enumerable.Range(0, x.Shape.Size).Sum(i => Math.Pow((Score(Shifted(i, Step)) - Score(Shifted(i, -Step)))
                / (2 * Step), 2));
            return Case.Norm == 0 ? squares : Math.Pow(Math.Sqrt(squares + 1e-12) - Case.Norm, 2);

            DoubleTensor Shifted(int place, double step)
            {
                var values = (double[])x.Values.Clone();
                values[place] += step;
                return new DoubleTensor(x.Shape, values);
            }
        }

        /// <summary>The sum of the scores.</summary>
        private double Score(DoubleTensor y, Action<DoubleTensor>? seen = null)
        {
            for (var i = 0; i < Case.Depth; i++)
            {
                var at = $"encoder.{(i == 0 ? 0 : 3 * i - 1)}.";
                y = MatrixReference.Conv2d(y, Normalised(at), State[at + "bias"], new Conv2dParams(Stride: 2, Padding: 1));
                y = i == 0 ? y : NormReference.InstanceNorm(y, weight: null, bias: null, (double)1e-5f);
                seen?.Invoke(y);
                y = new DoubleTensor(y.Shape, [.. y.Values.Select(n => ElementwiseReference.LeakyRelu(n, 0.2f))]);
            }

            y = MatrixReference.Conv2d(y, State["shuffle.weight"], State["shuffle.bias"], new Conv2dParams());
            return Case.Sigmoid ? y.Values.Sum(ElementwiseReference.Sigmoid) : y.Values.Sum();
        }

        private DoubleTensor Normalised(string at)
        {
            var (w, u, v) = (State[at + "weight_orig"], State[at + "weight_u"].Values, State[at + "weight_v"].Values);
            var sigma = w.Values.Select((value, i) => value * u[i / v.Length] * v[i % v.Length]).Sum();
            return new DoubleTensor(w.Shape, [.. w.Values.Select(value => value / sigma)]);
        }
    }
}
