using ILGPU;
using ILGPU.Runtime;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>Views: windows, casts, lengths, strides, in one, two and three dimensions.</summary>
public sealed class ViewTests(DifferentialDevices devices) : KernelTests<ViewTests>(devices), IKernelSet
{
    private const int Width = 12;
    private const int Height = 7;
    private const int Depth = 3;

    private static readonly int[] Cells = Samples.Ints(101, Width * Height * Depth, -1000, 1000);

    public static void AddTo(KernelSet kernels)
    {
        AddPlain(kernels);
        AddOneDimension(kernels);
        AddTwoDimensions(kernels);
        AddThreeDimensions(kernels);
    }

    private static void AddPlain(KernelSet kernels)
    {
        kernels.Unary<int, int>("every kind of index", (i, x, y) =>
            y[i] = x[i] + x[(int)i] + x[(long)i.X] + x[new LongIndex1D(i)]);
        kernels.Unary<int, long>("Length, IntLength, LengthInBytes, Extent", (i, x, y) =>
            y[i] = x.Length + x.IntLength + y.LengthInBytes + x.Extent.X + x.IntExtent.X + x.ElementSize + i);
        kernels.Unary<int, int>("SubView with and without a length", (i, x, y) =>
        {
            var tail = x.SubView(10);
            var window = tail.SubView(5, 20);
            y[i] = tail[0] + window[i % 20] + window.IntLength + tail.IntLength;
        });
        kernels.Add("windows given by the host", run =>
        {
            var y = run.InOut(new int[64]);
            var x = run.Input(Cells);
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, ArrayView<int>>((i, values, result) =>
                result[i] = values[i])(
                10, x.SubView(33, 10), y.SubView(7, 10));
        });
        kernels.Unary<int, int>("Cast to smaller elements", (i, x, y) =>
        {
            var bytes = x.Cast<byte>();
            y[i] = bytes[4 * i] + (bytes[(4 * i) + 1] << 8) + (bytes.IntLength << 16);
        });
        kernels.Unary<int, long>("Cast to larger elements", (i, x, y) =>
        {
            var wide = x.Cast<long>();
            y[i] = wide[i % wide.IntLength] + wide.Length;
        }, values: Cells);
        kernels.Unary<float, float>("Cast to structures and back", (i, x, y) =>
        {
            if ((i & 1) == 0)
            {
                var pairs = y.Cast<Pair>();
                pairs[i / 2] = new() { First = x[i + 1], Second = -1 };
                pairs[i / 2].Second = x[i];
            }
        }, values: Samples.Floats(102, 64));
        kernels.Unary<int, byte>("Cast of the output", (i, x, y) =>
        {
            if ((i & 3) == 0)
            {
                y.Cast<int>()[i / 4] = x[i];
            }
        }, values: Cells[..64]);
        kernels.Unary<int, int>("IsValid, HasData and an empty view", (i, x, y) =>
        {
            var none = x.SubView(3, 0);
            y[i] = (x.IsValid ? 1 : 0) + (none.Length == 0 ? 2 : 0) + (x.HasData() ? 4 : 0) + (none.HasNoData() ? 8 : 0);
        });
        kernels.Unary<int, int>("views through helpers", (i, x, y) => Copy(Tail(x, i), Tail(y, i)));
        kernels.Unary<int, int>("a view changed in a loop", (i, x, y) =>
        {
            var rest = x;
            var sum = 0;
            while (rest.IntLength > 30)
            {
                sum = (sum * 3) + rest[i % 30];
                rest = rest.SubView(rest.IntLength / 2);
            }

            y[i] = sum;
        });
        kernels.Unary<int, int>("the last element first", (i, x, y) => y[y.IntLength - 1 - i] = x[x.IntLength - 1 - i] + i);
        kernels.Unary<byte, int>("elements of 8 bits without a sign", (i, x, y) => y[i] = x[i] - (x[0] << 4));
        kernels.Unary<sbyte, sbyte>("elements of 8 bits with a sign", (i, x, y) => y[i] = (sbyte)(x[i] / 2));
        kernels.Unary<ushort, ushort>("elements of 16 bits", (i, x, y) => y[i] = (ushort)(x[i] ^ x[x.IntLength - 1 - i]));
        kernels.Unary<double, double>("elements of 64 bits", (i, x, y) => y[i] = x[x.IntLength - 1 - i]);
    }

