using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>Images and simulations as users of ILGPU write them: stencils, fractals, random numbers, bodies.</summary>
public sealed class SimulationSampleTests(DifferentialDevices devices) : KernelTests<SimulationSampleTests>(devices), IKernelSet
{
    public static void AddTo(KernelSet kernels)
    {
        AddImages(kernels);
        AddSimulations(kernels);
    }

    private static void AddImages(KernelSet kernels)
    {
        kernels.Add("a five-point stencil over a 2-D view", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index2D, ArrayView2D<float, Stride2D.DenseX>,
                ArrayView2D<float, Stride2D.DenseX>>(Diffuse)(
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
            run.Accelerator.LoadAutoGroupedStreamKernel<Index2D, ArrayView2D<int, Stride2D.DenseX>, float, float, float,
                int>(Mandelbrot)(
                new(48, 32), run.Output<int>(48 * 32).As2DDenseXView(new(48, 32)), -2.2f, -1.2f, 3.2f / 48, 100));
        kernels.Add("Julia in double precision, by structures", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index2D, ArrayView<int>, int>(Julia)(new(32, 24),
                run.Output<int>(32 * 24), 80));
        kernels.Add("Conway's game of life", run =>
        {
            var cells = run.InOut([.. Samples.Ints(193, 32 * 24, 0, 2).Select(value => (byte)value)]);
            var next = run.Output<byte>(32 * 24, name: "next");
            var step = run.Accelerator.LoadAutoGroupedStreamKernel<Index2D, ArrayView2D<byte, Stride2D.DenseX>,
                ArrayView2D<byte, Stride2D.DenseX>>(Live);
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

    private static void Blur(Index2D i, ArrayView2D<float, Stride2D.DenseX> x, ArrayView2D<float, Stride2D.DenseX> y,
        SpecializedValue<int> radius)
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

    private static void AddSimulations(KernelSet kernels)
    {
        kernels.Add("π by Monte Carlo with Philox", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, uint>(CountInside)(300, run.Output<int>(300),
                12345u));
        kernels.Add("a random walk with xorshift", run =>
            run.Accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<Index2D>, ulong>(Walk)(100, run.Output<Index2D>(100),
                99ul));
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
        var polynomial = k * (0.31938153f +
            (k * (-0.356563782f + (k * (1.781477937f + (k * (-1.821255978f + (k * 1.330274429f))))))));
        var tail = 0.39894228f * MathF.Exp(-0.5f * x * x) * polynomial;
        return x < 0 ? tail : 1 - tail;
    }

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
