using System.Runtime.ExceptionServices;

namespace IlgpuVq.Models.Data;

/// <summary>
/// Images and labels of one step. The arrays are the loader's: they hold this batch until <see cref="BatchLoader.Next"/>.
/// </summary>
public sealed class Batch
{
    internal Batch(int count, int imageLength)
    {
        (Images, Labels) = (new float[count * imageLength], new int[count]);
    }

    /// <summary>Row-major (B, C, H, W), −0.5 … 0.5.</summary>
    public float[] Images { get; }

    /// <summary>(B), indices of the set's class names; −1 without classes.</summary>
    public int[] Labels { get; }

    /// <summary>The step this batch is for, counted from 0.</summary>
    public long Step { get; internal set; }
}

/// <summary>Prepares the batches of coming steps on background threads, so that training need not wait for data.</summary>
/// <remarks>
/// Batches come in the order of <see cref="DataOrder"/> whatever the number of threads: batch s waits in place s mod depth of a
/// ring of reused arrays. One thread reads ahead; for sets that are costly to read it is half of the processors, at most four.
/// Nothing is allocated once the ring is full of batches, except by decoders.
/// </remarks>
public sealed class BatchLoader : IDisposable
{
    private const int MaximumThreads = 4;

    private readonly ImageDataSet data;
    private readonly Place[] ring;
    private readonly Thread[] threads;
    private readonly CancellationTokenSource stop = new();
    private readonly long firstStep;
    private readonly ulong seed;
    private readonly Func<long, IDisposable?>? follow;
    private long nextStep;
    private Place? inUse;
    private bool isDisposed;

    /// <summary>Starts to read ahead.</summary>
    /// <param name="data">The set to read.</param>
    /// <param name="batch">B, images of a batch.</param>
    /// <param name="seed">Of the data order.</param>
    /// <param name="firstStep">The step that the first batch is for: not 0 when a run is resumed.</param>
    /// <param name="depth">Batches in memory, the one in use included; at least 2.</param>
    /// <param name="allowRepeats">Whether a batch may be larger than the set.</param>
    /// <param name="follow">Is asked, on the thread that reads, for something to dispose when the batch of that step has
    /// been read; null for nothing.</param>
    /// <exception cref="DataException">The batch is below 1, above the number of images, or has too many values for one
    /// array.</exception>
    public BatchLoader(
        ImageDataSet data, int batch, ulong seed, long firstStep = 0, int depth = 4, bool allowRepeats = false,
        Func<long, IDisposable?>? follow = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfNegative(firstStep);
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 2);
        if ((long)batch * data.ImageLength > Array.MaxLength)
        {
            throw DataException.Expected(
                "batch", $"at most {Array.MaxLength / data.ImageLength} images of this size", $"{batch}", "Take a smaller batch.",
                settings: DataSettings.Batch);
        }

        (this.data, this.seed, this.firstStep, nextStep) = (data, seed, firstStep, firstStep);
        this.follow = follow;
        var mostWorkers = data.IsCostlyToRead ? Math.Min(MaximumThreads, depth - 1) : 1;
        var workers = Math.Clamp(Environment.ProcessorCount / 2, 1, mostWorkers);
        var orders = Enumerable.Range(0, workers).Select(_ => new DataOrder(data.Count, batch, seed, allowRepeats)).ToArray();
        ring = [.. Enumerable.Range(0, depth).Select(_ => new Place(new Batch(batch, data.ImageLength)))];
        threads = [.. orders.Select((order, worker) => new Thread(() => ReadAhead(order, firstStep + worker, workers))
        {
            IsBackground = true,
            Name = $"batch loader {worker}",
        })];
        foreach (var thread in threads)
        {
            thread.Start();
        }
    }

    /// <summary>
    /// The batch of the next step; waits when it is not ready. Gives the arrays of the batch before back to the loader.
    /// </summary>
    /// <exception cref="DataException">An image of this batch could not be read.</exception>
    public Batch Next()
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        inUse?.Free.Release();
        inUse = null;
        var place = PlaceOf(nextStep);
        place.Ready.Wait();
        if (place.Failure is { } failure)
        {
            // Whoever asks again is told again: no more batches come.
            place.Ready.Release();
            failure.Throw();
        }

        nextStep++;
        inUse = place;
        return place.Batch;
    }

    /// <summary>Stops the threads and waits for them.</summary>
    public void Dispose()
    {
        if (isDisposed)
        {
            return;
        }

        isDisposed = true;
        stop.Cancel();
        foreach (var thread in threads)
        {
            thread.Join();
        }

        stop.Dispose();
        foreach (var place in ring)
        {
            place.Free.Dispose();
            place.Ready.Dispose();
        }
    }

    private Place PlaceOf(long step) => ring[(step - firstStep) % ring.Length];

    private void ReadAhead(DataOrder order, long step, int stride)
    {
        var indices = new int[order.Batch];
        while (true)
        {
            var place = PlaceOf(step);
            try
            {
                place.Free.Wait(stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            try
            {
                using var slice = follow?.Invoke(step);
                order.Fill(step, indices);
                data.ReadBatch(
                    indices, place.Batch.Images, place.Batch.Labels, new ImageDraw(seed, step * order.Batch));
                place.Batch.Step = step;
            }
#pragma warning disable CA1031 // Whatever went wrong is thrown to the caller of Next; here it would end the process.
            catch (Exception error)
#pragma warning restore CA1031
            {
                place.Failure = ExceptionDispatchInfo.Capture(error);
            }

            place.Ready.Release();
            if (place.Failure is not null)
            {
                return;
            }

            step += stride;
        }
    }

    private sealed class Place(Batch batch)
    {
        public Batch Batch { get; } = batch;

        /// <summary>Set when a thread may fill the batch.</summary>
        public SemaphoreSlim Free { get; } = new(1);

        /// <summary>Set when the batch, or a failure, waits for <see cref="Next"/>.</summary>
        public SemaphoreSlim Ready { get; } = new(0);

        public ExceptionDispatchInfo? Failure { get; set; }
    }
}
