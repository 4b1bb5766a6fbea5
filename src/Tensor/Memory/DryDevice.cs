namespace IlgpuVq.Tensors.Memory;

/// <summary>Counts memory and does nothing else, see <see cref="Device.OpenDry"/>.</summary>
internal sealed class DryDevice() : Device("dry", new DeviceOptions())
{
    public override string Description => "computes nothing, counts memory";

    /// <summary>Counted as on the host, which needs the more of both.</summary>
    internal override bool KeepsForHost => true;

    public override void Synchronize()
    {
    }

    private protected override void Perform<TCall>(in TCall call)
    {
    }

    private protected override void Write<T>(ReadOnlySpan<T> values, Storage storage)
    {
    }

    private protected override void Read<T>(Storage storage, Span<T> values) => values.Clear();

    private protected override Storage Allocate(int words) => new DryStorage(words);

    /// <summary>A number of words, and no memory.</summary>
    private sealed class DryStorage(int words) : Storage(words)
    {
        public override void Free()
        {
        }

        public override void Poison()
        {
        }
    }
}
