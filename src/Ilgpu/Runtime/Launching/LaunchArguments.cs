using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ILGPU.Runtime;

/// <summary>An argument of a compiled kernel.</summary>
/// <param name="Buffer">The memory, for a buffer.</param>
/// <param name="Offset">Where a plain value lies in <see cref="LaunchArguments.Values"/>.</param>
/// <param name="Size">The size of a plain value in bytes; 0 for a buffer.</param>
internal readonly record struct LaunchArgument(MemoryBuffer? Buffer, int Offset, int Size)
{
    public bool IsBuffer => Size == 0;
}

/// <summary>The parameters of one launch, taken apart into the arguments of a compiled kernel.</summary>
/// <remarks>Each thread has one, which its launches use one after another: a launch allocates nothing.</remarks>
internal sealed class LaunchArguments
{
    [ThreadStatic]
    private static LaunchArguments? ofThread;

    private CompiledKernel kernel = null!;
    private byte[] values = new byte[256];
    private LaunchArgument[] arguments = new LaunchArgument[32];
    private byte[] constants = new byte[64];
    private int valueBytes;
    private int count;
    private int constantBytes;
    private int parameter;

    public AcceleratorStream Stream { get; private set; } = null!;

    /// <summary>The indices of an implicitly grouped launch; of an explicitly grouped one, nothing.</summary>
    public IndexRange Range { get; private set; }

    /// <summary>The grid of an explicitly grouped launch.</summary>
    public KernelConfig Config { get; private set; }

    public ReadOnlySpan<LaunchArgument> Arguments => arguments.AsSpan(0, count);

    /// <summary>The bytes of the plain values.</summary>
    public ReadOnlySpan<byte> Values => values;

    /// <summary>The bytes of the specialized values, one after another, with zeros where their fields leave gaps.</summary>
    public ReadOnlySpan<byte> Constants => constants.AsSpan(0, constantBytes);

    /// <summary>Begins an implicitly grouped launch.</summary>
    public static LaunchArguments Begin(CompiledKernel kernel, AcceleratorStream stream, IndexRange range)
    {
        var launch = Begin(kernel, stream);
        launch.Range = range;
        return launch;
    }

    /// <summary>Begins an explicitly grouped launch.</summary>
    public static LaunchArguments Begin(CompiledKernel kernel, AcceleratorStream stream, in KernelConfig config)
    {
        var launch = Begin(kernel, stream);
        (launch.Range, launch.Config) = (default, config);
        return launch;
    }

    /// <summary>Adds the extent, which compiled kernels take before all parameters.</summary>
    public LaunchArguments AddExtent<TIndex>(TIndex extent)
        where TIndex : struct, IIndex
    {
        Add(extent);
        parameter = 0;
        return this;
    }

    /// <summary>Adds the next parameter.</summary>
    /// <exception cref="ObjectDisposedException">It views memory of a disposed buffer.</exception>
    /// <exception cref="ArgumentException">It views memory of another accelerator, or memory that no buffer owns.</exception>
    public LaunchArguments Add<T>(in T value)
        where T : struct
    {
        parameter++;
        var layout = ParameterLayout<T>.Value;
        ref var start = ref Unsafe.As<T, byte>(ref Unsafe.AsRef(in value));
        if (layout.IsSpecialized)
        {
            AddConstant(ref start, layout);
            return this;
        }

        foreach (var part in layout.Parts)
        {
            ref var place = ref Unsafe.Add(ref start, part.Offset);
            if (part.IsView)
            {
                // Views of all element types have the same fields.
                AddView(in Unsafe.As<byte, ArrayView<byte>>(ref place));
            }
            else
            {
                AddValue(MemoryMarshal.CreateReadOnlySpan(ref place, part.Size));
            }
        }

        return this;
    }

    public void Launch()
    {
        try
        {
            kernel.Launch(this);
        }
        finally
        {
            // What the launch viewed must not live on because of it.
            arguments.AsSpan(0, count).Clear();
            count = 0;
        }
    }

    private static LaunchArguments Begin(CompiledKernel kernel, AcceleratorStream stream)
    {
        var launch = ofThread ??= new();
        launch.kernel = kernel;
        launch.Stream = stream;
        launch.valueBytes = launch.count = launch.constantBytes = launch.parameter = 0;
        return launch;
    }

    private void AddView(in ArrayView<byte> view)
    {
        if (view.Owner is { } owner)
        {
            LivenessCheck.Check(kernel, parameter, owner);
        }
        else if (view.IsValid)
        {
            throw new ArgumentException(
                $"kernel {kernel.Name}: expected a view of a buffer as argument {parameter}; got one of memory that no buffer owns.");
        }

        Append(new(view.Owner?.Storage, 0, 0));
        AddValue(view.Owner is null ? 0 : view.IndexInBytes);
        AddValue(view.Length);
    }

    private void AddValue(ReadOnlySpan<byte> bytes)
    {
        Grow(ref values, valueBytes + bytes.Length);
        bytes.CopyTo(values.AsSpan(valueBytes));
        Append(new(null, valueBytes, bytes.Length));
        valueBytes += bytes.Length;
    }

    private void AddValue(long value) => AddValue(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in value)));

    private void AddConstant(ref byte start, ParameterLayout layout)
    {
        Grow(ref constants, constantBytes + layout.Size);
        var target = constants.AsSpan(constantBytes, layout.Size);
        target.Clear();
        foreach (var part in layout.Parts)
        {
            MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref start, part.Offset), part.Size).CopyTo(target[part.Offset..]);
        }

        constantBytes += layout.Size;
    }

    private void Append(LaunchArgument argument)
    {
        Grow(ref arguments, count + 1);
        arguments[count++] = argument;
    }

    private static void Grow<T>(ref T[] array, int needed)
    {
        if (needed > array.Length)
        {
            Array.Resize(ref array, Math.Max(needed, 2 * array.Length));
        }
    }
}
