using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Train.Training;

/// <summary>One loss of a reconstruction and its gradient there, both computed on a tape that is gone again.</summary>
/// <param name="Loss">A scalar.</param>
/// <param name="Gradient">Of the reconstruction's shape.</param>
internal sealed record LossPart(Tensor<float> Loss, Tensor<float> Gradient) : IDisposable
{
    private const string Op = "losses";

    /// <summary>Computes a loss of x and runs it backward.</summary>
    /// <param name="x">The reconstruction.</param>
    /// <param name="loss">A scalar of a variable with x's numbers.</param>
    public static LossPart Of(Tensor<float> x, Func<Variable, Variable> loss)
    {
        using var tape = new Tape(x.Device);
        var leaf = tape.Leaf(x, "reconstruction");
        var value = loss(leaf);
        tape.Backward(value);
        return new LossPart(value.Value.Share(), leaf.Gradient!.Share());
    }

    /// <summary>The sum of losses, one of them weighted, as an op of the reconstruction on its own tape.</summary>
    /// <remarks>Gradient: dX = dY · (the sum of the parts' gradients, the last one's times its weight).</remarks>
    /// <param name="x">The reconstruction.</param>
    /// <param name="plain">Losses that count as they are, at least one.</param>
    /// <param name="last">The loss that is weighted.</param>
    /// <param name="weight">Its weight (), a constant.</param>
    public static Variable Sum(Variable x, IReadOnlyList<LossPart> plain, LossPart last, Tensor<float> weight)
    {
        var loss = Add(plain.Select(part => part.Loss), last.Loss, weight);
        var gradient = Add(plain.Select(part => part.Gradient), last.Gradient, weight);
        return x.Tape.Record(
            Op, loss, inputs: [x], dY => [Primitive.Zip(Op, gradient, dY, default(Multiply))], saved: gradient);
    }

    public void Dispose()
    {
        Loss.Dispose();
        Gradient.Dispose();
    }

    private static Tensor<float> Add(IEnumerable<Tensor<float>> plain, Tensor<float> last, Tensor<float> weight)
    {
        var sum = Primitive.Zip(Op, last, weight, default(Multiply));
        foreach (var part in plain)
        {
            Primitive.ZipInto(sum, sum, part, default(Add));
        }

        return sum;
    }
}