    private static void AddOneDimension(KernelSet kernels)
    {
        kernels.Add("a dense 1-D view", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView1D<int, Stride1D.Dense>,
                ArrayView1D<int, Stride1D.Dense>>((i, x, y) =>
                y[i] = x[i] + (int)x.Extent.X + x.Stride.XStride + x.IntLength)(Width, run.Input(Cells), run.Output<int>(Width)));
        kernels.Add("a 1-D view with a stride", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView1D<int, Stride1D.General>,
                ArrayView1D<int, Stride1D.General>>((i, x, y) =>
                y[i] = x[i] + (int)x.Length + x.Stride.XStride)(
                20,
                run.Input(Cells).AsGeneral(new Stride1D.General(3)),
                run.Output<int>(40).AsGeneral(new Stride1D.General(2))));
        kernels.Add("a window of a 1-D view with a stride", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView1D<int, Stride1D.General>, ArrayView<int>>((i, x, y) =>
            {
                var window = x.SubView(2, 9);
                y[i] = window[i] + window.IntLength + window.BaseView.IntLength;
            })(9, run.Input(Cells).AsGeneral(new Stride1D.General(4)), run.Output<int>(9)));
    }

    private static void AddTwoDimensions(KernelSet kernels)
    {
        kernels.Add("DenseX: X is contiguous", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index2D, ArrayView2D<int, Stride2D.DenseX>,
                ArrayView2D<int, Stride2D.DenseX>>((i, x, y) =>
                y[i] = (x[i] * 3) + (i.X * 100) + i.Y + x.Stride.YStride + x.Stride.XStride)(
                new(Width, Height),
                run.Input(Cells).As2DDenseXView(new(Width, Height)),
                run.Output<int>(Width * Height).As2DDenseXView(new(Width, Height))));
        kernels.Add("DenseY: Y is contiguous", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index2D, ArrayView2D<int, Stride2D.DenseY>,
                ArrayView2D<int, Stride2D.DenseY>>((i, x, y) =>
                y[i.X, i.Y] = (x[i.X, i.Y] * 3) + (i.X * 100) + i.Y + x.Stride.YStride + x.Stride.XStride)(
                new(Height, Width),
                run.Input(Cells).As2DDenseYView(new(Height, Width)),
                run.Output<int>(Width * Height).As2DDenseYView(new(Height, Width))));
        kernels.Add("any strides in two dimensions", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index2D, ArrayView2D<int, Stride2D.General>,
                ArrayView2D<int, Stride2D.General>>((i, x, y) =>
                y[i] = x[i] + (int)x.Extent.X + x.IntExtent.Y + (int)x.Length)(
                new(5, 4),
                run.Input(Cells).As2DView(new(5, 4), new Stride2D.General((2, 15))),
                run.Output<int>(100).As2DView(new(5, 4), new Stride2D.General((17, 3)))));
        kernels.Add("rows with a pitch", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index2D, ArrayView2D<int, Stride2D.DenseX>,
                ArrayView2D<int, Stride2D.DenseX>>((i, x, y) =>
                y[i] = -x[i])(
                new(9, 5),
                run.Input(Cells).As2DView(new(9, 5), new Stride2D.DenseX(Width)),
                run.Output<int>(5 * 16).As2DView(new(9, 5), new Stride2D.DenseX(16))));
        kernels.Add("a window in two dimensions", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index2D, ArrayView2D<int, Stride2D.DenseX>, ArrayView<int>>((i, x, y) =>
            {
                var window = x.SubView(new(2, 1), new(4, 3));
                y[(i.Y * 4) + i.X] = window[i] + window[0, 0] + (int)window.Extent.X + window.IntExtent.Y;
            })(new(4, 3), run.Input(Cells).As2DDenseXView(new(Width, Height)), run.Output<int>(12)));
        kernels.Add("2-D views made in the kernel", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index2D, ArrayView<int>, ArrayView<int>>((i, x, y) =>
            {
                var from = new ArrayView2D<int, Stride2D.DenseX>(x, new LongIndex2D(Width, Height), new Stride2D.DenseX(Width));
                var to = new ArrayView2D<int, Stride2D.DenseY>(y, new LongIndex2D(Width, Height), new Stride2D.DenseY(Height));
                to[i] = from[i] + 1;
            })(new(Width, Height), run.Input(Cells[..(Width * Height)]), run.Output<int>(Width * Height)));
        kernels.Add("transposed views", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index2D, ArrayView2D<int, Stride2D.DenseX>,
                ArrayView2D<int, Stride2D.DenseX>>((i, x, y) =>
                y.AsTransposed()[i.Y, i.X] = x[i] - x.AsTransposed()[0, i.X])(
                new(Width, Height),
                run.Input(Cells).As2DDenseXView(new(Width, Height)),
                run.Output<int>(Width * Height).As2DDenseXView(new(Width, Height))));
        kernels.Add("indices of 64 bits in two dimensions", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<LongIndex2D, ArrayView2D<int, Stride2D.DenseX>,
                ArrayView2D<long, Stride2D.DenseX>>((i, x, y) =>
                y[i] = x[i] + (i.X << 33) + i.Y)(
                new(Width, Height),
                run.Input(Cells).As2DDenseXView(new(Width, Height)),
                run.Output<long>(Width * Height).As2DDenseXView(new(Width, Height))));
        kernels.Add("the memory below a 2-D view", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView2D<int, Stride2D.DenseX>, ArrayView<int>>((i, x, y) =>
                y[i] = x.BaseView[i] + x.AsContiguous().IntLength)(
                Width * Height, run.Input(Cells).As2DDenseXView(new(Width, Height)), run.Output<int>(Width * Height)));
        kernels.Add("generic over the stride", run =>
        {
            var y = run.Output<int>(2 * Width * Height);
            var x = run.Input(Cells);
            var half = Width * Height;
            run.Accelerator.LoadAutoGroupedStreamKernel<Index2D, ArrayView2D<int, Stride2D.DenseX>,
                ArrayView2D<int, Stride2D.DenseY>>(CopyAll)(
                new(Width, Height), x.As2DDenseXView(new(Width, Height)), y.SubView(0, half).As2DDenseYView(new(Width, Height)));
            run.Accelerator.LoadAutoGroupedStreamKernel<Index2D, ArrayView2D<int, Stride2D.DenseY>,
                ArrayView2D<int, Stride2D.General>>(CopyAll)(
                new(Height, Width), x.As2DDenseYView(new(Height, Width)),
                    y.SubView(half, half).As2DView(new(Height, Width), new Stride2D.General((1, Height))));
        });
    }

