namespace IlgpuVq.Tensors.Memory;

/// <summary>Buffers that a recording has for itself, so that its calls may write them again whenever they run.</summary>
internal sealed class MemoryArena
{
    /// <summary>Its free buffers by their size in words.</summary>
    public Dictionary<int, Stack<Storage>> Free { get; } = [];

    /// <summary>Buffers that are lent to tensors.</summary>
    public int LiveBuffers { get; set; }

    /// <summary>Whether a buffer that was lent before the arena came into use has been returned since.</summary>
    public bool HasLostOthers { get; set; }
}
