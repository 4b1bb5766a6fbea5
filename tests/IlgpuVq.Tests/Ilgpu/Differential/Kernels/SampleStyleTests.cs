using System.Numerics;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>Whole programs as users of ILGPU write them: static methods, tiles, generic operations, stencils, simulations.</summary>
public sealed class SampleStyleTests(DifferentialDevices devices) : KernelTests<SampleStyleTests>(devices), IKernelSet
{
    private const int Tile = 8;
    private const int GroupSize = 64;

    private interface IReduction<T>
        where T : unmanaged
    {
        static abstract T Neutral { get; }

        static abstract T Combine(T left, T right);
    }

    private interface IActivation
    {
        float Apply(float x);
    }

    public static void AddTo(KernelSet kernels)
    {
        AddMatrices(kernels);
        AddReductions(kernels);
        AddImages(kernels);
        AddSimulations(kernels);
        AddNetworks(kernels);
    }

    private static void AddMatrices(KernelSet kernels)
    {
        kernels.Add("a naive matrix product over 2-D views", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<
                Index2D, ArrayView2D<float, Stride2D.DenseX>, ArrayView2D<float, Stride2D.DenseX>, ArrayView2D<float, Stride2D.DenseX>>(MultiplyNaive)(
                new(13, 9),
                run.Input(Samples.Floats(171, 13 * 11)).As2DDenseXView(new(13, 11)),
                run.Input(Samples.Floats(172, 11 * 9)).As2DDenseXView(new(11, 9)),
                run.Output<float>(13 * 9).As2DDenseXView(new(13, 9))));
        kernels.Add("a tiled matrix product", run =>
            run.Accelerator.LoadStreamKernel<
                ArrayView2D<float, Stride2D.DenseX>, ArrayView2D<float, Stride2D.DenseX>, ArrayView2D<float, Stride2D.DenseX>>(MultiplyTiled)(
                (new Index2D(2, 2), new Index2D(Tile, Tile)),
                run.Input(Samples.Floats(173, 13 * 19)).As2DDenseXView(new(13, 19)),
                run.Input(Samples.Floats(174, 19 * 11)).As2DDenseXView(new(19, 11)),
                run.Output<float>(13 * 11).As2DDenseXView(new(13, 11))));
        kernels.Add("a product with a tile of registers per thread", run =>
        {
            const int n = 32;
            run.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, int>(MultiplyRegisters)(
                (new Index2D(2, 2), new Index2D(4, 4)),
                run.Input(Samples.Floats(175, n * n)),
                run.Input(Samples.Floats(176, n * n)),
                run.Output<float>(n * n),
                n);
        });
        kernels.Add("matrix and vector of any number type", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView2D<long, Stride2D.DenseY>, ArrayView<long>, ArrayView<long>>(MultiplyVector)(
                12,
                run.Input(Samples.Drawn<long>(177, 12 * 7)).As2DDenseYView(new(12, 7)),
                run.Input(Samples.Drawn<long>(178, 7)),
                run.Output<long>(12)));
    }

    private static void AddReductions(KernelSet kernels)
    {
        kernels.Add("a generic reduction: sum of long", run =>
            run.Accelerator.LoadStreamKernel<ArrayView<long>, ArrayView<long>>(Reduce<long, Sum<long>>)(
                (3, GroupSize), run.Input(Samples.Drawn<long>(181, 1000)), run.Output<long>(3)));
        kernels.Add("a generic reduction: largest float", run =>
            run.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>>(Reduce<float, Largest<float>>)(
                (3, GroupSize), run.Input(Samples.Floats(182, 1000)), run.Output<float>(3)));
        kernels.Add("a reduction in dynamic shared memory", run =>
            run.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>>(ReduceDynamic)(
                (4, 32, SharedMemoryConfig.RequestDynamic<float>(32)), run.Input(Samples.Floats(183, 128)), run.Output<float>(4)));
        kernels.Add("a reduction by warp shuffles", run =>
            run.Accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>>(ReduceByShuffles)(
                (2, GroupSize), run.Input(Samples.Ints(184, 500, -100, 100)), run.InOut(new int[1])));
        kernels.Add("the place of the largest element", run =>
            run.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<int>>(FindLargest)(
                (1, 32), run.Input(Samples.Floats(185, 300)), run.Output<int>(1)));
        kernels.Add("a histogram of bytes", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<byte>, ArrayView<int>>((i, bytes, bins) =>
                Atomic.Add(ref bins[bytes[i] >> 4], 1))(2000, run.Input(Samples.Drawn<byte>(186, 2000)), run.InOut(new int[16])));
        kernels.Add("a two-pass exclusive scan", run =>
        {
            var x = run.Input(Samples.Ints(187, 4 * GroupSize, 0, 10));
            var y = run.Output<int>(4 * GroupSize);
            var sums = run.Output<int>(4, name: "sums");
            run.Accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>, ArrayView<int>>(ScanBlocks)((4, GroupSize), x, y, sums);
            run.Accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>>(AddOffsets)((4, GroupSize), y, sums);
        });
    }

