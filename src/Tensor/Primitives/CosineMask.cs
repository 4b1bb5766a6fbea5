using ILGPU;
using IlgpuVq.Tensors.Functions;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

/// <content>Random parts of rows.</content>
public static partial class Primitive
{
    /// <summary>Which of a row are chosen when a random part of it is: <c>y[b, n] = 1</c> where x[b, n] is among the
    /// ⌈N · cos(π/2 · u[b])⌉ smallest of its row, else 0.</summary>
    /// <remarks>
    /// <para>Shapes: u (B) in [0, 1], x (B, N) → y (B, N). One at least is chosen. Of equal ones those that come first are
    /// smaller.</para>
    /// <para>Numbers that are NaN make no promise. Deterministic; devices agree but where the cosine's rounding decides the
    /// count.</para>
    /// <para>Source: the mask schedule of arXiv:2202.04200, section 3.3.</para>
    /// </remarks>
    /// <exception cref="ShapeException">u is not (B), or x is not (B, N).</exception>
    public static Tensor<float> CosineMask(Tensor<float> u, Tensor<float> x)
    {
        var (b, n) = CosineMaskKernels.CheckShapes(u.Shape, x.Shape);
        var y = x.Device.Empty<float>(x.Shape);
        x.Device.Run(new CosineMaskKernels.Call(u, x, y, b, n));
        return y;
    }
}

internal static class CosineMaskKernels
{
    public static (int B, int N) CheckShapes(Shape u, Shape x) => (u, x) switch
    {
        ([var b], [var b2, var n]) when b == b2 => (b, n),
        _ => throw new ShapeException("cosine-mask", "u (B), x (B, N)", ("u", u), ("x", x)),
    };

    /// <summary>How many of N are chosen.</summary>
    public static int CountOf(float u, int n)
    {
        var part = n * ElementaryFunctions.SinCosOfTurn(0.25f * u).Cosine;
        var whole = (int)part;
        var count = whole < part ? whole + 1 : whole;
        return count < 1 ? 1 : count > n ? n : count;
    }

    internal readonly struct Choose(ArrayView<float> u, ArrayView<float> x, ArrayView<float> y, int n) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element, i = b·N + n.
            var row = i / n;
            var (first, own, smaller) = (row * n, x[i], 0);
            for (var at = first; at < first + n; at++)
            {
                smaller += x[at] < own || (x[at] == own && at < i) ? 1 : 0;
            }

            y[i] = smaller < CountOf(u[row], n) ? 1f : 0f;
        }
    }

    internal readonly record struct Call(Tensor<float> U, Tensor<float> X, Tensor<float> Y, int B, int N) : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) => device.Team.For(B, HostLoop.RowGrain(16 * N), this);

        public unsafe void Range(int start, int end)
        {
            var sorted = new Span<float>(HostScratch.Floats(N), N);
            for (var row = start; row < end && N > 0; row++)
            {
                var x = new Span<float>(X.Pointer + (long)row * N, N);
                var y = new Span<float>(Y.Pointer + (long)row * N, N);
                x.CopyTo(sorted);
                sorted.Sort();
                var count = CountOf(U.Pointer[row], N);
                var largest = sorted[count - 1];
                var equal = count - sorted[..count].IndexOf(largest); // how many of those that equal the largest are chosen
                for (var n = 0; n < N; n++)
                {
                    var isChosen = x[n] < largest || (x[n] == largest && equal-- > 0);
                    y[n] = isChosen ? 1f : 0f;
                }
            }
        }

        public void OnKernels(KernelDevice device) => device.Launch(X.Size, new Choose(U.View, X.View, Y.View, N));
    }
}
