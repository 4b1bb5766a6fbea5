using System.Reflection;
using System.Runtime.CompilerServices;
using ILGPU.Frontend;

namespace ILGPU.Runtime.OpenCL;

/// <summary>
/// A kernel as compiled for one accelerator: once, or, where it takes specialized values, once for each of their values.
/// </summary>
internal sealed class CLKernelVariants : IDisposable
{
    private readonly Lock gate = new();
    private readonly CLAccelerator accelerator;
    private readonly bool isImplicitlyGrouped;
    private readonly Type[] parameters;
    private readonly Dictionary<byte[], CLKernelVariant> variants = new(new BytesComparer());
    private readonly Dictionary<byte[], CLKernelVariant>.AlternateLookup<ReadOnlySpan<byte>> variantsByBytes;
    private CLKernelVariant? only;
    private bool disposed;

    public CLKernelVariants(CLAccelerator accelerator, KernelSource source, bool isImplicitlyGrouped)
    {
        this.accelerator = accelerator;
        this.isImplicitlyGrouped = isImplicitlyGrouped;
        Source = source;
        variantsByBytes = variants.GetAlternateLookup<ReadOnlySpan<byte>>();
        parameters = [.. source.Method.GetParameters().Select(parameter => parameter.ParameterType)];
        var arguments = parameters.Select(ParameterLayout.Of).Where(layout => !layout.IsSpecialized)
            .SelectMany(layout => layout.Parts).ToArray();

        // A view is a buffer, an offset and a length.
        ArgumentCount = arguments.Sum(part => part.IsView ? 3 : 1);
        CheckSize(arguments.Sum(part => part.IsView ? 3 * sizeof(long) : part.Size));
    }

    public KernelSource Source { get; }

    /// <summary>How many arguments the parameters and the extent make.</summary>
    public int ArgumentCount { get; }

    /// <summary>Compiles a kernel without specialized values, so that its errors come out of loading it.</summary>
    public void CompileEarly()
    {
        if (!parameters.Any(parameter => ParameterLayout.Of(parameter).IsSpecialized))
        {
            Get([]);
        }
    }

    /// <summary>The variant for these values, as <see cref="LaunchArguments.Constants"/> has them.</summary>
    /// <exception cref="InternalCompilerException">The kernel cannot be compiled.</exception>
    public CLKernelVariant Get(ReadOnlySpan<byte> constants)
    {
        if (constants.IsEmpty && Volatile.Read(ref only) is { } compiled)
        {
            return compiled;
        }

        lock (gate)
        {
            accelerator.ThrowIfDisposed();
            if (!variantsByBytes.TryGetValue(constants, out var variant))
            {
                variant = Compile(constants);
                variantsByBytes[constants] = variant;
            }

            if (constants.IsEmpty)
            {
                Volatile.Write(ref only, variant);
            }

            return variant;
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (!disposed)
            {
                disposed = true;
                foreach (var variant in variants.Values)
                {
                    variant.Dispose();
                }
            }
        }
    }

    private CLKernelVariant Compile(ReadOnlySpan<byte> constants)
    {
        var code = accelerator.Compiler.Generate(
            Source, isImplicitlyGrouped, ConstantsOf(constants), accelerator.CLDevice.Target);
        return new(accelerator, this, code);
    }

    /// <summary>The specialized values themselves, one entry for each parameter after the index.</summary>
    private object?[] ConstantsOf(ReadOnlySpan<byte> bytes)
    {
        var values = new List<object?>();
        foreach (var parameter in parameters.Skip(isImplicitlyGrouped ? 1 : 0))
        {
            var layout = ParameterLayout.Of(parameter);
            values.Add(layout.IsSpecialized ? ValueOf(parameter.GetGenericArguments()[0], bytes[..layout.Size].ToArray()) : null);
            bytes = layout.IsSpecialized ? bytes[layout.Size..] : bytes;
        }

        return [.. values];
    }

    /// <summary>The value with these bytes; runs once per variant.</summary>
    private static object ValueOf(Type type, byte[] bytes)
    {
        var read = typeof(CLKernelVariants).GetMethod(nameof(Read), BindingFlags.Static | BindingFlags.NonPublic)!;
        return read.MakeGenericMethod(type).CreateDelegate<Func<byte[], object>>()(bytes);
    }

    private static object Read<T>(byte[] bytes)
        where T : unmanaged => Unsafe.ReadUnaligned<T>(ref bytes[0]);

    private void CheckSize(int bytes)
    {
        if (bytes > accelerator.CLDevice.MaxParameterSize)
        {
            throw new InternalCompilerException(
                $"kernel {Source.Name}: expected parameters of at most {accelerator.CLDevice.MaxParameterSize} bytes together on " +
                $"{accelerator.Name}; got {bytes}. Pass large structures through a buffer.");
        }
    }

    /// <summary>Arrays of bytes by their content.</summary>
    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => GetHashCode(obj.AsSpan());

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = default(HashCode);
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