    private static void AddImages(KernelSet kernels)
    {
        kernels.Add("a five-point stencil over a 2-D view", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index2D, ArrayView2D<float, Stride2D.DenseX>, ArrayView2D<float, Stride2D.DenseX>>(Diffuse)(
                new(20, 15),
                run.Input(Samples.Floats(191, 300)).As2DDenseXView(new(20, 15)),
                run.Output<float>(300).As2DDenseXView(new(20, 15))));
        kernels.Add("a filter of specialized size", run =>
        {
            var x = run.Input(Samples.Floats(192, 300)).As2DDenseXView(new(20, 15));
            var filter = run.Accelerator.LoadAutoGroupedStreamKernel<
                Index2D, ArrayView2D<float, Stride2D.DenseX>, ArrayView2D<float, Stride2D.DenseX>, SpecializedValue<int>>(Blur);
            filter(new(20, 15), x, run.Output<float>(300, name: "radius 1").As2DDenseXView(new(20, 15)), SpecializedValue.New(1));
            filter(new(20, 15), x, run.Output<float>(300, name: "radius 2").As2DDenseXView(new(20, 15)), SpecializedValue.New(2));
        });
        kernels.Add("Mandelbrot", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index2D, ArrayView2D<int, Stride2D.DenseX>, float, float, float, int>(Mandelbrot)(
                new(48, 32), run.Output<int>(48 * 32).As2DDenseXView(new(48, 32)), -2.2f, -1.2f, 3.2f / 48, 100));
        kernels.Add("Julia in double precision, by structures", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index2D, ArrayView<int>, int>(Julia)(new(32, 24), run.Output<int>(32 * 24), 80));
        kernels.Add("Conway's game of life", run =>
        {
            var cells = run.InOut([.. Samples.Ints(193, 32 * 24, 0, 2).Select(value => (byte)value)]);
            var next = run.Output<byte>(32 * 24, name: "next");
            var step = run.Accelerator.LoadAutoGroupedStreamKernel<Index2D, ArrayView2D<byte, Stride2D.DenseX>, ArrayView2D<byte, Stride2D.DenseX>>(Live);
            for (var k = 0; k < 3; k++)
            {
                step(new(32, 24), cells.As2DDenseXView(new(32, 24)), next.As2DDenseXView(new(32, 24)));
                step(new(32, 24), next.As2DDenseXView(new(32, 24)), cells.As2DDenseXView(new(32, 24)));
            }
        });
        kernels.Add("grey levels of packed pixels", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<Rgba>, ArrayView<byte>>((i, pixels, grey) =>
            {
                var pixel = pixels[i];
                grey[i] = (byte)(((pixel.R * 77) + (pixel.G * 150) + (pixel.B * 29)) >> 8);
            })(100, run.Input(Samples.Drawn<uint>(194, 100)).Cast<uint, Rgba>(), run.Output<byte>(100)));
    }

    private static void AddSimulations(KernelSet kernels)
    {
        kernels.Add("π by Monte Carlo with Philox", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, uint>(CountInside)(300, run.Output<int>(300), 12345u));
        kernels.Add("a random walk with xorshift", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<Index2D>, ulong>(Walk)(100, run.Output<Index2D>(100), 99ul));
        kernels.Add("gravity among bodies", run =>
        {
            var bodies = run.Input(Samples.Floats(201, 4 * 40)).Cast<float, Body>();
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<Body>, ArrayView<Body>, float>(Attract)(
                40, bodies, run.Output<Body>(40, new(8, 1e-5)), 0.01f);
        });
        kernels.Add("Black and Scholes", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, float>(PriceOptions)(
                100, run.Input(Samples.Range(60f, 140f, 100)), run.Output<float>(100, new(0, 2e-4)), 0.25f));
    }

