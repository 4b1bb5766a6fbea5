using IlgpuVq.Autograd;

namespace IlgpuVq.Models.Layers;

/// <summary>What works on rows (N, D), for tensors with any axes before the last.</summary>
internal static class Rows
{
    /// <summary>(…, In) as rows (N, In), through a map, and (N, Out) back as (…, Out).</summary>
    public static Variable Apply(Variable x, Func<Variable, Variable> map)
    {
        if (x.Shape.Rank is 0 or 2)
        {
            return map(x);
        }

        int[] leading = [.. x.Shape.SkipLast(1)];
        var y = map(Reshape.Apply(x, [CountOf(leading), x.Shape[^1]]));
        return Reshape.Apply(y, [.. leading, y.Shape[^1]]);
    }

    private static int CountOf(int[] lengths) => lengths.Aggregate(1, (product, length) => product * length);
}
