using FsCheck;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws.Reference;
using IlgpuVq.Tests.Laws.Registry;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Laws;

/// <summary>A value that is used twice gets the sum of both gradients; a constant gets none and changes no other.</summary>
public sealed class AccumulationLaw(LawDevices devices) : IClassFixture<LawDevices>
{
    /// <summary>The sum is rounded where the single gradient is not; a product with 2 is exact.</summary>
    private static readonly Tolerance SumRounding = new(1e-6, 1e-6, "one more rounding, and terms that cancel inside the op");

    [Property]
    [MemberData(nameof(OpRegistry.OnEveryDevice), MemberType = typeof(OpRegistry))]
    public Property Inputs_used_twice_get_the_sum_of_both_gradients(string op, string device) =>
        CheckTwice(devices.Open(device), OpRegistry.Row(op));

    [Property]
    [MemberData(nameof(OpRegistry.OnEveryDevice), MemberType = typeof(OpRegistry))]
    public Property A_constant_input_gets_no_gradient_and_changes_no_other(string op, string device) =>
        CheckConstant(devices.Open(device), OpRegistry.Row(op));

    /// <summary>f(x) + 2·f(x): three times the gradient of f.</summary>
    internal static Property CheckTwice(Device device, OpRow row) =>
        Law.ForAll(row, device.Name, Scale.Small, (drawn, seed) =>
        {
            var once = OpRun.Both(device, drawn, seed);
            var twice = drawn with { Op = v => drawn.Op(v) + 2 * drawn.Op(v) };
            var both = OpRun.Both(device, twice, seed);
            for (var i = 0; i < drawn.Inputs.Length; i++)
            {
                var expected = new DoubleTensor(drawn.Inputs[i].Shape, Array.ConvertAll(once.Gradients[i]!, g => 3.0 * g));
                SumRounding.Check($"gradient of input {i}", expected, expected.Shape, both.Gradients[i]!);
            }
        });

    internal static Property CheckConstant(Device device, OpRow row) =>
        Law.ForAll(row, device.Name, Scale.Small, (drawn, seed) =>
        {
            if (drawn.Inputs.Length == 1)
            {
                CheckAllConstant(device, drawn);
                return;
            }

            var constant = seed % drawn.Inputs.Length;
            var all = OpRun.Both(device, drawn, seed);
            var some = OpRun.Both(device, drawn, seed, [.. drawn.Inputs.Select((_, i) => i == constant)]);
            Assert.Null(some.Gradients[constant]);
            for (var i = 0; i < drawn.Inputs.Length; i++)
            {
                if (i != constant)
                {
                    OpRun.AssertSameBits($"gradient of input {i}", all.Gradients[i]!, some.Gradients[i]!);
                }
            }
        });

    private static void CheckAllConstant(Device device, OpCase drawn)
    {
        using var inputs = new OpInputs(device, drawn, isConstant: [true]);
        Assert.False(drawn.Op(inputs).RequiresGradient);
    }
}
