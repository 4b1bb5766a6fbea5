using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>A function of every element, <c>y[i] = f(x[i])</c>.</summary>
    /// <remarks>
    /// <para>Shapes: x any → y the same.</para>
    /// <para>NaN and ∞ go where the function sends them.</para>
    /// </remarks>
    public static Tensor<float> Map<TFunction>(Tensor<float> x, TFunction f)
        where TFunction : unmanaged, IUnaryFunction
    {
        var y = x.Device.Empty<float>(x.Shape);
        x.Device.Run(new MapKernels.Call<TFunction>(x, y, f));
        return y;
    }
}

internal static class MapKernels
{
    internal readonly struct MapElements<TFunction>(ArrayView<float> x, ArrayView<float> y, TFunction f) : IKernel
        where TFunction : unmanaged, IUnaryFunction
    {
        public void Run(int i)
        {
            // Grid: one thread per element.
            y[i] = f.Apply(x[i]);
        }
    }

    internal readonly struct MapQuads<TFunction>(ArrayView<Quad> x, ArrayView<Quad> y, TFunction f) : IKernel
        where TFunction : unmanaged, IUnaryFunction
    {
        public void Run(int i)
        {
            // Grid: one thread per four elements.
            var q = Quad.Aligned(x)[i];
            Quad.Aligned(y)[i] = new Quad(f.Apply(q.X), f.Apply(q.Y), f.Apply(q.Z), f.Apply(q.W));
        }
    }

    internal readonly record struct Call<TFunction>(Tensor<float> X, Tensor<float> Y, TFunction F) : IPrimitive, IRangeBody
        where TFunction : unmanaged, IUnaryFunction
    {
        public static bool IsReproducible => true;

        public void OnHost(HostDevice device) => device.Team.For(Y.Size, HostLoop.ElementGrain, this);

        public unsafe void Range(int start, int end)
        {
            var x = X.Pointer;
            var y = Y.Pointer;
            var f = F; // a local: the compiler keeps its constants in registers
            var i = start;
            for (; i <= end - HostLoop.Width; i += HostLoop.Width)
            {
                f.Apply(Vector512.Load(x + i)).Store(y + i);
            }

            if (i < end)
            {
                HostLoop.StorePart(f.Apply(Vector512.Load(x + i)), y + i, end - i);
            }
        }

        public void OnKernels(KernelDevice device)
        {
            if (Quad.Fits(Y.Size))
            {
                device.Launch(Y.Size / Quad.Length, new MapQuads<TFunction>(Quad.Of(X), Quad.Of(Y), F));
            }
            else
            {
                device.Launch(Y.Size, new MapElements<TFunction>(X.View, Y.View, F));
            }
        }
    }
}