    private static void AddThreeDimensions(KernelSet kernels)
    {
        kernels.Add("DenseXY: X is contiguous", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index3D, ArrayView3D<int, Stride3D.DenseXY>,
                ArrayView3D<int, Stride3D.DenseXY>>((i, x, y) =>
                y[i] = x[i] + (i.X * 100) + (i.Y * 10) + i.Z + x.Stride.ZStride)(
                new(Width, Height, Depth),
                run.Input(Cells).As3DDenseXYView(new(Width, Height, Depth)),
                run.Output<int>(Cells.Length).As3DDenseXYView(new(Width, Height, Depth))));
        kernels.Add("DenseZY: Z is contiguous", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index3D, ArrayView3D<int, Stride3D.DenseZY>,
                ArrayView3D<int, Stride3D.DenseZY>>((i, x, y) =>
                y[i.X, i.Y, i.Z] = x[i.X, i.Y, i.Z] + x.IntExtent.Z)(
                new(Depth, Height, Width),
                run.Input(Cells).As3DDenseZYView(new(Depth, Height, Width)),
                run.Output<int>(Cells.Length).As3DDenseZYView(new(Depth, Height, Width))));
        kernels.Add("any strides in three dimensions", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index3D, ArrayView3D<int, Stride3D.General>, ArrayView<int>>((i, x, y) =>
                y[(((i.Z * 3) + i.Y) * 4) + i.X] = x[i])(
                new(4, 3, 2),
                new ArrayView3D<int, Stride3D.General>(run.Input(Cells), new LongIndex3D(4, 3, 2),
                    new Stride3D.General(new Index3D(2, 20, 90))),
                run.Output<int>(24)));
        kernels.Add("a window in three dimensions", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index3D, ArrayView3D<int, Stride3D.DenseXY>, ArrayView<int>>((i, x, y) =>
            {
                var window = x.SubView(new(1, 2, 1), new(3, 4, 2));
                y[(((i.Z * 4) + i.Y) * 3) + i.X] = window[i] + (int)window.Length;
            })(new(3, 4, 2), run.Input(Cells).As3DDenseXYView(new(Width, Height, Depth)), run.Output<int>(24)));
    }

    private static ArrayView<int> Tail(ArrayView<int> view, int start) => view.SubView(start, view.Length - start);

    private static void Copy(ArrayView<int> from, ArrayView<int> to) => to[0] = from[0] + from.IntLength;

    private static void CopyAll<TFrom, TTo>(Index2D i, ArrayView2D<int, TFrom> from, ArrayView2D<int, TTo> to)
        where TFrom : struct, IStride2D
        where TTo : struct, IStride2D => to[i] = from[i] + from.Stride.XStride;

    private struct Pair
    {
        public float First;
        public float Second;
    }
}
