using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;

namespace IlgpuVq.Tensors.Primitives;

/// <summary>Reads along one axis, <c>y[o, n, i] = x[o, map(n), i]</c>, and its adjoint, <c>dX[o, k, i] = Σ dY[o, n, i]</c> over
/// the n with map(n) = k: what strided slices, borders and the choice of elements by ids have in common.</summary>
/// <remarks>Deterministic: each element of dX has one owner, which adds in the order of n. Numbers are read and written
/// once.</remarks>
internal static class AxisGather
{
    /// <param name="x">What is read.</param>
    /// <param name="axis">An axis of x.</param>
    /// <param name="length">The length of y's axis.</param>
    /// <param name="sizes">x along the axis.</param>
    /// <param name="map">Which elements are read.</param>
    public static Tensor<float> Read<TMap>(Tensor<float> x, int axis, int length, in AxisSizes sizes, TMap map)
        where TMap : struct, IAxisMap
    {
        var y = x.Device.Empty<float>(x.Shape.With(axis, length));
        x.Device.Run(new ReadCall<TMap>(x, y, sizes, length, map));
        return y;
    }

    /// <param name="dY">The gradient of what was read; every place of it reads something.</param>
    /// <param name="axis">The axis.</param>
    /// <param name="sizes">x along the axis.</param>
    /// <param name="map">Which elements were read.</param>
    public static Tensor<float> Sum<TMap>(Tensor<float> dY, int axis, in AxisSizes sizes, TMap map)
        where TMap : struct, IAxisMap
    {
        var dX = dY.Device.Empty<float>(dY.Shape.With(axis, sizes.Length));
        dY.Device.Run(new SumCall<TMap>(dY, dX, sizes, dY.Shape[axis], map));
        return dX;
    }

    internal readonly struct ReadMapped<TMap>(ArrayView<float> x, ArrayView<float> y, AxisSizes s, int length, TMap map) : IKernel
        where TMap : struct, IAxisMap
    {
        public void Run(int i)
        {
            // Grid: one thread per element of y, i = (outer·length + place)·Inner + inner.
            var row = i / s.Inner;
            var outer = row / length;
            var source = map.Source(row - outer * length);
            var value = float.NaN;
            if (source >= 0)
            {
                value = x[(outer * s.Length + source) * s.Inner + (i - row * s.Inner)];
            }

            y[i] = value;
        }
    }

    internal readonly struct SumReaders<TMap>(
        ArrayView<float> dY, ArrayView<float> dX, AxisSizes s, int length, TMap map) : IKernel
        where TMap : struct, IAxisMap
    {
        public void Run(int i)
        {
            // Grid: one thread per element of dX, i = (outer·Length + k)·Inner + inner.
            var row = i / s.Inner;
            var outer = row / s.Length;
            var k = row - outer * s.Length;
            var sum = 0f;
            var readers = map.Readers(k);
            for (var j = 0; j < readers; j++)
            {
                var place = map.Reader(k, j);
                if (place >= 0 && place < length)
                {
                    sum += dY[(outer * length + place) * s.Inner + (i - row * s.Inner)];
                }
            }

            dX[i] = sum;
        }
    }

    private readonly record struct ReadCall<TMap>(
        Tensor<float> X, Tensor<float> Y, AxisSizes Sizes, int Length, TMap Map) : IPrimitive
        where TMap : struct, IAxisMap
    {
        public static bool IsReproducible => true;

        public unsafe void OnHost(HostDevice device) =>
            device.Team.For(Y.Size, HostLoop.ElementGrain, new HostRead<TMap>(X.Pointer, Y.Pointer, Sizes, Length, Map));

        public void OnKernels(KernelDevice device) =>
            device.Launch(Y.Size, new ReadMapped<TMap>(X.View, Y.View, Sizes, Length, Map));
    }

    private readonly record struct SumCall<TMap>(
        Tensor<float> DY, Tensor<float> DX, AxisSizes Sizes, int Length, TMap Map) : IPrimitive
        where TMap : struct, IAxisMap
    {
        public unsafe void OnHost(HostDevice device) =>
            device.Team.For(DX.Size, HostLoop.ElementGrain, new HostSum<TMap>(DY.Pointer, DX.Pointer, Sizes, Length, Map));

        public void OnKernels(KernelDevice device) =>
            device.Launch(DX.Size, new SumReaders<TMap>(DY.View, DX.View, Sizes, Length, Map));
    }

