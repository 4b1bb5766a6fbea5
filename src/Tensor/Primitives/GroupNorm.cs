using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>Group normalization: each group of channels of each image has mean 0 and variance 1,
    /// then a learned scale and shift by channel.</summary>
    /// <remarks>
    /// <para>y = x̂·weight[c] + bias[c], x̂ = (x − mean[b, g])·rstd[b, g] with g = ⌊c / (C / G)⌋, rstd = 1 / √(variance + ε); the
    /// variance divides by the count.</para>
    /// <para>Shapes: x (B, C, …), C a multiple of G, weight, bias (C), mean, rstd (B, G). No weight means 1, no bias 0.</para>
    /// <para>NaN or ∞ in a group makes all of that group NaN.</para>
    /// <para>Deterministic. The variance is summed around the mean in a second pass.</para>
    /// <para>Source: Wu and He, arXiv:1803.08494, equations 1, 2, 6 and 7.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The shapes do not fit, the groups do not divide C, or a group has no
    /// elements.</exception>
    public static (Tensor<float> Y, Tensor<float> Mean, Tensor<float> Rstd) GroupNorm(
        Tensor<float> x, Tensor<float>? weight, Tensor<float>? bias, int groups, float epsilon)
    {
        var rows = GroupNormKernels.CheckShapes(x.Shape, weight?.Shape, bias?.Shape, groups);
        rows.CheckNotEmpty(GroupNormKernels.Op, x.Shape);
        var mean = x.Device.Empty<float>([rows.Images, groups]);
        var rstd = x.Device.Empty<float>([rows.Images, groups]);
        Normalize.Statistics(rows, x, epsilon, mean, rstd);
        var y = Normalize.Apply(rows, x, mean, rstd, weight, bias);
        x.Device.Trace?.Record(calls: 2, y, new GroupNormOperation(groups, epsilon), x, weight, bias);
        return (y, mean, rstd);
    }

    /// <exception cref="ShapeException">The shapes do not fit, or the groups do not divide C.</exception>
    public static (Tensor<float> DX, Tensor<float> DWeight, Tensor<float> DBias) GroupNormGradient(
        Tensor<float> dY, Tensor<float> x, Tensor<float> mean, Tensor<float> rstd, Tensor<float>? weight, int groups)
    {
        var rows = GroupNormKernels.CheckShapes(x.Shape, weight?.Shape, bias: null, groups);
        NormRows.CheckStatistics(GroupNormKernels.Op, [rows.Images, groups], mean.Shape, rstd.Shape);
        NormRows.CheckGradient(GroupNormKernels.Op, dY.Shape, x.Shape);
        return Normalize.Gradients(rows, dY, x, mean, rstd, weight);
    }
}

internal static class GroupNormKernels
{
    internal const string Op = "group-norm";

    internal static NormRows CheckShapes(Shape x, Shape? weight, Shape? bias, int groups)
    {
        NormRows.CheckShapes(Op, x, weight, bias);
        return groups > 0 && x[1] % groups == 0
            ? NormRows.PerImage(x, groups)
            : throw new ShapeException(Op, "groups that divide C", $"{groups} groups of x {x}");
    }
}
