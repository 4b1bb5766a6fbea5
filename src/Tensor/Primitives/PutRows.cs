using System.Runtime.CompilerServices;
using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

/// <content>Rows into longer sequences.</content>
public static partial class Primitive
{
    /// <summary>Writes rows into sequences from a place on that the device holds, <c>target[b, place + offset + i, :] = rows[b,
    /// i, :]</c>: what a network that goes place by place keeps of each.</summary>
    /// <remarks>
    /// <para>Shapes: target (B, T, C), rows (B, N, C), place (1). Rows that fall outside of [0, T) are left out.</para>
    /// <para>The place is read when the call runs, so that a recorded call writes elsewhere each time. Numbers are copied bit by
    /// bit.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static void PutRowsInto<T>(Tensor<T> target, Tensor<T> rows, Tensor<int> place, int offset = 0)
        where T : unmanaged
    {
        var sizes = PutRowsKernels.CheckShapes(target.Shape, rows.Shape, place.Shape);
        target.CheckMayChange("put-rows");
        target.Device.Run(new PutRowsKernels.Call<T>(target, rows, place, sizes, offset));
    }
}

internal static class PutRowsKernels
{
    public static RowSizes CheckShapes(Shape target, Shape rows, Shape place) => (target, rows, place) switch
    {
        ([var b, var t, var c], [var b2, var n, var c2], [1]) when (b, c) == (b2, c2) => new RowSizes(b, t, n, c),
        _ => throw new ShapeException(
            "put-rows", "target (B, T, C), rows (B, N, C), place (1)", ("target", target), ("rows", rows), ("place", place)),
    };

    /// <summary>Lengths of sequences (B, T, C) and of rows (B, N, C) for them.</summary>
    internal readonly record struct RowSizes(int B, int T, int N, int C);

    internal readonly struct PutRows<T>(
        ArrayView<T> target, ArrayView<T> rows, ArrayView<int> place, RowSizes s, int offset) : IKernel
        where T : unmanaged
    {
        public void Run(int i)
        {
            // Grid: one thread per element of rows, i = (b·N + n)·C + c.
            var row = i / s.C;
            var at = place[0] + offset + row % s.N;
            if (at >= 0 && at < s.T)
            {
                target[(row / s.N * s.T + at) * s.C + (i - row * s.C)] = rows[i];
            }
        }
    }

    internal readonly record struct Call<T>(
        Tensor<T> Target, Tensor<T> Rows, Tensor<int> Place, RowSizes Sizes, int Offset) : IPrimitive, IRangeBody
        where T : unmanaged
    {
        public static bool IsReproducible => true;

        public void OnHost(HostDevice device) => device.Team.For(Sizes.B * Sizes.N, HostLoop.RowGrain(Sizes.C), this);

        public unsafe void Range(int start, int end)
        {
            for (var row = start; row < end; row++)
            {
                var at = Place.Pointer[0] + Offset + row % Sizes.N;
                if (at >= 0 && at < Sizes.T)
                {
                    Unsafe.CopyBlockUnaligned(
                        Target.Pointer + ((nint)(row / Sizes.N) * Sizes.T + at) * Sizes.C, Rows.Pointer + (nint)row * Sizes.C,
                        (uint)(Sizes.C * sizeof(T)));
                }
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.Launch(Rows.Size, new PutRows<T>(Target.View, Rows.View, Place.View, Sizes, Offset));
    }
}