    private static void AddNetworks(KernelSet kernels)
    {
        kernels.Add("an activation as a structure with state", run =>
        {
            var x = run.Input(Samples.Floats(211, 100));
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, Leaky>(Activate)(
                100, x, run.Output<float>(100), new Leaky(0.125f));
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, Swish>(Activate)(
                100, x, run.Output<float>(100, new(6), "swish"), default);
        });
        kernels.Add("the nearest row of a table", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView2D<float, Stride2D.DenseY>, ArrayView2D<float, Stride2D.DenseY>, ArrayView<int>>(FindNearest)(
                50,
                run.Input(Samples.Floats(212, 50 * 6)).As2DDenseYView(new(50, 6)),
                run.Input(Samples.Floats(213, 16 * 6)).As2DDenseYView(new(16, 6)),
                run.Output<int>(50)));
        kernels.Add("a convolution with padding and stride", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<
                Index3D, ArrayView3D<float, Stride3D.DenseZY>, ArrayView<float>, ArrayView3D<float, Stride3D.DenseZY>, ConvolutionShape>(Convolve)(
                new(4, 5, 6),
                run.Input(Samples.Floats(214, 3 * 9 * 11)).As3DDenseZYView(new(3, 9, 11)),
                run.Input(Samples.Floats(215, 4 * 3 * 3 * 3)),
                run.Output<float>(4 * 5 * 6).As3DDenseZYView(new(4, 5, 6)),
                new ConvolutionShape(Size: 3, Stride: 2, Padding: 1)));
        kernels.Add("layer normalization, a group per row", run =>
            run.Accelerator.LoadStreamKernel<ArrayView<float>, ArrayView<float>, float>(Normalize)(
                (5, 32), run.Input(Samples.Floats(216, 5 * 32)), run.Output<float>(5 * 32, new(8)), 1e-5f));
        kernels.Add("a step of Adam", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, AdamSettings>(StepAdam)(
                80,
                run.InOut(Samples.Floats(217, 80), name: "weights"),
                run.Input(Samples.Floats(218, 80)),
                run.InOut(Samples.Floats(219, 80), name: "first moments"),
                run.InOut([.. Samples.Floats(220, 80).Select(MathF.Abs)], name: "second moments"),
                new AdamSettings(1e-3f, 0.9f, 0.999f, 1e-8f)));
    }

    private static void MultiplyNaive(
        Index2D index,
        ArrayView2D<float, Stride2D.DenseX> a,
        ArrayView2D<float, Stride2D.DenseX> b,
        ArrayView2D<float, Stride2D.DenseX> c)
    {
        var sum = 0.0f;
        for (var i = 0; i < a.IntExtent.Y; i++)
        {
            sum += a[new Index2D(index.X, i)] * b[new Index2D(i, index.Y)];
        }

        c[index] = sum;
    }

    private static void MultiplyTiled(
        ArrayView2D<float, Stride2D.DenseX> a,
        ArrayView2D<float, Stride2D.DenseX> b,
        ArrayView2D<float, Stride2D.DenseX> c)
    {
        var (x, y) = (Group.IdxX, Group.IdxY);
        var (row, column) = ((Grid.IdxX * Tile) + x, (Grid.IdxY * Tile) + y);
        var aTile = SharedMemory.Allocate2DDenseX<float>(new Index2D(Tile, Tile));
        var bTile = SharedMemory.Allocate2DDenseX<float>(new Index2D(Tile, Tile));
        var sum = 0f;
        for (var start = 0; start < a.IntExtent.Y; start += Tile)
        {
            aTile[x, y] = row < a.IntExtent.X && start + y < a.IntExtent.Y ? a[row, start + y] : 0;
            bTile[x, y] = start + x < b.IntExtent.X && column < b.IntExtent.Y ? b[start + x, column] : 0;
            Group.Barrier();
            for (var k = 0; k < Tile; k++)
            {
                sum += aTile[x, k] * bTile[k, y];
            }

            Group.Barrier();
        }

        if (row < c.IntExtent.X && column < c.IntExtent.Y)
        {
            c[row, column] = sum;
        }
    }

