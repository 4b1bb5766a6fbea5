using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary><c>y = Σ x</c> over the axes.</summary>
    /// <remarks>
    /// <para>Shapes: x any; axes some of its axes, negative ones counted from the end, none for all → y without those axes,
    /// or with length 1 in their place.</para>
    /// <para>NaN spreads: an output is NaN when any of its elements is. The sum of no elements is 0, their mean NaN,
    /// their maximum an error.</para>
    /// <para>Deterministic. Numbers are added as a tree that the shape alone determines: slices of some hundred to some thousand
    /// terms in vector lanes, then the slices' results in the same way. The rounding error grows with the logarithm of the count,
    /// not with the count.</para>
    /// </remarks>
    /// <exception cref="ShapeException">An axis is out of range or named twice.</exception>
    public static Tensor<float> Sum(Tensor<float> x, ReadOnlySpan<int> axes, bool keepDims = false) =>
        ReduceKernels.Apply("sum", x, axes, keepDims, default(Plus), identity: 0, isMean: false);

    /// <summary><c>y = Σ x / count</c> over the axes.</summary>
    /// <remarks>Shapes, NaN and order as for <see cref="Sum"/>.</remarks>
    /// <exception cref="ShapeException">An axis is out of range or named twice.</exception>
    public static Tensor<float> Mean(Tensor<float> x, ReadOnlySpan<int> axes, bool keepDims = false) =>
        ReduceKernels.Apply("mean", x, axes, keepDims, default(Plus), identity: 0, isMean: true);

    /// <summary><c>y = max x</c> over the axes.</summary>
    /// <remarks>Shapes, NaN and order as for <see cref="Sum"/>.</remarks>
    /// <exception cref="ShapeException">An axis is out of range or named twice, or there is nothing to take the maximum
    /// of.</exception>
    public static Tensor<float> Max(Tensor<float> x, ReadOnlySpan<int> axes, bool keepDims = false) =>
        ReduceKernels.Apply("max", x, axes, keepDims, default(Larger), float.NegativeInfinity, isMean: false);

    /// <summary>The sum over all positions that broadcasting <paramref name="shape"/> to x's shape repeats: the adjoint of
    /// that.</summary>
    /// <returns>A tensor of the given shape; on x's own memory when nothing is repeated.</returns>
    /// <exception cref="ShapeException">The shape does not broadcast to x's.</exception>
    public static Tensor<float> SumTo(Tensor<float> x, Shape shape)
    {
        var isReduced = ReduceKernels.CheckSumTo(x.Shape, shape);
        if (!isReduced.Contains(true))
        {
            return x.Reshape(shape);
        }

        var plan = new ReducePlan("sum-to", x.Shape, isReduced);
        var y = x.Device.Empty<float>(shape);
        x.Device.Run(new ReduceKernels.Call<Plus>(x, y, plan, 0, 1, default));
        return y;
    }
}

internal static class ReduceKernels
{
    /// <summary>Which axes are reduced, and the shape of the result.</summary>
    /// <exception cref="ShapeException">An axis is out of range or named twice.</exception>
    internal static (bool[] IsReduced, Shape Result) CheckAxes(string op, Shape x, ReadOnlySpan<int> axes, bool keepDims)
    {
        var isReduced = new bool[x.Rank];
        isReduced.AsSpan().Fill(axes.IsEmpty);
        foreach (var axis in Axis.CheckDistinct(op, x, axes))
        {
            isReduced[axis] = true;
        }

        var lengths = new List<int>();
        for (var axis = 0; axis < x.Rank; axis++)
        {
            if (!isReduced[axis] || keepDims)
            {
                lengths.Add(isReduced[axis] ? 1 : x[axis]);
            }
        }

        return (isReduced, Shape.Create([.. lengths]));
    }

    internal static Tensor<float> Apply<TOp>(
        string name, Tensor<float> x, ReadOnlySpan<int> axes, bool keepDims, TOp op, float identity, bool isMean)
        where TOp : unmanaged, IBinaryFunction
    {
        var (isReduced, result) = CheckAxes(name, x.Shape, axes, keepDims);
        var plan = new ReducePlan(name, x.Shape, isReduced);
        if (plan.Count == 0 && plan.Outputs > 0 && float.IsNegativeInfinity(identity))
        {
            throw new ShapeException(name, "at least one element for each maximum", ("x", x.Shape));
        }

        var y = x.Device.Empty<float>(result);
        x.Device.Run(new Call<TOp>(x, y, plan, identity, isMean ? plan.Count : 1, op));
        return y;
    }

    internal static bool[] CheckSumTo(Shape x, Shape shape)
    {
        var isReduced = new bool[x.Rank];
        var added = x.Rank - shape.Rank;
        var fits = added >= 0;
        for (var axis = 0; fits && axis < x.Rank; axis++)
        {
            var length = axis < added ? 1 : shape[axis - added];
            isReduced[axis] = length != x[axis];
            fits = length == x[axis] || length == 1;
        }

        return fits
            ? isReduced
            : throw new ShapeException("sum-to", "a shape that broadcasts to x's", ("x", x), ("shape", shape));
    }

    /// <param name="X">What is reduced.</param>
    /// <param name="Y">One number per output.</param>
    /// <param name="Plan">Which elements belong to which output.</param>
    /// <param name="Identity">What leaves any number as it is under <paramref name="Op"/>.</param>
    /// <param name="Divisor">What every result is divided by.</param>
    /// <param name="Op">Combines two numbers.</param>
    internal readonly record struct Call<TOp>(
        Tensor<float> X, Tensor<float> Y, ReducePlan Plan, float Identity, float Divisor, TOp Op) : IPrimitive
        where TOp : unmanaged, IBinaryFunction
    {
        public static bool IsReproducible => true;

        public unsafe void OnHost(HostDevice device) => HostReduce.Run(device, X.Pointer, Y.Pointer, Plan, Identity, Divisor, Op);

        public void OnKernels(KernelDevice device) => ReduceKernel.Run(device, X, Y, Plan, Identity, Divisor, Op);
    }
}
