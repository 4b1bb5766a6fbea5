using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

/// <content>Softmax and its logarithm along any axis. Where there are others behind it, neighbours in memory belong to different
/// lines: vectors and threads run across lines.</content>
public static partial class Primitive
{
    /// <summary>Softmax along an axis, <c>y[k] = exp(x[k]) / Σⱼ exp(x[j])</c>.</summary>
    /// <remarks>
    /// <para>Shapes: x any, axis one of its axes, −1 the last → y as x.</para>
    /// <para>Shifted by the line's maximum, so large numbers do not overflow. A line with NaN or +∞, or of −∞ alone, becomes
    /// NaN.</para>
    /// <para>Deterministic: each line has one owner.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The axis does not exist.</exception>
    public static Tensor<float> Softmax(Tensor<float> x, int axis)
    {
        var sizes = AxisSizes.Check("softmax", x.Shape, axis).Sizes;
        if (sizes.Inner == 1)
        {
            return SoftmaxAlongAxisKernels.ByRows(sizes, x, Softmax);
        }

        var y = x.Device.Empty<float>(x.Shape);
        x.Device.Run(new SoftmaxAlongAxisKernels.Call(x, y, sizes));
        return y;
    }

    /// <summary>dX of <see cref="Softmax(Tensor{float}, int)"/>, <c>dX[k] = y[k]·(dY[k] − Σⱼ y[j]·dY[j])</c>.</summary>
    /// <exception cref="ShapeException">The shapes differ, or the axis does not exist.</exception>
    public static Tensor<float> SoftmaxGradient(Tensor<float> y, Tensor<float> dY, int axis)
    {
        var sizes = SoftmaxAlongAxisKernels.CheckGradient("softmax", y.Shape, dY.Shape, axis);
        if (sizes.Inner == 1)
        {
            return SoftmaxAlongAxisKernels.ByRows(sizes, y, dY, SoftmaxGradient);
        }

        var dX = y.Device.Empty<float>(y.Shape);
        y.Device.Run(new SoftmaxAlongAxisKernels.GradientCall(y, dY, dX, sizes));
        return dX;
    }

    /// <summary>Logarithm of the softmax along an axis, <c>y[k] = x[k] − ln Σⱼ exp(x[j])</c>.</summary>
    /// <inheritdoc cref="Softmax(Tensor{float}, int)"/>
    public static Tensor<float> LogSoftmax(Tensor<float> x, int axis)
    {
        var sizes = AxisSizes.Check("log-softmax", x.Shape, axis).Sizes;
        if (sizes.Inner == 1)
        {
            return SoftmaxAlongAxisKernels.ByRows(sizes, x, LogSoftmax);
        }

        var y = x.Device.Empty<float>(x.Shape);
        x.Device.Run(new SoftmaxAlongAxisKernels.LogCall(x, y, sizes));
        return y;
    }

    /// <summary>dX of <see cref="LogSoftmax(Tensor{float}, int)"/>, <c>dX[k] = dY[k] − exp(y[k])·Σⱼ dY[j]</c>.</summary>
    /// <inheritdoc cref="SoftmaxGradient(Tensor{float}, Tensor{float}, int)"/>
    public static Tensor<float> LogSoftmaxGradient(Tensor<float> y, Tensor<float> dY, int axis)
    {
        var sizes = SoftmaxAlongAxisKernels.CheckGradient("log-softmax", y.Shape, dY.Shape, axis);
        if (sizes.Inner == 1)
        {
            return SoftmaxAlongAxisKernels.ByRows(sizes, y, dY, LogSoftmaxGradient);
        }

        var dX = y.Device.Empty<float>(y.Shape);
        y.Device.Run(new SoftmaxAlongAxisKernels.LogGradientCall(y, dY, dX, sizes));
        return dX;
    }
}

/// <summary>Kernels and calls of softmax along an axis that is not the last.</summary>
internal static class SoftmaxAlongAxisKernels
{
    public static AxisSizes CheckGradient(string op, Shape y, Shape dY, int axis) => y == dY
        ? AxisSizes.Check(op, y, axis).Sizes
        : throw new ShapeException(op, "dY of y's shape", ("dY", dY), ("y", y));

