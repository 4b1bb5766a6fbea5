using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using IlgpuVq.Tensors.Host.Convolution;
using IlgpuVq.Tensors.Memory;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Host;

/// <summary>The processor through the primitives' host forms. Calls run at once; <see cref="Synchronize"/> has nothing to wait
/// for.</summary>
internal sealed class HostDevice : Device
{
    public HostDevice(DeviceOptions options)
        : base("cpu", options)
    {
        IsReproducible = options.Reproducible;
        Team = new ThreadTeam(options.Threads > 0 ? options.Threads : Environment.ProcessorCount);
        Convolutions = new HostConvolutions(this);
    }

    public ThreadTeam Team { get; }

    /// <summary>Whether all that it computes has the same bits on every processor.</summary>
    public bool IsReproducible { get; }

    public HostConvolutions Convolutions { get; }

    public override int Threads => Team.Threads;

    public override bool IsHost => true;

    public override string Description => Describe(Team.Threads);

    public static DeviceInfo Info() => new("cpu", Describe(Environment.ProcessorCount), IsUsable: true, "always");

    /// <summary>Working memory of a call, undefined until written.</summary>
    public HostBuffer<T> Borrow<T>(int size)
        where T : unmanaged => new(Rent((int)(((long)size * Unsafe.SizeOf<T>() + sizeof(int) - 1) / sizeof(int))), size);

    /// <summary>Memory for what is computed from a tensor alone: kept where that is frozen (<see cref="Device.Freeze"/>) and
    /// there is room, borrowed elsewhere.</summary>
    /// <param name="from">The tensor.</param>
    /// <param name="form">What is made of it: equal objects for equal results.</param>
    /// <param name="floats">How much.</param>
    /// <param name="isNew">Whether it must be written: false where it was kept.</param>
    public HostBuffer<float> Derive(Tensor<float> from, object form, int floats, out bool isNew)
    {
        var frozen = ((ITensor)from).Place.Storage.Frozen;
        var kept = frozen?.Find(from, form);
        isNew = kept is null;
        if (kept is null)
        {
            if (frozen?.CanKeep(floats) != true)
            {
                return Borrow<float>(floats);
            }

            kept = Rent(floats);
            frozen.Keep(from, form, kept);
        }

        kept.AddReference();
        return new HostBuffer<float>(kept, floats);
    }

    public override void Synchronize()
    {
    }

    private protected override void Perform<TCall>(in TCall call)
    {
        if (IsReproducible && !TCall.IsReproducible)
        {
            throw new DeviceException(
                "reproducible: expected primitives with the same bits on every processor; got "
                    + $"{typeof(TCall).DeclaringType?.Name}.{typeof(TCall).Name}, which may differ. Open the device without it.");
        }

        call.OnHost(this);
    }

    private protected override unsafe void Write<T>(ReadOnlySpan<T> values, Storage storage) =>
        values.CopyTo(new Span<T>(((HostStorage)storage).Pointer, values.Length));

    private protected override unsafe void Read<T>(Storage storage, Span<T> values) =>
        new Span<T>(((HostStorage)storage).Pointer, values.Length).CopyTo(values);

    private protected override Storage Allocate(int words) => new HostStorage(words);

    private protected override void Dispose(bool disposing)
    {
        Team.Dispose();
        base.Dispose(disposing);
    }

    private static string Describe(int threads)
    {
        var bits = Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;
        return $"{threads} threads, {bits}-bit vectors";
    }
}
