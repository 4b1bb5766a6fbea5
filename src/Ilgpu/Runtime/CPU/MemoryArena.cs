namespace ILGPU.Runtime.CPU;

/// <summary>
/// Memory that is handed out piece by piece and taken back as a whole: the local memory of a thread, the shared of a group.
/// </summary>
internal sealed unsafe class MemoryArena
{
    private const int Alignment = 64;
    private const int SmallestChunk = 4096;

    private readonly List<byte[]> chunks = [];
    private int chunk;
    private int offset;

    /// <summary>The bytes handed out since the last <see cref="Reset"/>.</summary>
    public long Used { get; private set; }

    /// <summary>Zeroed memory, aligned to 64 bytes, valid until <see cref="Reset"/>.</summary>
    public nint Allocate(int bytes)
    {
        var padded = checked(Math.Max(bytes, 1) + Alignment - 1);
        while (chunk < chunks.Count && chunks[chunk].Length - offset < padded)
        {
            chunk++;
            offset = 0;
        }

        if (chunk == chunks.Count)
        {
            chunks.Add(GC.AllocateUninitializedArray<byte>(Math.Max(padded, SmallestChunk), pinned: true));
            offset = 0;
        }

        fixed (byte* start = chunks[chunk])
        {
            var address = ((nint)(start + offset) + Alignment - 1) & -Alignment;
            offset = checked((int)(address - (nint)start)) + bytes;
            new Span<byte>((void*)address, bytes).Clear();
            Used += bytes;
            return address;
        }
    }

    /// <summary>Takes everything back.</summary>
    public void Reset() => (chunk, offset, Used) = (0, 0, 0);
}
