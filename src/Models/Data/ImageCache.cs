namespace IlgpuVq.Models.Data;

/// <summary>
/// Keeps the bytes of images that were costly to make, the first ones until the budget is spent. Safe for several threads.
/// </summary>
internal sealed class ImageCache(int count, long budgetBytes)
{
    private readonly byte[]?[] images = new byte[]?[count];
    private long keptBytes;

    /// <summary>Copies a kept image; false when it is not kept.</summary>
    public bool TryRead(int index, Span<byte> pixels)
    {
        if (Volatile.Read(ref images[index]) is not { } kept)
        {
            return false;
        }

        kept.CopyTo(pixels);
        return true;
    }

    /// <summary>Keeps a copy if the budget allows.</summary>
    public void Offer(int index, ReadOnlySpan<byte> pixels)
    {
        if (Interlocked.Add(ref keptBytes, pixels.Length) > budgetBytes
            || Interlocked.CompareExchange(ref images[index], pixels.ToArray(), null) is not null)
        {
            Interlocked.Add(ref keptBytes, -pixels.Length);
        }
    }
}