    /// <summary>What works on rows (N, K), where the lines of the axis are rows.</summary>
    public static Tensor<float> ByRows(in AxisSizes sizes, Tensor<float> x, Func<Tensor<float>, Tensor<float>> function)
    {
        using var rows = x.Reshape([sizes.Outer, sizes.Length]);
        using var result = function(rows);
        return result.Reshape(x.Shape);
    }

    /// <inheritdoc cref="ByRows(in AxisSizes, Tensor{float}, Func{Tensor{float}, Tensor{float}})"/>
    public static Tensor<float> ByRows(
        in AxisSizes sizes, Tensor<float> y, Tensor<float> dY, Func<Tensor<float>, Tensor<float>, Tensor<float>> function)
    {
        using var dRows = dY.Reshape([sizes.Outer, sizes.Length]);
        return ByRows(sizes, y, rows => function(rows, dRows));
    }

    /// <summary>A line's maximum, and the sum of exp(x − maximum).</summary>
    private static (float Max, float Sum) MaxAndSum(ArrayView<float> x, int first, AxisSizes s)
    {
        // NaN need not win here: it makes the sum NaN.
        var max = float.NegativeInfinity;
        for (var k = 0; k < s.Length; k++)
        {
            var value = x[first + k * s.Inner];
            max = value > max ? value : max;
        }

        var sum = 0f;
        for (var k = 0; k < s.Length; k++)
        {
            sum += ElementaryFunctions.Exp(x[first + k * s.Inner] - max);
        }

        return (max, sum);
    }

    /// <summary>The same of sixteen neighbouring lines; where <paramref name="exps"/> is not null, the first
    /// <paramref name="count"/> put their terms there.</summary>
    private static unsafe (Vector512<float> Max, Vector512<float> Sum) MaxAndSum(
        float* x, int length, nint step, float* exps, int count)
    {
        var max = Vector512.Create(float.NegativeInfinity);
        for (var k = 0; k < length; k++)
        {
            max = Vector512.MaxNative(max, Vector512.Load(x + k * step));
        }

        var sum = Vector512<float>.Zero;
        for (var k = 0; k < length; k++)
        {
            var e = ElementaryFunctions.Exp(Vector512.Load(x + k * step) - max);
            sum += e;
            if (exps != null)
            {
                HostLoop.StorePart(e, exps + k * step, count);
            }
        }

        return (max, sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ForBlocks<TBody>(HostDevice device, in AxisSizes sizes, TBody body)
        where TBody : struct, IRangeBody =>
        device.Team.For(sizes.Blocks(HostLoop.Width), HostLoop.RowGrain((long)sizes.Length * HostLoop.Width), body);

    internal readonly struct NormalizeLine(ArrayView<float> x, ArrayView<float> y, AxisSizes s) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per line.
            var first = s.First(i);
            var (max, sum) = MaxAndSum(x, first, s);
            for (var k = 0; k < s.Length; k++)
            {
                y[first + k * s.Inner] = ElementaryFunctions.Exp(x[first + k * s.Inner] - max) / sum;
            }
        }
    }

