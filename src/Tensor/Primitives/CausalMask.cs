using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>Replaces what lies above a diagonal: <c>y[…, i, j] = x[…, i, j]</c> where j ≤ i + diagonal, else <c>masked</c>.</summary>
    /// <remarks>
    /// <para>Shapes: x (…, T, S) → y the same. Its gradient is the same operation on dY, with 0.</para>
    /// <para>NaN and ∞ pass where they are kept and are gone where they are not. Deterministic; each number is read and written once.</para>
    /// </remarks>
    /// <exception cref="ShapeException">x has fewer than two axes.</exception>
    public static Tensor<float> CausalMask(Tensor<float> x, float masked, int diagonal)
    {
        var (t, s) = CausalMaskKernels.CheckShapes(x.Shape);
        var y = x.Device.Empty<float>(x.Shape);
        x.Device.Run(new CausalMaskKernels.Call(x, y, t, s, masked, Math.Clamp(diagonal, -t, s)));
        return y;
    }
}

internal static class CausalMaskKernels
{
    public static (int T, int S) CheckShapes(Shape x) => x is [.., var t, var s]
        ? (t, s)
        : throw new ShapeException("causal-mask", "x (…, T, S)", ("x", x));

    internal readonly struct MaskElements(ArrayView<float> x, ArrayView<float> y, int t, int s, float masked, int diagonal) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element of y, i = (n·T + row)·S + column.
            var row = i / s;
            var column = i - row * s;
            y[i] = column - diagonal <= row % t ? x[i] : masked;
        }
    }

    internal readonly record struct Call(Tensor<float> X, Tensor<float> Y, int T, int S, float Masked, int Diagonal)
        : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) => device.Team.For(Y.Size / Math.Max(S, 1), HostLoop.RowGrain(S), this);

        public void Range(int start, int end)
        {
            for (var row = start; row < end; row++)
            {
                var (first, kept) = (row * S, Math.Clamp(row % T + 1 + Diagonal, 0, S));
                X.Span.Slice(first, kept).CopyTo(Y.Span[first..]);
                Y.Span[(first + kept)..(first + S)].Fill(Masked);
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.Launch(Y.Size, new MaskElements(X.View, Y.View, T, S, Masked, Diagonal));
    }
}