    private static void MultiplyRegisters(ArrayView<float> a, ArrayView<float> b, ArrayView<float> c, int n)
    {
        const int edge = 16;
        const int perThread = 4;
        var aTile = SharedMemory.Allocate<float>(edge * perThread);
        var bTile = SharedMemory.Allocate<float>(perThread * edge);
        var (row, column) = (Grid.IdxY * edge, Grid.IdxX * edge);
        var sums = new float[perThread * perThread];
        for (var start = 0; start < n; start += perThread)
        {
            for (var k = Group.LinearIndex; k < edge * perThread; k += Group.DimX * Group.DimY)
            {
                aTile[k] = a[((row + (k / perThread)) * n) + start + (k % perThread)];
                bTile[k] = b[((start + (k / edge)) * n) + column + (k % edge)];
            }

            Group.Barrier();
            for (var k = 0; k < perThread; k++)
            {
                for (var i = 0; i < perThread; i++)
                {
                    var left = aTile[(((Group.IdxY * perThread) + i) * perThread) + k];
                    for (var j = 0; j < perThread; j++)
                    {
                        sums[(i * perThread) + j] += left * bTile[(k * edge) + (Group.IdxX * perThread) + j];
                    }
                }
            }

            Group.Barrier();
        }

        for (var i = 0; i < perThread; i++)
        {
            for (var j = 0; j < perThread; j++)
            {
                c[((row + (Group.IdxY * perThread) + i) * n) + column + (Group.IdxX * perThread) + j] = sums[(i * perThread) + j];
            }
        }
    }

    private static void MultiplyVector<T>(Index1D row, ArrayView2D<T, Stride2D.DenseY> matrix, ArrayView<T> vector, ArrayView<T> result)
        where T : unmanaged, INumber<T>
    {
        var sum = T.Zero;
        for (var column = 0; column < vector.IntLength; column++)
        {
            sum += matrix[row, column] * vector[column];
        }

        result[row] = sum;
    }

    private static void Reduce<T, TReduction>(ArrayView<T> x, ArrayView<T> y)
        where T : unmanaged
        where TReduction : struct, IReduction<T>
    {
        var shared = SharedMemory.Allocate<T>(GroupSize);
        var result = TReduction.Neutral;
        for (var i = Grid.GlobalIndex.X; i < x.Length; i += Grid.GridStrideLoopStride)
        {
            result = TReduction.Combine(result, x[i]);
        }

        shared[Group.IdxX] = result;
        Group.Barrier();
        for (var half = GroupSize / 2; half > 0; half >>= 1)
        {
            if (Group.IdxX < half)
            {
                shared[Group.IdxX] = TReduction.Combine(shared[Group.IdxX], shared[Group.IdxX + half]);
            }

            Group.Barrier();
        }

        if (Group.IsFirstThread)
        {
            y[Grid.IdxX] = shared[0];
        }
    }

    private static void ReduceDynamic(ArrayView<float> x, ArrayView<float> y)
    {
        var shared = SharedMemory.GetDynamic<float>();
        shared[Group.IdxX] = x[Grid.GlobalIndex.X];
        Group.Barrier();
        for (var half = Group.DimX / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
            {
                shared[Group.IdxX] += shared[Group.IdxX + half];
            }

            Group.Barrier();
        }

        if (Group.IdxX == 0)
        {
            y[Grid.IdxX] = shared[0];
        }
    }

    private static void ReduceByShuffles(ArrayView<int> x, ArrayView<int> y)
    {
        var sum = 0;
        for (var i = Grid.GlobalIndex.X; i < x.Length; i += Grid.GridStrideLoopStride)
        {
            sum += x[i];
        }

        for (var delta = Warp.WarpSize / 2; delta > 0; delta /= 2)
        {
            sum += Warp.ShuffleDown(sum, delta);
        }

        if (Warp.IsFirstLane)
        {
            Atomic.Add(ref y[0], sum);
        }
    }

