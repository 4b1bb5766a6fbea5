using System.Globalization;
using ILGPU;
using ILGPU.Backends.OpenCL;
using ILGPU.Frontend;
using ILGPU.Frontend.Types;

namespace IlgpuVq.Tests.Ilgpu.OpenCL;

/// <summary>Kernels in C#, each beside what a generator could make of it, so that the runtime is tested without one.</summary>
internal static class HandWritten
{
    private const string View = "__global uchar* {0}, long {0}Offset, long {0}Length";

    /// <summary>The code of a kernel of this class: the method of the same name with Code behind it.</summary>
    public static CLKernelCode Generate(
        KernelSource source,
        bool isImplicitlyGrouped,
        IReadOnlyList<object?> constants,
        CLTarget target) => source.Method.Name switch
        {
            nameof(Scale) => Implicit("float factor", "x[i] *= factor;"),
            nameof(ScaleSome) => Implicit("uchar unused, float factor, int every", "if (i % every == 0) x[i] *= factor;"),
            nameof(ScaleBundle) => BundleCode(),
            nameof(Power) => Implicit("", $"float p = 1; for (int k = 0; k < {constants[1]}; k++) p *= x[i]; x[i] = p;"),
            nameof(Raise) => Implicit("", $"x[i] += {((Shift)constants[1]!).Factor.ToString("F1", CultureInfo.InvariantCulture)}f;"),
            nameof(Mark2D) => Marked("int extentX, int extentY", "extentX", "extentY", "1"),
            nameof(Mark3D) => Marked("long extentX, long extentY, long extentZ", "extentX", "extentY", "extentZ"),
            nameof(SumOfGroup) => SumCode(),
            nameof(Neighbour) => NeighbourCode(),
            nameof(Wrong) => new("wrong", "__kernel void wrong(int n, __global uchar* v) { undeclared = 1; }", false, 0),
            nameof(TooFew) => new("few", "__kernel void few(int n, __global uchar* v) { }", false, 0),
            nameof(LargeShared) => new(
                "large", Kernel("large", View, "__local uchar m[1024]; m[get_local_id(0)] = 1; v[0] = m[0];"), false, 0),
            _ => throw new CapabilityNotSupportedException($"kernel {source.Name}: no code for {target}"),
        };

    public static void Scale(Index1D i, ArrayView<float> x, float factor) => x[i] *= factor;

    public static void ScaleSome(Index1D i, ArrayView<float> x, Shift shift) => x[i] *= i % shift.Every == 0 ? shift.Factor : 1;

    public static void ScaleBundle(Index1D i, Bundle bundle) => bundle.X[i] *= bundle.Factor;

    public static void Power(Index1D i, ArrayView<float> x, SpecializedValue<int> exponent)
    {
        var power = 1f;
        for (var k = 0; k < exponent; k++)
        {
            power *= x[i];
        }

        x[i] = power;
    }

    public static void Raise(Index1D i, ArrayView<float> x, SpecializedValue<Shift> shift) => x[i] += shift.Value.Factor;

    public static void Mark2D(Index2D i, ArrayView<int> v) => v[i.X + (10 * i.Y)] = i.X + (100 * i.Y);

    public static void Mark3D(LongIndex3D i, ArrayView<int> v) => v[i.X + (10 * i.Y)] = (int)i.X;

    public static void SumOfGroup(ArrayView<float> x)
    {
        var shared = SharedMemory.GetDynamic<float>();
        shared[Group.IdxX] = x[Grid.GlobalIndex.X];
        Group.Barrier();
        x[Grid.GlobalIndex.X] = shared.IntLength;
    }

    public static void Neighbour(ArrayView<int> v) => v[Grid.GlobalIndex.X] = Warp.Shuffle(Grid.GlobalIndex.X, 0);

    public static void Wrong(Index1D i, ArrayView<float> v) => v[i] = 1;

    public static void TooFew(Index1D i, ArrayView<float> v) => v[i] = 1;

    public static void LargeShared(ArrayView<byte> v) => v[0] = 1;

