using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Data;

/// <summary>Which images make up the batch of a step: a function of seed, step, batch size and number of images alone.</summary>
/// <remarks>
/// <para>Epoch e is a permutation of all images (Fisher–Yates, driven by Philox at (seed, e)), cut into ⌊n / B⌋ batches; the n
/// mod B images that are left over stay out of this epoch. Without whole batches (<c>allowRepeats</c> and B &gt; n) permutations
/// are joined end to end instead, and a batch holds images more than once.</para>
/// <para>Not for use from several threads at once: the permutation of the latest epoch is kept.</para>
/// </remarks>
public sealed class DataOrder
{
    /// <summary>Marks the random streams of data order among those of other uses of the same seed.</summary>
    private const ulong StreamTag = 0x44415441_00000000; // "DATA"

    private readonly ulong seed;
    private readonly int[] permutation;
    private long permutationEpoch = -1;

    /// <summary>The order of a set and a seed.</summary>
    /// <param name="count">n, the number of images.</param>
    /// <param name="batch">B, images of a batch.</param>
    /// <param name="seed">Another seed gives another order.</param>
    /// <param name="allowRepeats">Whether a batch may be larger than the set.</param>
    /// <exception cref="DataException">B is below 1, or above n without <paramref name="allowRepeats"/>.</exception>
    public DataOrder(int count, int batch, ulong seed, bool allowRepeats = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (batch < 1 || (batch > count && !allowRepeats))
        {
            throw DataException.Expected(
                "batch", $"1 to {count}, the number of images", $"{batch}",
                batch < 1 ? "Take a larger batch." : "Take a smaller batch, or allow repeats.", settings: DataSettings.Batch);
        }

        (Count, Batch, this.seed, permutation) = (count, batch, seed, new int[count]);
    }

    /// <summary>n, the number of images.</summary>
    public int Count { get; }

    /// <summary>B, images of a batch.</summary>
    public int Batch { get; }

    /// <summary>Batches of an epoch; 0 when a batch is larger than the set.</summary>
    public int StepsPerEpoch => Count / Batch;

    /// <summary>Writes the images of a step.</summary>
    /// <param name="step">Counted from 0, over all epochs.</param>
    /// <param name="indices">Written: B of them, each from 0 to n − 1.</param>
    /// <exception cref="ArgumentException">There are not B indices, or the step is below 0.</exception>
    public void Fill(long step, Span<int> indices)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (indices.Length != Batch)
        {
            throw new ArgumentException($"data order: expected {Batch} indices; got {indices.Length}", nameof(indices));
        }

        if (StepsPerEpoch > 0)
        {
            var start = (int)(step % StepsPerEpoch) * Batch;
            Permutation(step / StepsPerEpoch).Slice(start, Batch).CopyTo(indices);
            return;
        }

        for (var b = 0; b < Batch; b++)
        {
            var position = (step * Batch) + b;
            indices[b] = Permutation(position / Count)[(int)(position % Count)];
        }
    }

    private ReadOnlySpan<int> Permutation(long epoch)
    {
        if (epoch != permutationEpoch)
        {
            Permute(seed, epoch, permutation);
            permutationEpoch = epoch;
        }

        return permutation;
    }

    private static void Permute(ulong seed, long epoch, Span<int> order)
    {
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        for (var i = order.Length - 1; i > 0; i--)
        {
            // One block of four words for each exchange: the order of the words in a block need not be remembered.
            var word = Philox.Block(seed, StreamTag + (ulong)epoch, (ulong)i).X;
            var j = (int)Philox.ToRange(word, (uint)i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }
    }
}