    private static void FindLargest(ArrayView<float> x, ArrayView<int> y)
    {
        var values = SharedMemory.Allocate<float>(32);
        var places = SharedMemory.Allocate<int>(32);
        var (best, place) = (float.NegativeInfinity, -1);
        for (var i = Group.IdxX; i < x.IntLength; i += Group.DimX)
        {
            if (x[i] > best)
            {
                (best, place) = (x[i], i);
            }
        }

        (values[Group.IdxX], places[Group.IdxX]) = (best, place);
        Group.Barrier();
        if (Group.IsFirstThread)
        {
            for (var k = 1; k < Group.DimX; k++)
            {
                if (values[k] > best || (values[k] == best && places[k] < place))
                {
                    (best, place) = (values[k], places[k]);
                }
            }

            y[0] = place;
        }
    }

    private static void ScanBlocks(ArrayView<int> x, ArrayView<int> y, ArrayView<int> sums)
    {
        var shared = SharedMemory.Allocate<int>(GroupSize);
        var i = Grid.GlobalIndex.X;
        shared[Group.IdxX] = x[i];
        for (var step = 1; step < GroupSize; step <<= 1)
        {
            Group.Barrier();
            var left = Group.IdxX >= step ? shared[Group.IdxX - step] : 0;
            Group.Barrier();
            shared[Group.IdxX] += left;
        }

        y[i] = shared[Group.IdxX] - x[i];
        if (Group.IsLastThread)
        {
            sums[Grid.IdxX] = shared[Group.IdxX];
        }
    }

    private static void AddOffsets(ArrayView<int> y, ArrayView<int> sums)
    {
        var offset = 0;
        for (var k = 0; k < Grid.IdxX; k++)
        {
            offset += sums[k];
        }

        y[Grid.GlobalIndex.X] += offset;
    }

    private static void Diffuse(Index2D i, ArrayView2D<float, Stride2D.DenseX> x, ArrayView2D<float, Stride2D.DenseX> y)
    {
        var (width, height) = x.IntExtent;
        if (i.X == 0 || i.Y == 0 || i.X == width - 1 || i.Y == height - 1)
        {
            y[i] = x[i];
            return;
        }

        var neighbours = x[i - new Index2D(1, 0)] + x[i + new Index2D(1, 0)] + x[i.X, i.Y - 1] + x[i.X, i.Y + 1];
        y[i] = x[i] + (0.1f * (neighbours - (4 * x[i])));
    }

    private static void Blur(Index2D i, ArrayView2D<float, Stride2D.DenseX> x, ArrayView2D<float, Stride2D.DenseX> y, SpecializedValue<int> radius)
    {
        var (sum, count) = (0f, 0);
        for (var dy = -radius.Value; dy <= radius; dy++)
        {
            for (var dx = -radius.Value; dx <= radius; dx++)
            {
                var place = i + new Index2D(dx, dy);
                if (place.InBounds(x.IntExtent))
                {
                    sum += x[place];
                    count++;
                }
            }
        }

        y[i] = sum / count;
    }

    private static void Mandelbrot(Index2D i, ArrayView2D<int, Stride2D.DenseX> y, float left, float top, float step, int limit)
    {
        var (cx, cy) = (left + (i.X * step), top + (i.Y * step));
        var (zx, zy) = (0f, 0f);
        var rounds = 0;
        while ((zx * zx) + (zy * zy) < 4 && rounds < limit)
        {
            (zx, zy) = ((zx * zx) - (zy * zy) + cx, (2 * zx * zy) + cy);
            rounds++;
        }

        y[i] = rounds;
    }

    private static void Julia(Index2D i, ArrayView<int> y, int limit)
    {
        var z = new ComplexNumber((i.X - 16) * 0.1, (i.Y - 12) * 0.1);
        var c = new ComplexNumber(-0.8, 0.156);
        var rounds = 0;
        for (; rounds < limit && z.SquaredMagnitude < 4; rounds++)
        {
            z = (z * z) + c;
        }

        y[(i.Y * 32) + i.X] = rounds;
    }

