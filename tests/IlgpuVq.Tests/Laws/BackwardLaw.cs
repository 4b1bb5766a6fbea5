using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws.Registry;

namespace IlgpuVq.Tests.Laws;

/// <summary>An op's gradients are the derivatives of its double-precision reference, under a random upstream gradient.</summary>
public sealed class BackwardLaw(LawDevices devices) : IClassFixture<LawDevices>
{
    [Theory]
    [MemberData(nameof(OpRegistry.OnEveryDevice), MemberType = typeof(OpRegistry))]
    public void Every_gradient_equals_central_differences(string op, string device) => Check(devices.Open(device), OpRegistry.Row(op));

    internal static void Check(Device device, OpRow row) =>
        Law.ForAll(row, device.Name, Law.Differentiable(row), (drawn, seed) =>
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
}
