using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Train.Training;

/// <summary>Whether numbers are finite: Σ 0·x is 0, or NaN where some x is NaN or ±∞.</summary>
internal static class Finiteness
{
    /// <summary>Whether all elements of all tensors are finite. One number is read from the device.</summary>
    public static bool Holds(IEnumerable<NamedTensor> state)
    {
        Tensor<float>[] sums = [.. state.Where(named => named.WholeNumbers is null).Select(named => SumOfZeros(named.Tensor))];
        if (sums.Length == 0)
        {
            return true;
        }

        using var all = Primitive.Concat(0, sums); // (tensors)
        foreach (var sum in sums)
        {
            sum.Dispose();
        }

        using var total = Primitive.Sum(all, []);
        return total.Item() == 0;
    }

    /// <summary>The first key whose tensor is not finite; null when all are.</summary>
    public static string? FirstKeyWithout(IReadOnlyList<NamedTensor> state) =>
        Holds(state) ? null : state.First(named => !Holds([named])).Key;

    private static Tensor<float> SumOfZeros(Tensor<float> x)
    {
        using var zeros = Primitive.Map(x, new Affine(0, 0));
        using var sum = Primitive.Sum(zeros, []);
        return sum.Reshape([1]);
    }
}
