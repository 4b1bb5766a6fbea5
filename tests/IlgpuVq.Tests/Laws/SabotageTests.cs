using System.Globalization;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Laws.Registry;
using IlgpuVq.Tests.Properties;
using IlgpuVq.Tests.Tensors;
using Xunit;
using Xunit.Sdk;

namespace IlgpuVq.Tests.Laws;

/// <summary>Each law rejects an op that is wrong in its way: a law that could not fail would hold nothing.</summary>
public sealed partial class SabotageTests(LawDevices devices) : IClassFixture<LawDevices>
{
    private readonly List<IDisposable> leaked = [];
    private int runs;

    private delegate Variable Op(Variable x);

    [Fact]
    public void The_honest_op_passes_every_law()
    {
        var row = Row(x => Record(x, dY => TanhGradient(x, dY)));
        Assert.All(
            [
                ForwardLaw.Check(Cpu(), row, Scale.Medium),
                ForwardLaw.CheckSpecialNumbers(Cpu(), row),
                BackwardLaw.CheckElements(Cpu(), row),
                BackwardLaw.CheckDirection(Cpu(), row),
                AccumulationLaw.CheckTwice(Cpu(), row),
                AccumulationLaw.CheckConstant(Cpu(), row),
                DeterminismLaw.CheckTwoRuns(Cpu(), row),
                MemoryLaw.Check(Cpu(), row),
                RecordingLaw.Check(Cpu(), row),
            ],
            law => Verdict.Hold(law));
    }

    [Fact]
    public void A_broken_law_names_op_device_and_a_small_case_and_prints_the_seed_that_draws_it_again()
    {
        var law = ForwardLaw.Check(Cpu(), Row(x => (x.Value.Shape.Size > 5 ? 1.01f : 1) * Tanh.Apply(x)), Scale.Medium);
        var message = Assert.Throws<XunitException>(() => Verdict.Hold(law, RandomCases.Parse("11"))).Message;
        var failure = FailureOfTanh().Match(message);
        Assert.True(failure.Success, message);
        var lengths = failure.Groups["lengths"].Value.Split(", ").Select(text => int.Parse(text, CultureInfo.InvariantCulture));
        Assert.InRange(lengths.Product(), 6, 8); // (6), (2, 3) or (2, 2, 2): no length can be less.
        var seed = RandomCases.Parse(failure.Groups["seed"].Value);
        Assert.Equal(message, Assert.Throws<XunitException>(() => Verdict.Hold(law, seed)).Message);
    }

    [Fact]
    public void A_wrong_value_is_rejected() =>
        Rejected("y: expected", ForwardLaw.Check(Cpu(), Row(x => 1.00001f * Tanh.Apply(x)), Scale.Medium));

    [Fact]
    public void A_value_that_was_never_written_is_rejected() =>
        Rejected("got NaN", ForwardLaw.Check(Cpu(), Row(x => x.Tape.Record(
            "lazy", x.Device.Empty<float>(x.Shape), [x], Share)), Scale.Small));

    [Fact]
    public void A_swallowed_NaN_is_rejected() =>
        Rejected("expected NaN", ForwardLaw.CheckSpecialNumbers(Cpu(), Row(x => x.Tape.Record(
            "calm", Primitive.Map(x.Value, default(CalmTanh)), [x], Share))));

    [Fact]
    public void A_gradient_with_a_wrong_factor_is_rejected()
    {
        var row = Row(x => Record(x, dY => Scaled(TanhGradient(x, dY), 1.0001f)));
        Rejected("gradient of input 0: expected", BackwardLaw.CheckElements(Cpu(), row));
        Rejected("along a random direction: expected", BackwardLaw.CheckDirection(Cpu(), row));
    }

    [Fact]
    public void A_gradient_that_ignores_its_upstream_is_rejected()
    {
        var row = Row(x => Record(x, dY => TanhGradient(x, Primitive.Fill(dY.Device, dY.Shape, 1))));
        Rejected("gradient of input 0: expected", BackwardLaw.CheckElements(Cpu(), row));
        Rejected("along a random direction: expected", BackwardLaw.CheckDirection(Cpu(), row));
    }

    [Fact]
    public void A_missing_gradient_is_rejected() =>
        Rejected("expected one; got none", BackwardLaw.CheckElements(Cpu(), Row(x => x.Tape.Record(
            "deaf", Primitive.Map(x.Value, default(Tanh)), [x], _ => [null]))));

    [Fact]
    public void A_backward_that_is_not_the_adjoint_is_rejected()
    {
        var row = Row(x => x.Tape.Record("twice", Scaled(x.Value.Share(), 2), [x], dY => [Scaled(dY.Share(), 1.999f)]));
        Rejected("expected ⟨y, u⟩", AdjointLaw.Check(Cpu(), row with { LinearIn = _ => [[0]] }));
    }

    [Fact]
    public void A_gradient_that_depends_on_its_turn_is_rejected() =>
        Rejected("gradient of input 0: expected", AccumulationLaw.CheckTwice(Cpu(), Row(x =>
            Record(x, dY => Scaled(TanhGradient(x, dY), ++runs)))));

    [Fact]
    public void Bits_that_change_from_run_to_run_are_rejected() =>
        Rejected("expected the bits of", DeterminismLaw.CheckTwoRuns(Cpu(), Row(x =>
            (1 + 1e-6f * (++runs % 2)) * Tanh.Apply(x))));

    [Fact]
    public void Bits_that_change_with_the_threads_are_rejected()
    {
        using var teams = new DeterminismLaw.Teams();
        Rejected("expected the bits of", DeterminismLaw.CheckThreads(teams.Devices, Row(x =>
            (x.Device == teams.Devices[2] ? 1.000001f : 1) * Tanh.Apply(x))));
    }

