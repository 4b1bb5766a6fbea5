using System.Globalization;
using FsCheck;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws.Reference;
using IlgpuVq.Tests.Laws.Registry;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Laws;

/// <summary>The backward of a linear op is its adjoint: ⟨f(x), u⟩ = ⟨x, fᵀ(u)⟩. Needs no reference and no small step.</summary>
public sealed class AdjointLaw(LawDevices devices) : IClassFixture<LawDevices>
{
    /// <summary>Rounding of sums of a few hundred terms, relative to the sum of their magnitudes.</summary>
    private const double Tolerance = 1e-5;

    [Property]
    [MemberData(nameof(OpRegistry.LinearOnEveryDevice), MemberType = typeof(OpRegistry))]
    public Property A_linear_op_satisfies_the_adjoint_identity(string op, string device) =>
        Check(devices.Open(device), OpRegistry.Row(op));

    internal static Property Check(Device device, OpRow row) => Law.ForAll(
        row, device.Name, Scale.Small,
        // Of nothing, the mean is NaN and every other inner product 0.
        among: drawn => drawn.Inputs.All(input => input.Shape.Size > 0),
        (drawn, seed) =>
        {
            var run = OpRun.Both(device, drawn, seed);
            foreach (var group in row.LinearIn!(drawn))
            {
                var (forward, forwardSize) = Dot(run.Upstream, run.Y);
                var (backward, backwardSize) = (0.0, 0.0);
                foreach (var i in group)
                {
                    var (dot, size) = Dot(drawn.Inputs[i], run.Gradients[i]!);
                    (backward, backwardSize) = (backward + dot, backwardSize + size);
                }

                Assert.True(
                    Math.Abs(forward - backward) <= Tolerance * (forwardSize + backwardSize),
                    string.Create(CultureInfo.InvariantCulture,
                        $"expected ⟨y, u⟩ = {forward:G9} from inputs {string.Join(", ", group)}; got ⟨x, dX⟩ = {backward:G9}."));
            }
        });

    private static (double Dot, double Size) Dot(DoubleTensor a, float[] b)
    {
        var terms = a.Values.Zip(b, (x, y) => x * y).ToArray();
        return (terms.Sum(), terms.Sum(Math.Abs));
    }
}
