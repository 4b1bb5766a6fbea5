using System.Globalization;
using FsCheck;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws.Reference;
using IlgpuVq.Tests.Laws.Registry;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Laws;

/// <summary>An op's gradients are the derivatives of its double-precision reference, under a random upstream gradient.</summary>
public sealed class BackwardLaw(LawDevices devices) : IClassFixture<LawDevices>
{
    [Property]
    [MemberData(nameof(OpRegistry.OnEveryDevice), MemberType = typeof(OpRegistry))]
    public Property Every_element_of_a_gradient_equals_central_differences(string op, string device) =>
        CheckElements(devices.Open(device), OpRegistry.Row(op));

    [Property]
    [MemberData(nameof(OpRegistry.OnEveryDevice), MemberType = typeof(OpRegistry))]
    public Property The_gradients_of_larger_tensors_equal_central_differences_along_a_random_direction(
        string op, string device) =>
        CheckDirection(devices.Open(device), OpRegistry.Row(op));

    internal static Property CheckElements(Device device, OpRow row) =>
        Law.ForAllAwayFromKinks(row, device.Name, Scale.Small, CentralDifferences.ElementMargin, (drawn, seed) =>
        {
            var run = OpRun.Both(device, drawn, seed);
            for (var i = 0; i < drawn.Inputs.Length; i++)
            {
                var expected = CentralDifferences.Gradient(drawn.Reference, drawn.Inputs, run.Upstream, i);
                var actual = run.Gradients[i];
                Assert.True(actual is not null, $"gradient of input {i}: expected one; got none.");
                row.Backward.Check($"gradient of input {i}", expected, expected.Shape, actual);
            }
        });

    /// <summary>One number per input that every element of its gradient has a random part in.</summary>
    internal static Property CheckDirection(Device device, OpRow row) =>
        Law.ForAllAwayFromKinks(row, device.Name, Scale.Medium, CentralDifferences.DirectionMargin, (drawn, seed) =>
        {
            var run = OpRun.Both(device, drawn, seed);
            for (var i = 0; i < drawn.Inputs.Length; i++)
            {
                var direction = Direction(drawn.Inputs[i].Shape, seed + 1 + i);
                var expected = CentralDifferences.Along(drawn.Reference, drawn.Inputs, run.Upstream, i, direction);
                var (actual, allowed) = (0.0, 0.0);
                for (var k = 0; k < direction.Values.Length; k++)
                {
                    var (gradient, weight) = (run.Gradients[i]![k], direction.Values[k]);
                    actual += gradient * weight;
                    allowed += Math.Abs(weight) * row.BackwardOfLarger.At(gradient);
                }

                Assert.True(Math.Abs(actual - expected) <= allowed, string.Create(
                    CultureInfo.InvariantCulture,
                    $"gradient of input {i} along a random direction: expected {expected:G9}; got {actual:G9} ± {allowed:G3}."));
            }
        });

    /// <summary>Every element moves by at least a quarter of the step: less would drown in the rounding of the
    /// reference.</summary>
    private static DoubleTensor Direction(Shape shape, int seed) =>
        Draw.Uniform(shape, -0.75, 0.75, seed).Map(x => x < 0 ? x - 0.25 : x + 0.25);
}