    private static CLKernelCode Implicit(string parameters, string body) => new(
        "implicit",
        Kernel(
            "implicit",
            "int extent, " + View + (parameters.Length > 0 ? ", " : "") + parameters,
            $"int i = get_global_id(0); if (i >= extent) return; __global float* x = (__global float*)(v + vOffset); {body}"),
        UsesDynamicSharedMemory: false,
        SharedBytesPerThread: 0);

    /// <summary>Writes x + 100 y + 10000 z where the index is in range; idle threads have to stay away.</summary>
    private static CLKernelCode Marked(string extents, string x, string y, string z) => new(
        "mark",
        Kernel(
            "mark",
            $"{extents}, {View}",
            $"long x = get_global_id(0), y = get_global_id(1), z = get_global_id(2); if (x >= {x} || y >= {y} || z >= {z}) return;" +
            $"((__global int*)(v + vOffset))[x + {x} * (y + {y} * z)] += 1 + x + 100 * y + 10000 * z;"),
        UsesDynamicSharedMemory: false,
        SharedBytesPerThread: 0);

    /// <summary>Each thread writes the sum of its group and, as a fraction, the size of the shared memory.</summary>
    private static CLKernelCode SumCode() => new(
        "sum",
        Kernel(
            "sum",
            $"{View}, __local uchar* shared, int sharedBytes",
            "__global float* x = (__global float*)(v + vOffset); __local float* s = (__local float*)shared;" +
            "int lane = get_local_id(0); s[lane] = x[get_global_id(0)]; barrier(CLK_LOCAL_MEM_FENCE);" +
            "float sum = 0; for (int k = 0; k < get_local_size(0); k++) sum += s[k];" +
            "x[get_global_id(0)] = sum + sharedBytes / 65536.0f;"),
        UsesDynamicSharedMemory: true,
        SharedBytesPerThread: 0);

    /// <summary>Each thread writes the number of its right neighbour in the group, which it reads through the exchange.</summary>
    private static CLKernelCode NeighbourCode() => new(
        "neighbour",
        Kernel(
            "neighbour",
            $"{View}, __local uchar* exchange",
            "__local int* e = (__local int*)exchange; int lane = get_local_id(0); e[lane] = get_global_id(0);" +
            "barrier(CLK_LOCAL_MEM_FENCE);" +
            "((__global int*)(v + vOffset))[get_global_id(0)] = e[(lane + 1) % get_local_size(0)];"),
        UsesDynamicSharedMemory: false,
        SharedBytesPerThread: sizeof(int));

    /// <summary>The runtime chooses where the fields of a structure with views lie; so the parameters are in its order.</summary>
    private static CLKernelCode BundleCode()
    {
        var parameters = FieldLayout.Of(typeof(Bundle)).Select(field => field.Type == typeof(float) ? "float factor" : Format(View));
        return new(
            "bundle",
            Kernel(
                "bundle",
                "int extent, " + string.Join(", ", parameters),
                "int i = get_global_id(0); if (i < extent) ((__global float*)(v + vOffset))[i] *= factor;"),
            UsesDynamicSharedMemory: false,
            SharedBytesPerThread: 0);
    }

    private static string Kernel(string name, string parameters, string body) =>
        $"__kernel void {name}({Format(parameters)})\n{{\n    {body}\n}}\n";

    private static string Format(string parameters) => parameters.Replace("{0}", "v", StringComparison.Ordinal);

    /// <summary>Two values with bytes between them that belong to neither.</summary>
    public readonly struct Shift(float factor, int every) : IEquatable<Shift>
    {
        private readonly byte unused = 1;

        public float Factor { get; } = factor;

        public int Every { get; } = every;

        public bool Equals(Shift other) => Factor.Equals(other.Factor) && Every == other.Every;

        public override bool Equals(object? obj) => obj is Shift other && Equals(other);

        public override int GetHashCode() => HashCode.Combine(Factor, Every, unused);
    }

    /// <summary>A view beside a number.</summary>
    public readonly struct Bundle(ArrayView<float> x, float factor)
    {
        public ArrayView<float> X { get; } = x;

        public float Factor { get; } = factor;
    }
}
