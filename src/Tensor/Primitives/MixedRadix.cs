using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>Whole numbers from rows of digits in mixed radix, the first digit counting fastest; digits are rounded.</summary>
    /// <remarks>
    /// <para>Shapes: digits (N, D), radices (D) with digit d in [0, radices[d]) ↔ ids (N),
    /// id = Σ digit[d]·Π radices[before d].</para>
    /// <para>A digit that is out of range, or NaN, gives id −1; an id outside of the product of all
    /// radices gives NaN digits.</para>
    /// </remarks>
    /// <exception cref="ShapeException">digits is not (N, D), or radices not (D).</exception>
    public static Tensor<int> ComposeDigits(Tensor<float> digits, Tensor<int> radices)
    {
        var (n, d) = digits.Shape is [var rows, var columns] && radices.Shape == [columns]
            ? (rows, columns)
            : throw new ShapeException(
                "mixed-radix", "digits (N, D), radices (D)", ("digits", digits.Shape), ("radices", radices.Shape));
        var ids = digits.Device.Empty<int>([n]);
        digits.Device.Run(new MixedRadixKernels.ComposeCall(digits, radices, ids, d));
        digits.Device.Trace?.Record(ids, new ComposeDigitsOperation(), digits, radices);
        return ids;
    }

    /// <summary>The digits of whole numbers in mixed radix, the inverse of <see cref="ComposeDigits"/>.</summary>
    /// <exception cref="ShapeException">ids is not (N), or radices not (D).</exception>
    public static Tensor<float> SplitDigits(Tensor<int> ids, Tensor<int> radices)
    {
        var (n, d) = (ids.Shape, radices.Shape) is ([var rows], [var columns])
            ? (rows, columns)
            : throw new ShapeException("mixed-radix", "ids (N), radices (D)", ("ids", ids.Shape), ("radices", radices.Shape));
        var digits = ids.Device.Empty<float>([n, d]);
        ids.Device.Run(new MixedRadixKernels.SplitCall(ids, radices, digits, d));
        ids.Device.Trace?.Record(digits, new SplitDigitsOperation(), ids, radices);
        return digits;
    }
}

internal static class MixedRadixKernels
{
    internal readonly struct ComposeDigits(ArrayView<float> digits, ArrayView<int> radices, ArrayView<int> ids, int d) : IKernel
    {
        public void Run(int n)
        {
            // Grid: one thread per row.
            int id = 0, place = 1;
            for (var i = 0; i < d; i++)
            {
                var digit = digits[n * d + i] + 0.5f;
                var isDigit = digit >= 0 && digit < radices[i];
                id = isDigit && id >= 0 ? id + place * (int)digit : -1;
                place *= radices[i];
            }

            ids[n] = id;
        }
    }

    internal readonly struct SplitIds(ArrayView<int> ids, ArrayView<int> radices, ArrayView<float> digits, int d) : IKernel
    {
        public void Run(int n)
        {
            // Grid: one thread per row.
            var rest = ids[n];
            for (var i = 0; i < d; i++)
            {
                digits[n * d + i] = rest % radices[i];
                rest /= radices[i];
            }

            // What is left over is none of the digits.
            if (ids[n] < 0 || rest > 0)
            {
                for (var i = 0; i < d; i++)
                {
                    digits[n * d + i] = float.NaN;
                }
            }
        }
    }

    internal readonly record struct ComposeCall(Tensor<float> Digits, Tensor<int> Radices, Tensor<int> Ids, int D)
        : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) => device.Team.For(Ids.Size, HostLoop.RowGrain(D), this);

        public unsafe void Range(int start, int end)
        {
            for (var n = start; n < end; n++)
            {
                int id = 0, place = 1;
                for (var i = 0; i < D; i++)
                {
                    var digit = Digits.Pointer[(nint)n * D + i] + 0.5f;
                    id = id >= 0 && digit >= 0 && digit < Radices.Pointer[i] ? id + place * (int)digit : -1;
                    place *= Radices.Pointer[i];
                }

                Ids.Pointer[n] = id;
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.Launch(Ids.Size, new ComposeDigits(Digits.View, Radices.View, Ids.View, D));
    }

    internal readonly record struct SplitCall(Tensor<int> Ids, Tensor<int> Radices, Tensor<float> Digits, int D)
        : IPrimitive, IRangeBody
    {
        public void OnHost(HostDevice device) => device.Team.For(Ids.Size, HostLoop.RowGrain(D), this);

        public unsafe void Range(int start, int end)
        {
            for (var n = start; n < end; n++)
            {
                var row = new Span<float>(Digits.Pointer + (nint)n * D, D);
                var rest = Ids.Pointer[n];
                for (var i = 0; i < D; i++)
                {
                    row[i] = rest % Radices.Pointer[i];
                    rest /= Radices.Pointer[i];
                }

                if (Ids.Pointer[n] < 0 || rest > 0)
                {
                    row.Fill(float.NaN);
                }
            }
        }

        public void OnKernels(KernelDevice device) =>
            device.Launch(Ids.Size, new SplitIds(Ids.View, Radices.View, Digits.View, D));
    }
}
