using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>Mean of squared differences, <c>y = Σ (x − target)² / n</c> over all n elements.</summary>
    /// <remarks>
    /// <para>Shapes: x, target alike → y (). Gradient: dX = 2·(x − target) / n · dY, and −dX for the target.</para>
    /// <para>No elements give NaN, as NaN among them does.</para>
    /// <para>Deterministic: partial sums of pieces whose length is fixed, then <see cref="Primitive.Sum"/> over them. One pass;
    /// the differences are not stored.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static Tensor<float> MeanSquaredError(Tensor<float> x, Tensor<float> target)
    {
        MeanSquaredErrorKernels.CheckShapes(x.Shape, target.Shape);
        var y = x.Device.Empty<float>([]);
        x.Device.Run(new MeanSquaredErrorKernels.ForwardCall(x, target, y));
        x.Device.Trace?.Record(y, new NamedOperation("mean-squared-error"), x, target);
        return y;
    }

    /// <summary>dX from dY, a tensor of one element.</summary>
    /// <exception cref="ShapeException">The shapes of x and target differ, or dY has not one element.</exception>
    public static Tensor<float> MeanSquaredErrorGradient(Tensor<float> x, Tensor<float> target, Tensor<float> dY)
    {
        MeanSquaredErrorKernels.CheckShapes(x.Shape, target.Shape);
        if (dY.Size != 1)
        {
            throw new ShapeException("mean-squared-error", "dY ()", ("dY", dY.Shape));
        }

        var dX = x.Device.Empty<float>(x.Shape);
        x.Device.Run(new MeanSquaredErrorKernels.GradientCall(x, target, dY, dX));
        return dX;
    }
}

internal static class MeanSquaredErrorKernels
{
    internal static void CheckShapes(Shape x, Shape target)
    {
        if (x != target)
        {
            throw new ShapeException("mean-squared-error", "x and target of one shape", ("x", x), ("target", target));
        }
    }

    internal readonly struct SumSquaredDifferences(
        ArrayView<float> x, ArrayView<float> target, ArrayView<float> sums, int n, int pieces) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per piece; a piece is every pieces-th element, so that neighbouring threads read neighbours.
            var sum = 0f;
            for (var j = (int)i; j < n; j += pieces)
            {
                var difference = x[j] - target[j];
                sum += difference * difference;
            }

            sums[i] = sum;
        }
    }

    internal readonly struct ScaleDifferences(
        ArrayView<float> x, ArrayView<float> target, ArrayView<float> dY, ArrayView<float> dX, float scale) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element.
            dX[i] = (x[i] - target[i]) * (scale * dY[0]);
        }
    }

    internal readonly record struct ForwardCall(Tensor<float> X, Tensor<float> Target, Tensor<float> Y) : IPrimitive
    {
        // Terms per piece: 64 per lane of four vectors on the host, where a chunk holds four pieces; one after another in a
        // kernel.
        private const int HostPiece = 4096;
        private const int KernelPiece = 64;

        public unsafe void OnHost(HostDevice device)
        {
            using var sums = device.Borrow<float>(Pieces(HostPiece));
            device.Team.For(X.Size, HostLoop.ElementGrain, new SumPieces(X, Target, sums, HostPiece));
            var all = ReducePlan.OfRows(sums.Size, columns: 1);
            HostReduce.Run(device, sums.Pointer, Y.Pointer, all, identity: 0, divisor: X.Size, default(Plus));
        }

        public void OnKernels(KernelDevice device)
        {
            using var sums = device.Empty<float>([Pieces(KernelPiece)]);
            device.Launch(sums.Size, new SumSquaredDifferences(X.View, Target.View, sums.View, X.Size, sums.Size));
            ReduceKernel.Run(
                device, sums, Y, ReducePlan.OfRows(sums.Size, columns: 1), identity: 0, divisor: X.Size, default(Plus));
        }

        private int Pieces(int length) => (int)(((long)X.Size + length - 1) / length);
    }

    internal readonly struct SumPieces(Tensor<float> x, Tensor<float> target, HostBuffer<float> sums, int piece) : IRangeBody
    {
        public unsafe void Range(int start, int end)
        {
            for (; start < end; start += piece)
            {
                sums.Pointer[start / piece] = Sum(x.Pointer + start, target.Pointer + start, Math.Min(piece, end - start));
            }
        }

        private static unsafe float Sum(float* x, float* target, int count)
        {
            var (a, b, c, d) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
            var i = 0;
            for (; i <= count - 64; i += 64)
            {
                var (p, q) = (Difference(x, target, i), Difference(x, target, i + 16));
                var (r, s) = (Difference(x, target, i + 32), Difference(x, target, i + 48));
                a += p * p;
                b += q * q;
                c += r * r;
                d += s * s;
            }

            for (; i < count; i += HostLoop.Width)
            {
                var rest = count - i;
                var difference = HostLoop.LoadPart(x + i, rest, 0) - HostLoop.LoadPart(target + i, rest, 0);
                a += difference * difference;
            }

            return HostLoop.Fold((a + b) + (c + d), default(Plus));
        }

        private static unsafe Vector512<float> Difference(float* x, float* target, int i) =>
            Vector512.Load(x + i) - Vector512.Load(target + i);
    }

    internal readonly record struct GradientCall(
        Tensor<float> X, Tensor<float> Target, Tensor<float> DY, Tensor<float> DX) : IPrimitive, IRangeBody
    {
        private float Scale => 2f / X.Size;

        public void OnHost(HostDevice device) => device.Team.For(X.Size, HostLoop.ElementGrain, this);

        public unsafe void Range(int start, int end)
        {
            float* x = X.Pointer, target = Target.Pointer, dX = DX.Pointer;
            var scale = Vector512.Create(Scale * DY.Pointer[0]);
            for (var i = start; i < end; i += HostLoop.Width)
            {
                var difference = Vector512.Load(x + i) - Vector512.Load(target + i);
                HostLoop.StorePart(difference * scale, dX + i, Math.Min(HostLoop.Width, end - i));
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.Launch(X.Size, new ScaleDifferences(X.View, Target.View, DY.View, DX.View, Scale));
    }
}
