using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>A function of the elements of two tensors with broadcasting, <c>y[i] = f(a[i], b[i])</c>.</summary>
    /// <remarks>
    /// <para>Shapes: a, b that broadcast (from the last axis on equal, or one of them 1) → y their common shape.</para>
    /// <para>NaN and ∞ go where the function sends them.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor<float> Zip<TFunction>(string name, Tensor<float> a, Tensor<float> b, TFunction f)
        where TFunction : unmanaged, IBinaryFunction
    {
        var broadcast = Broadcast.Of(name, ("a", a.Shape), ("b", b.Shape));
        var y = a.Device.Empty<float>(broadcast.Result);
        a.Device.Run(new ZipKernels.Call<TFunction>(a, b, y, broadcast[0], broadcast[1], f));
        a.Device.Trace?.Record(y, new ElementwiseOperation(Formulated.OfTwo(f)), a, b);
        return y;
    }

    /// <summary>As <see cref="Zip{TFunction}(string, Tensor{float}, Tensor{float}, TFunction)"/>,
    /// but stores into <paramref name="y"/>, which may be a or b itself.</summary>
    /// <exception cref="ShapeException">The shapes do not broadcast to y's.</exception>
    public static void ZipInto<TFunction>(Tensor<float> y, Tensor<float> a, Tensor<float> b, TFunction f)
        where TFunction : unmanaged, IBinaryFunction
    {
        var broadcast = Broadcast.Of("zip", ("a", a.Shape), ("b", b.Shape));
        if (broadcast.Result != y.Shape)
        {
            throw new ShapeException("zip", "y of the operands' common shape", ("y", y.Shape), ("a", a.Shape), ("b", b.Shape));
        }

        y.CheckMayChange("zip");
        a.Device.Run(new ZipKernels.Call<TFunction>(a, b, y, broadcast[0], broadcast[1], f));
        a.Device.Trace?.Record(y, new ElementwiseOperation(Formulated.OfTwo(f)), a, b);
    }

    /// <summary>A function of the elements of three tensors with broadcasting, <c>y[i] = f(a[i], b[i], c[i])</c>.</summary>
    /// <inheritdoc cref="Zip{TFunction}(string, Tensor{float}, Tensor{float}, TFunction)"/>
    public static Tensor<float> Zip<TFunction>(string name, Tensor<float> a, Tensor<float> b, Tensor<float> c, TFunction f)
        where TFunction : unmanaged, ITernaryFunction
    {
        var broadcast = Broadcast.Of(name, ("a", a.Shape), ("b", b.Shape), ("c", c.Shape));
        var y = a.Device.Empty<float>(broadcast.Result);
        a.Device.Run(new ZipKernels.Call3<TFunction>(a, b, c, y, broadcast[0], broadcast[1], broadcast[2], f));
        a.Device.Trace?.Record(y, new ElementwiseOperation(Formulated.OfThree(f)), a, b, c);
        return y;
    }
}

internal static class ZipKernels
{
    /// <summary>The part of a stretched operand that a vector of neighbouring results reads.</summary>
    private static unsafe Vector512<float> Lanes(float* values, int stride, int i) =>
        stride == 0 ? Vector512.Create(*values) : Vector512.Load(values + i);

    internal readonly struct ZipElements<TFunction>(
        ArrayView<float> a, ArrayView<float> b, ArrayView<float> y, StridedIndex atA, StridedIndex atB, TFunction f) : IKernel
        where TFunction : unmanaged, IBinaryFunction
    {
        public void Run(int i)
        {
            // Grid: one thread per element of y.
            y[i] = f.Apply(a[atA.Offset(i)], b[atB.Offset(i)]);
        }
    }

    internal readonly struct ZipQuads<TFunction>(ArrayView<Quad> a, ArrayView<Quad> b, ArrayView<Quad> y, TFunction f) : IKernel
        where TFunction : unmanaged, IBinaryFunction
    {
        public void Run(int i)
        {
            // Grid: one thread per four elements of tensors of one shape.
            var (p, q) = (Quad.Aligned(a)[i], Quad.Aligned(b)[i]);
            Quad.Aligned(y)[i] = new Quad(f.Apply(p.X, q.X), f.Apply(p.Y, q.Y), f.Apply(p.Z, q.Z), f.Apply(p.W, q.W));
        }
    }