    [Fact]
    public void A_number_that_a_replay_repeats_though_it_changes_is_rejected() =>
        Rejected("expected the bits of", RecordingLaw.Check(Cpu(), Row(x => runs++ * Tanh.Apply(x))));

    [Fact]
    public void Random_numbers_that_a_replay_repeats_are_rejected() =>
        Rejected("got random numbers of a seed", RecordingLaw.Check(Cpu(), Row(x => Dropout.Apply(x, 0.5f, seed: 1, stream: 1))));

    [Fact]
    public void A_branch_on_numbers_of_the_device_is_rejected() =>
        Rejected("got a tensor that is read to the host", RecordingLaw.Check(Cpu(), Row(x =>
            x.Value.ToArray()[0] > 0 ? Tanh.Apply(x) : Abs.Apply(x))));

    [Fact]
    public void Ids_of_the_host_are_rejected() =>
        Rejected("got a tensor that is written from the host", RecordingLaw.Check(Cpu(), Row(x =>
        {
            using var ids = x.Device.From<int>([0], [1]);
            return Embedding.Apply(ids, Reshape.Apply(x, [1, x.Value.Size]));
        })));

    [Fact]
    public void An_object_made_in_a_replay_is_rejected()
    {
        using var device = Device.Open("cpu", new DeviceOptions(Threads: 1));
        Rejected("expected no object; got", RecordingLaw.Check(device, Row(x => x.Tape.Record(
            "wasteful", Primitive.Map(x.Value, default(WastefulTanh)), [x], Share))));
    }

    [Fact]
    public void A_buffer_that_is_not_returned_is_rejected()
    {
        Rejected("live buffers", MemoryLaw.Check(Cpu(), Row(x =>
        {
            leaked.Add(x.Device.Empty<float>(x.Shape));
            return Tanh.Apply(x);
        })));
        leaked.ForEach(tensor => tensor.Dispose());
    }

    [Fact]
    public void A_second_run_that_needs_new_memory_is_rejected() =>
        Rejected("no allocation in the second run", MemoryLaw.Check(Cpu(), Row(x =>
        {
            x.Device.Empty<float>([1000 * ++runs]).Dispose();
            return Tanh.Apply(x);
        })));

    [Fact]
    public void Another_error_text_is_rejected() => Assert.Throws<EqualException>(() => BadInputLaw.Check(Cpu(), Refusing(
        _ => throw new ShapeException("tanh", "something else", "this"))));

    [Fact]
    public void A_buffer_left_behind_by_a_refused_call_is_rejected()
    {
        Assert.Throws<EqualException>(() => BadInputLaw.Check(Cpu(), Refusing(v =>
        {
            leaked.Add(v.Tape.Device.Empty<float>([1]));
            throw new ShapeException("tanh", "better", "worse");
        })));
        leaked.ForEach(tensor => tensor.Dispose());
    }

    [GeneratedRegex(
        "^sabotaged tanh on cpu, inputs \\((?<lengths>[0-9, ]+)\\): y: expected .*Run it again with ILGPUVQ_SEED=(?<seed>[0-9]+)",
        RegexOptions.Singleline)]
    private static partial Regex FailureOfTanh();

    private static OpRow Refusing(Func<OpInputs, Variable> op) =>
        Row(Tanh.Apply) with { BadInputs = [new BadInput("tanh: expected better; got worse.", [[2]], op)] };

    private static OpRow Row(Op op) => new("sabotaged tanh", typeof(Tanh), scale =>
        from shape in Draw.Shape(scale, ranks: (0, 4), least: 1)
        from x in Draw.Values(shape)
        select new OpCase("", [x], v => op(v[0]), inputs => inputs[0].Map(Math.Tanh)))
    {
        TapeName = null,
        Forward = new(1e-6, 1e-6, "tanh by exp"),
        Backward = new(3e-6, 3e-6, "1 − y² cancels"),
    };

    private static Variable Record(Variable x, Func<Tensor<float>, Tensor<float>> gradient) =>
        x.Tape.Record("tanh", Primitive.Map(x.Value, default(Tanh)), [x], dY => [gradient(dY)]);

    private static Tensor<float>[] Share(Tensor<float> dY) => [dY.Share()];

    private static Tensor<float> TanhGradient(Variable x, Tensor<float> dY)
    {
        using var y = Primitive.Map(x.Value, default(Tanh));
        return Primitive.Zip("tanh", y, dY, default(OutputGradient<Tanh>));
    }

    private static Tensor<float> Scaled(Tensor<float> x, float factor)
    {
        using (x)
        {
            return Primitive.Map(x, new Affine(factor, shift: 0));
        }
    }

    private static void Rejected(string part, Property law)
    {
        RandomCases.RequireMany();
        var error = Assert.Throws<XunitException>(() => Verdict.Hold(law));
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    private Device Cpu() => devices.Open("cpu");

    /// <summary>tanh with an object for every vector.</summary>
    internal readonly struct WastefulTanh : IUnaryFunction
    {
        public T Value<T>(T x)
            where T : struct, ILane<T>
        {
            GC.KeepAlive(new object());
            return T.Tanh(x);
        }
    }

    /// <summary>tanh that turns NaN into 0.</summary>
    internal readonly struct CalmTanh : IUnaryFunction
    {
        public T Value<T>(T x)
            where T : struct, ILane<T> => T.IfEqual(x, x, T.Tanh(x), 0);
    }
}