    private static void Live(Index2D i, ArrayView2D<byte, Stride2D.DenseX> cells, ArrayView2D<byte, Stride2D.DenseX> next)
    {
        var (width, height) = (cells.IntExtent.X, cells.IntExtent.Y);
        var neighbours = 0;
        for (var dy = -1; dy <= 1; dy++)
        {
            for (var dx = -1; dx <= 1; dx++)
            {
                if (dx != 0 || dy != 0)
                {
                    neighbours += cells[(i.X + dx + width) % width, (i.Y + dy + height) % height];
                }
            }
        }

        next[i] = (byte)(neighbours == 3 || (neighbours == 2 && cells[i] == 1) ? 1 : 0);
    }

    private static void CountInside(Index1D i, ArrayView<int> y, uint seed)
    {
        var inside = 0;
        for (var k = 0u; k < 25; k++)
        {
            var (a, b) = Philox((uint)i.X, k, seed);
            var (px, py) = ((a >> 8) * (1f / 16777216), (b >> 8) * (1f / 16777216));
            inside += (px * px) + (py * py) <= 1 ? 1 : 0;
        }

        y[i] = inside;
    }

    private static (uint A, uint B) Philox(uint low, uint high, uint key)
    {
        for (var round = 0; round < 10; round++)
        {
            var product = (ulong)low * 0xD256D193;
            (low, high) = ((uint)(product >> 32) ^ key ^ high, (uint)product);
            key += 0x9E3779B9;
        }

        return (low, high);
    }

    private static void Walk(Index1D i, ArrayView<Index2D> y, ulong seed)
    {
        var random = new XorShift(seed + (ulong)i.X);
        var place = Index2D.Zero;
        for (var k = 0; k < 50; k++)
        {
            place += (random.Next() & 3) switch
            {
                0 => new Index2D(1, 0),
                1 => new Index2D(-1, 0),
                2 => new Index2D(0, 1),
                _ => new Index2D(0, -1),
            };
        }

        y[i] = place;
    }

    private static void Attract(Index1D i, ArrayView<Body> bodies, ArrayView<Body> result, float step)
    {
        var self = bodies[i];
        var (ax, ay) = (0f, 0f);
        for (var k = 0; k < bodies.IntLength; k++)
        {
            var (dx, dy) = (bodies[k].X - self.X, bodies[k].Y - self.Y);
            var inverse = XMath.Rsqrt((dx * dx) + (dy * dy) + 0.01f);
            var force = inverse * inverse * inverse;
            ax += dx * force;
            ay += dy * force;
        }

        self.VelocityX += ax * step;
        self.VelocityY += ay * step;
        self.X += self.VelocityX * step;
        self.Y += self.VelocityY * step;
        result[i] = self;
    }

    private static void PriceOptions(Index1D i, ArrayView<float> spots, ArrayView<float> prices, float volatility)
    {
        const float strike = 100;
        const float rate = 0.02f;
        var d1 = (MathF.Log(spots[i] / strike) + rate + (0.5f * volatility * volatility)) / volatility;
        prices[i] = (spots[i] * Cumulative(d1)) - (strike * MathF.Exp(-rate) * Cumulative(d1 - volatility));
    }

    /// <summary>The normal distribution: Abramowitz and Stegun, 26.2.17.</summary>
    private static float Cumulative(float x)
    {
        var k = 1 / (1 + (0.2316419f * MathF.Abs(x)));
        var polynomial = k * (0.31938153f + (k * (-0.356563782f + (k * (1.781477937f + (k * (-1.821255978f + (k * 1.330274429f))))))));
        var tail = 0.39894228f * MathF.Exp(-0.5f * x * x) * polynomial;
        return x < 0 ? tail : 1 - tail;
    }

    private static void Activate<TActivation>(Index1D i, ArrayView<float> x, ArrayView<float> y, TActivation activation)
        where TActivation : struct, IActivation => y[i] = activation.Apply(x[i]);

    private static void FindNearest(Index1D row, ArrayView2D<float, Stride2D.DenseY> x, ArrayView2D<float, Stride2D.DenseY> table, ArrayView<int> y)
    {
        var (best, nearest) = (float.MaxValue, -1);
        for (var k = 0; k < table.IntExtent.X; k++)
        {
            var distance = 0f;
            for (var d = 0; d < x.IntExtent.Y; d++)
            {
                var difference = x[row, d] - table[k, d];
                distance += difference * difference;
            }

            if (distance < best)
            {
                (best, nearest) = (distance, k);
            }
        }

        y[row] = nearest;
    }

