using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

/// <summary>A function of two numbers, as a value: its fields are the function's constants.</summary>
public interface IBinaryOperator
{
    /// <summary>The kernels' form.</summary>
    float Apply(float a, float b);

    /// <summary>The host form, lane by lane.</summary>
    Vector512<float> Apply(Vector512<float> a, Vector512<float> b);
}

public static partial class Primitive
{
    /// <summary>Applies <paramref name="op"/> to every pair.</summary>
    /// <remarks>
    /// <para>Shapes: a, b that broadcast (from the last axis on equal, or one of them 1) → y their common shape.</para>
    /// <para>NaN and ∞ go where the operator sends them.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor<float> Zip<TOp>(string name, Tensor<float> a, Tensor<float> b, TOp op)
        where TOp : unmanaged, IBinaryOperator
    {
        var broadcast = Broadcast.Of(name, a.Shape, b.Shape);
        var y = a.Device.Empty<float>(broadcast.Result);
        a.Device.Run(new ZipKernels.Call<TOp>(a, b, y, broadcast.A, broadcast.B, op));
        return y;
    }

    /// <summary>Applies <paramref name="op"/> to every pair and stores into <paramref name="y"/>, which may be a or b itself.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast to y's.</exception>
    public static void ZipInto<TOp>(Tensor<float> y, Tensor<float> a, Tensor<float> b, TOp op)
        where TOp : unmanaged, IBinaryOperator
    {
        var broadcast = Broadcast.Of("zip", a.Shape, b.Shape);
        if (broadcast.Result != y.Shape)
        {
            throw new ShapeException("zip", "y of the operands' common shape", ("y", y.Shape), ("a", a.Shape), ("b", b.Shape));
        }

        a.Device.Run(new ZipKernels.Call<TOp>(a, b, y, broadcast.A, broadcast.B, op));
    }
}

internal static class ZipKernels
{
    internal readonly struct ZipElements<TOp>(
        ArrayView<float> a, ArrayView<float> b, ArrayView<float> y, StridedIndex atA, StridedIndex atB, TOp op) : IKernel
        where TOp : unmanaged, IBinaryOperator
    {
        public void Run(int i)
        {
            // Grid: one thread per element of y.
            y[i] = op.Apply(a[atA.Offset(i)], b[atB.Offset(i)]);
        }
    }

    internal readonly struct ZipQuads<TOp>(ArrayView<Quad> a, ArrayView<Quad> b, ArrayView<Quad> y, TOp op) : IKernel
        where TOp : unmanaged, IBinaryOperator
    {
        public void Run(int i)
        {
            // Grid: one thread per four elements of tensors of one shape.
            var (p, q) = (Quad.Aligned(a)[i], Quad.Aligned(b)[i]);
            Quad.Aligned(y)[i] = new Quad(op.Apply(p.X, q.X), op.Apply(p.Y, q.Y), op.Apply(p.Z, q.Z), op.Apply(p.W, q.W));
        }
    }

    internal readonly record struct Call<TOp>(
        Tensor<float> A, Tensor<float> B, Tensor<float> Y, StridedIndex AtA, StridedIndex AtB, TOp Op) : IPrimitive, IRangeBody
        where TOp : unmanaged, IBinaryOperator
    {
        public void OnHost(HostDevice device) => device.Team.For(Y.Size, HostLoop.ElementGrain, this);

        public unsafe void Range(int start, int end)
        {
            // Along the innermost merged axis each operand is either dense (stride 1) or one repeated number (stride 0).
            var inner = AtA.InnerLength;
            for (var i = start; i < end;)
            {
                var count = Math.Min(inner - i % inner, end - i);
                Row(A.Pointer + AtA.Offset(i), AtA.InnerStride, B.Pointer + AtB.Offset(i), AtB.InnerStride, Y.Pointer + i, count);
                i += count;
            }
        }

        public void OnKernels(KernelDevice device)
        {
            if (A.Shape == Y.Shape && B.Shape == Y.Shape && Quad.Fits(Y.Size))
            {
                device.Launch(Y.Size / Quad.Length, new ZipQuads<TOp>(Quad.Of(A), Quad.Of(B), Quad.Of(Y), Op));
            }
            else
            {
                device.Launch(Y.Size, new ZipElements<TOp>(A.View, B.View, Y.View, AtA, AtB, Op));
            }
        }

        private unsafe void Row(float* a, int strideA, float* b, int strideB, float* y, int count)
        {
            var i = 0;
            for (; i <= count - HostLoop.Width; i += HostLoop.Width)
            {
                Op.Apply(Operand(a, strideA, i), Operand(b, strideB, i)).Store(y + i);
            }

            if (i < count)
            {
                HostLoop.StorePart(Op.Apply(Operand(a, strideA, i), Operand(b, strideB, i)), y + i, count - i);
            }
        }

        private static unsafe Vector512<float> Operand(float* values, int stride, int i) =>
            stride == 0 ? Vector512.Create(*values) : Vector512.Load(values + i);
    }
}