    /// <summary>Elements of y; whole rows, or pieces of them, where neighbours of x are neighbours of y.</summary>
    internal readonly unsafe struct HostRead<TMap>(float* x, float* y, AxisSizes s, int length, TMap map) : IRangeBody
        where TMap : struct, IAxisMap
    {
        public void Range(int start, int end)
        {
            for (int i = start, count; i < end; i += count)
            {
                var row = i / s.Inner;
                var outer = row / length;
                var place = row - outer * length;
                var from = x + (nint)outer * s.Length * s.Inner;
                if (s.Inner == 1)
                {
                    count = Math.Min(length - place, end - i);
                    ReadLine(from, y + i, place, count);
                    continue;
                }

                var inner = i - row * s.Inner;
                count = Math.Min(s.Inner - inner, end - i);
                var source = map.Source(place);
                if (source >= 0)
                {
                    Unsafe.CopyBlockUnaligned(y + i, from + (nint)source * s.Inner + inner, (uint)count * sizeof(float));
                }
                else
                {
                    new Span<float>(y + i, count).Fill(float.NaN);
                }
            }
        }

        private void ReadLine(float* from, float* to, int place, int count)
        {
            for (var i = 0; i < count; i++)
            {
                var source = map.Source(place + i);
                to[i] = source >= 0 ? from[source] : float.NaN;
            }
        }
    }

    /// <summary>Elements of dX.</summary>
    private readonly unsafe struct HostSum<TMap>(float* dY, float* dX, AxisSizes s, int length, TMap map) : IRangeBody
        where TMap : struct, IAxisMap
    {
        public void Range(int start, int end)
        {
            for (int i = start, count; i < end; i += count)
            {
                var row = i / s.Inner;
                var outer = row / s.Length;
                var k = row - outer * s.Length;
                var inner = i - row * s.Inner;
                var from = dY + (nint)outer * length * s.Inner + inner;
                if (s.Inner == 1)
                {
                    count = Math.Min(s.Length - k, end - i);
                    if (count == s.Length)
                    {
                        ScatterLine(from, dX + i);
                    }
                    else
                    {
                        SumLine(from, dX + i, k, count);
                    }

                    continue;
                }

                count = Math.Min(s.Inner - inner, end - i);
                new Span<float>(dX + i, count).Clear();
                var readers = map.Readers(k);
                for (var j = 0; j < readers; j++)
                {
                    var place = map.Reader(k, j);
                    if (place >= 0 && place < length)
                    {
                        HostAxis.AddRow(from + (nint)place * s.Inner, dX + i, count);
                    }
                }
            }
        }

        /// <summary>A whole line: each element gets its terms in the same order as from <see cref="SumLine"/>.</summary>
        private void ScatterLine(float* from, float* to)
        {
            new Span<float>(to, s.Length).Clear();
            for (var place = 0; place < length; place++)
            {
                to[map.Source(place)] += from[place];
            }
        }

        private void SumLine(float* from, float* to, int first, int count)
        {
            for (var i = 0; i < count; i++)
            {
                var sum = 0f;
                var readers = map.Readers(first + i);
                for (var j = 0; j < readers; j++)
                {
                    var place = map.Reader(first + i, j);
                    if (place >= 0 && place < length)
                    {
                        sum += from[place];
                    }
                }

                to[i] = sum;
            }
        }
    }
}

/// <summary>Steps of host forms along an axis.</summary>
internal static unsafe class HostAxis
{
    /// <summary><c>to += from</c> over <paramref name="count"/> numbers.</summary>
    public static void AddRow(float* from, float* to, int count)
    {
        var i = 0;
        for (; i <= count - HostLoop.Width; i += HostLoop.Width)
        {
            (Vector512.Load(to + i) + Vector512.Load(from + i)).Store(to + i);
        }

        if (i < count)
        {
            HostLoop.StorePart(Vector512.Load(to + i) + Vector512.Load(from + i), to + i, count - i);
        }
    }
}
