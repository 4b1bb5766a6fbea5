using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

/// <content>Choice between two tensors.</content>
public static partial class Primitive
{
    /// <summary><c>y = a where condition ≠ 0, else b</c>, with broadcasting of all three.</summary>
    /// <remarks>
    /// <para>Shapes: condition, a, b that broadcast → y their common shape.</para>
    /// <para>Numbers are copied bit by bit; what is not chosen does not matter, NaN or not. NaN in the condition chooses
    /// a.</para>
    /// </remarks>
    /// <exception cref="ShapeException">The shapes do not broadcast.</exception>
    public static Tensor<float> Where(Tensor<float> condition, Tensor<float> a, Tensor<float> b)
    {
        var result = WhereKernels.CheckShapes(condition.Shape, a.Shape, b.Shape);
        var atCondition = Broadcast.Of("where", condition.Shape, result).A;
        var (atA, atB) = (Broadcast.Of("where", a.Shape, result).A, Broadcast.Of("where", b.Shape, result).A);
        var y = a.Device.Empty<float>(result);
        a.Device.Run(new WhereKernels.Call(condition, a, b, y, atCondition, atA, atB));
        return y;
    }
}

/// <summary>Kernel and call of the choice.</summary>
internal static class WhereKernels
{
    public static Shape CheckShapes(Shape condition, Shape a, Shape b)
    {
        var lengths = new int[Math.Max(condition.Rank, Math.Max(a.Rank, b.Rank))];
        Array.Fill(lengths, 1);
        foreach (var shape in (ReadOnlySpan<Shape>)[condition, a, b])
        {
            for (var fromEnd = 1; fromEnd <= shape.Rank; fromEnd++)
            {
                ref var length = ref lengths[^fromEnd];
                var own = shape[shape.Rank - fromEnd];
                length = length == 1 || length == own ? own : own == 1 ? length : throw new ShapeException(
                    "where", "shapes that broadcast: from the last axis on, equal lengths or 1",
                    ("condition", condition), ("a", a), ("b", b));
            }
        }

        return Shape.Create(lengths);
    }

    internal readonly struct Choose(
        ArrayView<float> condition, ArrayView<float> a, ArrayView<float> b, ArrayView<float> y, StridedIndex atCondition,
        StridedIndex atA, StridedIndex atB) : IKernel
    {
        public void Run(int i)
        {
            // Grid: one thread per element of y.
            if (condition[atCondition.Offset(i)] != 0)
            {
                y[i] = a[atA.Offset(i)];
            }
            else
            {
                y[i] = b[atB.Offset(i)];
            }
        }
    }

    internal readonly record struct Call(
        Tensor<float> Condition, Tensor<float> A, Tensor<float> B, Tensor<float> Y, StridedIndex AtCondition, StridedIndex AtA,
        StridedIndex AtB) : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) => device.Team.For(Y.Size, HostLoop.ElementGrain, this);

        public unsafe void Range(int start, int end)
        {
            // Along its innermost merged axis each operand is either dense (stride 1) or one repeated number (stride 0).
            for (int i = start, count; i < end; i += count)
            {
                count = Math.Min(Math.Min(Rest(AtCondition, i), end - i), Math.Min(Rest(AtA, i), Rest(AtB, i)));
                var condition = Condition.Pointer + AtCondition.Offset(i);
                float* a = A.Pointer + AtA.Offset(i), b = B.Pointer + AtB.Offset(i);
                for (var k = 0; k < count; k += HostLoop.Width)
                {
                    var isB = Vector512.Equals(Operand(condition, AtCondition.InnerStride, k), Vector512<float>.Zero);
                    var value = Vector512.ConditionalSelect(
                        isB, Operand(b, AtB.InnerStride, k), Operand(a, AtA.InnerStride, k));
                    HostLoop.StorePart(value, Y.Pointer + i + k, Math.Min(HostLoop.Width, count - k));
                }
            }
        }

        public void OnKernels(KernelDevice device) => device.Launch(
            Y.Size, new Choose(Condition.View, A.View, B.View, Y.View, AtCondition, AtA, AtB));

        private static int Rest(in StridedIndex at, int i) => at.InnerLength - i % at.InnerLength;

        private static unsafe Vector512<float> Operand(float* values, int stride, int i) =>
            stride == 0 ? Vector512.Create(*values) : Vector512.Load(values + i);
    }
}
