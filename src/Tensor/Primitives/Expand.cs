using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>A tensor stretched to a larger shape by repeating it: what broadcasting means, as a copy.
    /// Its adjoint is a sum to x's shape.</summary>
    /// <remarks>
    /// <para>Shapes: x that broadcasts to shape (aligned at the last axis, each length equal or 1) → y of that shape.</para>
    /// <para>NaN and ∞ pass.</para>
    /// </remarks>
    /// <exception cref="ShapeException">x does not broadcast to shape.</exception>
    public static Tensor<float> Expand(Tensor<float> x, Shape shape)
    {
        var broadcast = ExpandKernels.CheckShapes(x.Shape, shape);
        var y = x.Device.Empty<float>(shape);
        x.Device.Run(new ExpandKernels.Call(x, y, broadcast[0]));
        return y;
    }
}

internal static class ExpandKernels
{
    internal static Broadcast CheckShapes(Shape x, Shape shape)
    {
        var broadcast = Broadcast.Of("expand", ("x", x), ("shape", shape));
        return broadcast.Result == shape ? broadcast
            : throw new ShapeException("expand", "x that broadcasts to the shape", ("x", x), ("shape", shape));
    }

    internal readonly struct ReadRepeated(ArrayView<float> x, ArrayView<float> y, StridedIndex atX) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element of y.
            y[i] = x[atX.Offset(i)];
        }
    }

    internal readonly record struct Call(Tensor<float> X, Tensor<float> Y, StridedIndex AtX) : IPrimitive, IRangeBody
    {
        public static bool IsReproducible => true;

        public void OnHost(HostDevice device) => device.Team.For(Y.Size, HostLoop.ElementGrain, this);

        public unsafe void Range(int start, int end)
        {
            // Along the innermost merged axis x is either dense (stride 1) or one repeated number (stride 0).
            var inner = AtX.InnerLength;
            for (var i = start; i < end;)
            {
                var count = Math.Min(inner - i % inner, end - i);
                var from = X.Pointer + AtX.Offset(i);
                var to = new Span<float>(Y.Pointer + i, count);
                if (AtX.InnerStride == 0)
                {
                    to.Fill(*from);
                }
                else
                {
                    new ReadOnlySpan<float>(from, count).CopyTo(to);
                }

                i += count;
            }
        }

        public void OnKernels(KernelDevice device) => device.Launch(Y.Size, new ReadRepeated(X.View, Y.View, AtX));
    }
}
