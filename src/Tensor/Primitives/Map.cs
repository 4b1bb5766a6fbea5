using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

/// <summary>A function of one number, as a value: its fields are the function's constants.</summary>
/// <remarks>Both forms give the same result up to the rounding that the operator documents. On kernel devices ILGPU has to see the type: it
/// is public, or internal in an assembly whose internals are visible to <c>ILGPURuntime</c>.</remarks>
public interface IUnaryOperator
{
    /// <summary>The kernels' form.</summary>
    float Apply(float x);

    /// <summary>The host form, lane by lane.</summary>
    Vector512<float> Apply(Vector512<float> x);
}

public static partial class Primitive
{
    /// <summary>Applies <paramref name="op"/> to every element.</summary>
    /// <remarks>
    /// <para>Shapes: x any → y the same.</para>
    /// <para>NaN and ∞ go where the operator sends them.</para>
    /// </remarks>
    public static Tensor<float> Map<TOp>(Tensor<float> x, TOp op)
        where TOp : unmanaged, IUnaryOperator
    {
        var y = x.Device.Empty<float>(x.Shape);
        x.Device.Run(new MapKernels.Call<TOp>(x, y, op));
        return y;
    }
}

internal static class MapKernels
{
    internal readonly struct MapElements<TOp>(ArrayView<float> x, ArrayView<float> y, TOp op) : IKernel
        where TOp : unmanaged, IUnaryOperator
    {
        public void Run(int i)
        {
            // Grid: one thread per element.
            y[i] = op.Apply(x[i]);
        }
    }

    internal readonly struct MapQuads<TOp>(ArrayView<Quad> x, ArrayView<Quad> y, TOp op) : IKernel
        where TOp : unmanaged, IUnaryOperator
    {
        public void Run(int i)
        {
            // Grid: one thread per four elements.
            var q = Quad.Aligned(x)[i];
            Quad.Aligned(y)[i] = new Quad(op.Apply(q.X), op.Apply(q.Y), op.Apply(q.Z), op.Apply(q.W));
        }
    }

    internal readonly record struct Call<TOp>(Tensor<float> X, Tensor<float> Y, TOp Op) : IPrimitive, IRangeBody
        where TOp : unmanaged, IUnaryOperator
    {
        public void OnHost(HostDevice device) => device.Team.For(Y.Size, HostLoop.ElementGrain, this);

        public unsafe void Range(int start, int end)
        {
            var x = X.Pointer;
            var y = Y.Pointer;
            var i = start;
            for (; i <= end - HostLoop.Width; i += HostLoop.Width)
            {
                Op.Apply(Vector512.Load(x + i)).Store(y + i);
            }

            if (i < end)
            {
                HostLoop.StorePart(Op.Apply(Vector512.Load(x + i)), y + i, end - i);
            }
        }

        public void OnKernels(KernelDevice device)
        {
            if (Quad.Fits(Y.Size))
            {
                device.Launch(Y.Size / Quad.Length, new MapQuads<TOp>(Quad.Of(X), Quad.Of(Y), Op));
            }
            else
            {
                device.Launch(Y.Size, new MapElements<TOp>(X.View, Y.View, Op));
            }
        }
    }
}
