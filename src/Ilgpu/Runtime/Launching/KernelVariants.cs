using System.Reflection;
using System.Runtime.CompilerServices;
using ILGPU.Frontend;

namespace ILGPU.Runtime;

/// <summary>
/// A kernel as compiled for one accelerator: once, or, where it takes specialized values, once for each of their values.
/// </summary>
internal abstract class KernelVariants<TVariant> : IDisposable
    where TVariant : class, IDisposable
{
    private readonly Lock gate = new();
    private readonly Accelerator accelerator;
    private readonly Type[] parameters;
    private readonly Dictionary<byte[], TVariant> variants = new(new BytesComparer());
    private readonly Dictionary<byte[], TVariant>.AlternateLookup<ReadOnlySpan<byte>> variantsByBytes;
    private TVariant? only;
    private bool disposed;

    /// <exception cref="InternalCompilerException">The parameters have more bytes than the device takes.</exception>
    protected KernelVariants(Accelerator accelerator, KernelSource source, bool isImplicitlyGrouped, int maxParameterBytes)
    {
        this.accelerator = accelerator;
        Source = source;
        IsImplicitlyGrouped = isImplicitlyGrouped;
        variantsByBytes = variants.GetAlternateLookup<ReadOnlySpan<byte>>();
        parameters = [.. source.Method.GetParameters().Select(parameter => parameter.ParameterType)];
        var arguments = parameters.Select(ParameterLayout.Of).Where(layout => !layout.IsSpecialized)
            .SelectMany(layout => layout.Parts).ToArray();

        // A view is a buffer, an offset and a length.
        ArgumentCount = arguments.Sum(part => part.IsView ? 3 : 1);
        CheckSize(arguments.Sum(part => part.IsView ? 3 * sizeof(long) : part.Size), maxParameterBytes);
    }

    public KernelSource Source { get; }

    /// <summary>How many arguments the parameters and the extent make.</summary>
    public int ArgumentCount { get; }

    /// <summary>The variant of a kernel without specialized values; null of others.</summary>
    public TVariant? Only => Volatile.Read(ref only);

    protected bool IsImplicitlyGrouped { get; }

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
    public TVariant Get(ReadOnlySpan<byte> constants)
    {
        if (constants.IsEmpty && Only is { } compiled)
        {
            return compiled;
        }

        lock (gate)
        {
            accelerator.ThrowIfDisposed();
            if (!variantsByBytes.TryGetValue(constants, out var variant))
            {
                variant = Compile(ConstantsOf(constants));
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

    /// <summary>Compiles the kernel.</summary>
    /// <param name="constants">The specialized values themselves, one entry for each parameter after the index.</param>
    protected abstract TVariant Compile(object?[] constants);

    private object?[] ConstantsOf(ReadOnlySpan<byte> bytes)
    {
        var values = new List<object?>();
        foreach (var parameter in parameters.Skip(IsImplicitlyGrouped ? 1 : 0))
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
        var read = typeof(KernelVariants<TVariant>).GetMethod(nameof(Read), BindingFlags.Static | BindingFlags.NonPublic)!;
        return read.MakeGenericMethod(type).CreateDelegate<Func<byte[], object>>()(bytes);
    }

    private static object Read<T>(byte[] bytes)
        where T : unmanaged => Unsafe.ReadUnaligned<T>(ref bytes[0]);

    private void CheckSize(int bytes, int limit)
    {
        if (bytes > limit)
        {
            throw new InternalCompilerException(
                $"kernel {Source.Name}: expected parameters of at most {limit} bytes together on " +
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