    internal readonly struct LogNormalizeLine(ArrayView<float> x, ArrayView<float> y, AxisSizes s) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per line.
            var first = s.First(i);
            var (max, sum) = MaxAndSum(x, first, s);
            var log = ElementaryFunctions.Log(sum);
            for (var k = 0; k < s.Length; k++)
            {
                y[first + k * s.Inner] = x[first + k * s.Inner] - max - log;
            }
        }
    }

    internal readonly struct GradientOfLine(ArrayView<float> y, ArrayView<float> dY, ArrayView<float> dX, AxisSizes s) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per line.
            var first = s.First(i);
            var mean = 0f;
            for (var k = 0; k < s.Length; k++)
            {
                mean += y[first + k * s.Inner] * dY[first + k * s.Inner];
            }

            for (var k = 0; k < s.Length; k++)
            {
                dX[first + k * s.Inner] = y[first + k * s.Inner] * (dY[first + k * s.Inner] - mean);
            }
        }
    }

    internal readonly struct LogGradientOfLine(
        ArrayView<float> y, ArrayView<float> dY, ArrayView<float> dX, AxisSizes s) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per line.
            var first = s.First(i);
            var sum = 0f;
            for (var k = 0; k < s.Length; k++)
            {
                sum += dY[first + k * s.Inner];
            }

            for (var k = 0; k < s.Length; k++)
            {
                dX[first + k * s.Inner] = dY[first + k * s.Inner] - ElementaryFunctions.Exp(y[first + k * s.Inner]) * sum;
            }
        }
    }

    internal readonly record struct Call(Tensor<float> X, Tensor<float> Y, AxisSizes Sizes) : IPrimitive, IRangeBody
    {
        public static bool IsReproducible => true;

        public void OnHost(HostDevice device) => ForBlocks(device, Sizes, this);

        public unsafe void Range(int start, int end)
        {
            nint step = Sizes.Inner;
            for (var block = start; block < end; block++)
            {
                var (first, _, count) = Sizes.Block(block, HostLoop.Width);
                var y = Y.Pointer + first;
                var scale = Vector512<float>.One / MaxAndSum(X.Pointer + first, Sizes.Length, step, exps: y, count).Sum;
                for (var k = 0; k < Sizes.Length; k++)
                {
                    HostLoop.StorePart(Vector512.Load(y + k * step) * scale, y + k * step, count);
                }
            }
        }

        public void OnKernels(KernelDevice device) => device.Launch(Sizes.Lines, new NormalizeLine(X.View, Y.View, Sizes));
    }

    internal readonly record struct LogCall(Tensor<float> X, Tensor<float> Y, AxisSizes Sizes) : IPrimitive, IRangeBody
    {
        public static bool IsReproducible => true;

        public void OnHost(HostDevice device) => ForBlocks(device, Sizes, this);

        public unsafe void Range(int start, int end)
        {
            nint step = Sizes.Inner;
            for (var block = start; block < end; block++)
            {
                var (first, _, count) = Sizes.Block(block, HostLoop.Width);
                float* x = X.Pointer + first, y = Y.Pointer + first;
                var (max, sum) = MaxAndSum(x, Sizes.Length, step, exps: null, count);
                var log = ElementaryFunctions.Log(sum);
                for (var k = 0; k < Sizes.Length; k++)
                {
                    HostLoop.StorePart(Vector512.Load(x + k * step) - max - log, y + k * step, count);
                }
            }
        }

        public void OnKernels(KernelDevice device) => device.Launch(Sizes.Lines, new LogNormalizeLine(X.View, Y.View, Sizes));
    }

    internal readonly record struct GradientCall(Tensor<float> Y, Tensor<float> DY, Tensor<float> DX, AxisSizes Sizes)
        : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) => ForBlocks(device, Sizes, this);

        public unsafe void Range(int start, int end)
        {
            nint step = Sizes.Inner;
            for (var block = start; block < end; block++)
            {
                var (first, _, count) = Sizes.Block(block, HostLoop.Width);
                float* y = Y.Pointer + first, dY = DY.Pointer + first, dX = DX.Pointer + first;
                var mean = Vector512<float>.Zero;
                for (var k = 0; k < Sizes.Length; k++)
                {
                    mean += Vector512.Load(y + k * step) * Vector512.Load(dY + k * step);
                }

                for (var k = 0; k < Sizes.Length; k++)
                {
                    var gradient = Vector512.Load(y + k * step) * (Vector512.Load(dY + k * step) - mean);
                    HostLoop.StorePart(gradient, dX + k * step, count);
                }
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.Launch(Sizes.Lines, new GradientOfLine(Y.View, DY.View, DX.View, Sizes));
    }

    internal readonly record struct LogGradientCall(Tensor<float> Y, Tensor<float> DY, Tensor<float> DX, AxisSizes Sizes)
        : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) => ForBlocks(device, Sizes, this);

        public unsafe void Range(int start, int end)
        {
            nint step = Sizes.Inner;
            for (var block = start; block < end; block++)
            {
                var (first, _, count) = Sizes.Block(block, HostLoop.Width);
                float* y = Y.Pointer + first, dY = DY.Pointer + first, dX = DX.Pointer + first;
                var sum = Vector512<float>.Zero;
                for (var k = 0; k < Sizes.Length; k++)
                {
                    sum += Vector512.Load(dY + k * step);
                }

                for (var k = 0; k < Sizes.Length; k++)
                {
                    var gradient = Vector512.Load(dY + k * step) - ElementaryFunctions.Exp(Vector512.Load(y + k * step)) * sum;
                    HostLoop.StorePart(gradient, dX + k * step, count);
                }
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.Launch(Sizes.Lines, new LogGradientOfLine(Y.View, DY.View, DX.View, Sizes));
    }
}