    internal readonly struct Zip3Elements<TFunction>(
        ArrayView<float> a, ArrayView<float> b, ArrayView<float> c, ArrayView<float> y,
        StridedIndex atA, StridedIndex atB, StridedIndex atC, TFunction f) : IKernel
        where TFunction : unmanaged, ITernaryFunction
    {
        public void Run(int i)
        {
            // Grid: one thread per element of y.
            y[i] = f.Apply(a[atA.Offset(i)], b[atB.Offset(i)], c[atC.Offset(i)]);
        }
    }

    internal readonly struct Zip3Quads<TFunction>(
        ArrayView<Quad> a, ArrayView<Quad> b, ArrayView<Quad> c, ArrayView<Quad> y, TFunction f) : IKernel
        where TFunction : unmanaged, ITernaryFunction
    {
        public void Run(int i)
        {
            // Grid: one thread per four elements of tensors of one shape.
            var (p, q, r) = (Quad.Aligned(a)[i], Quad.Aligned(b)[i], Quad.Aligned(c)[i]);
            Quad.Aligned(y)[i] = new Quad(
                f.Apply(p.X, q.X, r.X), f.Apply(p.Y, q.Y, r.Y), f.Apply(p.Z, q.Z, r.Z), f.Apply(p.W, q.W, r.W));
        }
    }

    internal readonly record struct Call<TFunction>(
        Tensor<float> A, Tensor<float> B, Tensor<float> Y, StridedIndex AtA, StridedIndex AtB, TFunction F)
        : IPrimitive, IRangeBody
        where TFunction : unmanaged, IBinaryFunction
    {
        public static bool IsReproducible => true;

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
                device.Launch(Y.Size / Quad.Length, new ZipQuads<TFunction>(Quad.Of(A), Quad.Of(B), Quad.Of(Y), F));
            }
            else
            {
                device.Launch(Y.Size, new ZipElements<TFunction>(A.View, B.View, Y.View, AtA, AtB, F));
            }
        }

        private unsafe void Row(float* a, int strideA, float* b, int strideB, float* y, int count)
        {
            var f = F; // a local: the compiler keeps its constants in registers
            var i = 0;
            for (; i <= count - HostLoop.Width; i += HostLoop.Width)
            {
                f.Apply(Lanes(a, strideA, i), Lanes(b, strideB, i)).Store(y + i);
            }

            if (i < count)
            {
                HostLoop.StorePart(f.Apply(Lanes(a, strideA, i), Lanes(b, strideB, i)), y + i, count - i);
            }
        }
    }

    internal readonly record struct Call3<TFunction>(
        Tensor<float> A, Tensor<float> B, Tensor<float> C, Tensor<float> Y,
        StridedIndex AtA, StridedIndex AtB, StridedIndex AtC, TFunction F) : IPrimitive, IRangeBody
        where TFunction : unmanaged, ITernaryFunction
    {
        public static bool IsReproducible => true;

        public void OnHost(HostDevice device) => device.Team.For(Y.Size, HostLoop.ElementGrain, this);

        public unsafe void Range(int start, int end)
        {
            // As for two operands.
            var inner = AtA.InnerLength;
            for (var i = start; i < end;)
            {
                var count = Math.Min(inner - i % inner, end - i);
                Row(A.Pointer + AtA.Offset(i), B.Pointer + AtB.Offset(i), C.Pointer + AtC.Offset(i), Y.Pointer + i, count);
                i += count;
            }
        }

        public void OnKernels(KernelDevice device)
        {
            if (A.Shape == Y.Shape && B.Shape == Y.Shape && C.Shape == Y.Shape && Quad.Fits(Y.Size))
            {
                device.Launch(
                    Y.Size / Quad.Length, new Zip3Quads<TFunction>(Quad.Of(A), Quad.Of(B), Quad.Of(C), Quad.Of(Y), F));
            }
            else
            {
                device.Launch(Y.Size, new Zip3Elements<TFunction>(A.View, B.View, C.View, Y.View, AtA, AtB, AtC, F));
            }
        }

        private unsafe void Row(float* a, float* b, float* c, float* y, int count)
        {
            var (f, strideA, strideB, strideC) = (F, AtA.InnerStride, AtB.InnerStride, AtC.InnerStride);
            for (var i = 0; i < count; i += HostLoop.Width)
            {
                var result = f.Apply(Lanes(a, strideA, i), Lanes(b, strideB, i), Lanes(c, strideC, i));
                if (count - i >= HostLoop.Width)
                {
                    result.Store(y + i);
                }
                else
                {
                    HostLoop.StorePart(result, y + i, count - i);
                }
            }
        }
    }
}