    private static void Convolve(
        Index3D place,
        ArrayView3D<float, Stride3D.DenseZY> x,
        ArrayView<float> weights,
        ArrayView3D<float, Stride3D.DenseZY> y,
        ConvolutionShape shape)
    {
        var sum = 0f;
        var (channels, height, width) = (x.IntExtent.X, x.IntExtent.Y, x.IntExtent.Z);
        for (var channel = 0; channel < channels; channel++)
        {
            for (var dy = 0; dy < shape.Size; dy++)
            {
                var row = (place.Y * shape.Stride) + dy - shape.Padding;
                if ((uint)row >= (uint)height)
                {
                    continue;
                }

                for (var dx = 0; dx < shape.Size; dx++)
                {
                    var column = (place.Z * shape.Stride) + dx - shape.Padding;
                    if ((uint)column < (uint)width)
                    {
                        var weight = weights[(((((place.X * channels) + channel) * shape.Size) + dy) * shape.Size) + dx];
                        sum += weight * x[channel, row, column];
                    }
                }
            }
        }

        y[place] = sum;
    }

    private static void Normalize(ArrayView<float> x, ArrayView<float> y, float epsilon)
    {
        var shared = SharedMemory.Allocate<float>(32);
        var i = Grid.GlobalLinearIndex;
        shared[Group.IdxX] = x[i];
        Group.Barrier();
        var mean = 0f;
        for (var k = 0; k < 32; k++)
        {
            mean += shared[k];
        }

        mean /= 32;
        var variance = 0f;
        for (var k = 0; k < 32; k++)
        {
            variance += (shared[k] - mean) * (shared[k] - mean);
        }

        y[i] = (x[i] - mean) * XMath.Rsqrt((variance / 32) + epsilon);
    }

    private static void StepAdam(
        Index1D i, ArrayView<float> weights, ArrayView<float> gradients, ArrayView<float> first, ArrayView<float> second, AdamSettings settings)
    {
        var gradient = gradients[i];
        var m = (settings.Beta1 * first[i]) + ((1 - settings.Beta1) * gradient);
        var v = (settings.Beta2 * second[i]) + ((1 - settings.Beta2) * gradient * gradient);
        first[i] = m;
        second[i] = v;
        weights[i] -= settings.Rate * m / (MathF.Sqrt(v) + settings.Epsilon);
    }

    private readonly struct Sum<T> : IReduction<T>
        where T : unmanaged, INumber<T>
    {
        public static T Neutral => T.Zero;

        public static T Combine(T left, T right) => left + right;
    }

    private readonly struct Largest<T> : IReduction<T>
        where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        public static T Neutral => T.MinValue;

        public static T Combine(T left, T right) => left > right ? left : right;
    }

    private readonly struct Leaky(float slope) : IActivation
    {
        public float Apply(float x) => x > 0 ? x : slope * x;
    }

    private readonly struct Swish : IActivation
    {
        public float Apply(float x) => x / (1 + XMath.Exp(-x));
    }

    private readonly record struct ConvolutionShape(int Size, int Stride, int Padding);

    private readonly record struct AdamSettings(float Rate, float Beta1, float Beta2, float Epsilon);

    private readonly record struct ComplexNumber(double Real, double Imaginary)
    {
        public double SquaredMagnitude => (Real * Real) + (Imaginary * Imaginary);

        public static ComplexNumber operator +(ComplexNumber left, ComplexNumber right) =>
            new(left.Real + right.Real, left.Imaginary + right.Imaginary);

        public static ComplexNumber operator *(ComplexNumber left, ComplexNumber right) => new(
            (left.Real * right.Real) - (left.Imaginary * right.Imaginary),
            (left.Real * right.Imaginary) + (left.Imaginary * right.Real));
    }

    private struct XorShift(ulong seed)
    {
        private ulong state = (seed * 0x9E3779B97F4A7C15) | 1;

        public uint Next()
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            return (uint)(state >> 32);
        }
    }

    private readonly record struct Rgba(byte R, byte G, byte B, byte A);

    private struct Body
    {
        public float X;
        public float Y;
        public float VelocityX;
        public float VelocityY;
    }
}
