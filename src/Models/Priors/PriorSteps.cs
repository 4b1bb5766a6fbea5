using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Priors;

/// <summary>An autoregressive prior that goes through grids side by side, index by index: what it says of the next index follows
/// from those that were chosen.</summary>
/// <remarks>
/// <para>Each layer keeps what it made of the places before, so that a place costs its own work only. The calls of a place are
/// recorded at the first and replayed at all others. Logits are those of <see cref="GridPrior.Score"/> up to rounding: sums have
/// another order.</para>
/// <para>The least time of a place: max(2·P·B / operations per second, 4·P / bytes per second) for P parameters that it reads,
/// of 4 bytes and one multiply-add each.</para>
/// </remarks>
public sealed class PriorSteps : IDisposable
{
    private readonly AutoregressivePrior prior;
    private readonly PlaceCache cache;
    private readonly Tensor<float>[] conditions;
    private readonly Tensor<int> ids;
    private readonly Tensor<float> features;
    private readonly Tensor<float>[] logits;
    private readonly Recording input, row, place;
    private readonly Recording[] heads;
    private readonly int[] hostIds;
    private readonly float[] hostLogits;
    private int at, level;
    private bool isReady;

    /// <param name="prior">What predicts; stays the caller's.</param>
    /// <param name="count">Grids, B.</param>
    /// <param name="condition">What is known of each.</param>
    public PriorSteps(AutoregressivePrior prior, int count, PriorCondition condition)
    {
        this.prior = prior;
        var (device, layout) = (prior.Device, prior.Layout);
        cache = new PlaceCache(device, count, layout.Height, layout.Width);
        ids = device.From<int>(new int[count * layout.Levels], [count, layout.Levels, 1, 1]);
        features = device.Empty<float>([count, prior.FeatureWidth, 1, 1]);
        logits = [.. layout.CodebookSizes.Select(k => device.Empty<float>([count, k, 1, 1]))];
        hostIds = new int[ids.Size];
        hostLogits = new float[count * layout.CodebookSizes.Max()];
        using (var tape = new Tape(device, recording: false))
        {
            conditions = [.. prior.Conditions(tape, condition, StepContext.Inference).Select(map => map.ToRows())];
        }

        input = new Recording(device, PutInput);
        row = new Recording(device, FollowRow);
        place = new Recording(device, FindFeatures);
        heads = [.. layout.CodebookSizes.Select((_, its) => new Recording(device, () => FindLogits(its)))];
        MakeCaches();
    }

    /// <summary>Grids, B.</summary>
    public int Count => cache.Batch;

    /// <summary>Whether all indices are chosen.</summary>
    public bool IsDone => at == prior.Shape.Places;

    /// <summary>The logits (B, K) of the next index, on the host; good until the next call.</summary>
    /// <exception cref="InvalidOperationException">All indices are chosen.</exception>
    public ReadOnlySpan<float> Logits()
    {
        if (IsDone)
        {
            throw new InvalidOperationException(
                "prior steps: expected an index that is not chosen yet; got a whole grid. Restart it.");
        }

        if (!isReady)
        {
            if (level == 0)
            {
                cache.GoTo(at);
                input.Run();
                if (prior.HasRows && at % cache.Width == 0)
                {
                    row.Run();
                }

                place.Run();
            }

            heads[level].Run();
            isReady = true;
        }

        var its = hostLogits.AsSpan(0, logits[level].Size);
        logits[level].CopyTo(its);
        return its;
    }

    /// <summary>Chooses the next index of each grid, and goes on.</summary>
    /// <param name="chosen">(B), each from 0 to below K.</param>
    /// <exception cref="ArgumentException">There are fewer or more.</exception>
    public void Choose(ReadOnlySpan<int> chosen)
    {
        if (chosen.Length != Count)
        {
            throw new ArgumentException(
                $"prior steps: expected {Count} indices, one of each grid; got {chosen.Length}.", nameof(chosen));
        }

        if (!isReady)
        {
            _ = Logits(); // what is kept of the place depends on having been there
        }

        var levels = logits.Length;
        for (var b = 0; b < chosen.Length; b++)
        {
            hostIds[b * levels + level] = chosen[b];
        }

        ids.CopyFrom(hostIds);
        isReady = false;
        level++;
        if (level == levels)
        {
            (level, at) = (0, at + 1);
        }
    }

    /// <summary>Begins anew, with the same conditions.</summary>
    public void Restart()
    {
        cache.Clear();
        (at, level, isReady) = (0, 0, false);
    }

    public void Dispose()
    {
        IEnumerable<IDisposable> all = [input, row, place, .. heads, cache, ids, features, .. logits, .. conditions];
        foreach (var owned in all)
        {
            owned.Dispose();
        }
    }

    private GridMap InputMap => prior.Input.Kept(cache);

    private GridMap[] ConditionMaps => Array.ConvertAll(conditions, GridMap.OfRows);

    /// <summary>Runs all once, unrecorded, so that what layers keep is there; what they kept is of no place.</summary>
    private void MakeCaches()
    {
        PutInput();
        if (prior.HasRows)
        {
            FollowRow();
        }

        FindFeatures();
        for (var its = 0; its < heads.Length; its++)
        {
            FindLogits(its);
        }

        Restart();
    }

    /// <summary>Puts the vectors of the place before into the input.</summary>
    private void PutInput()
    {
        using var tape = new Tape(prior.Device, recording: false);
        prior.Input.KeepBefore(tape, ids, cache);
    }

    private void FollowRow()
    {
        using var tape = new Tape(prior.Device, recording: false);
        prior.FollowRow(tape, InputMap, ConditionMaps, new CausalContext(StepContext.Inference, cache, IsRow: true));
    }

    private void FindFeatures()
    {
        using var tape = new Tape(prior.Device, recording: false);
        var its = prior.Features(tape, InputMap, ConditionMaps, new CausalContext(StepContext.Inference, cache));
        Primitive.CopyInto(features, its.Value);
    }

    private void FindLogits(int its)
    {
        using var tape = new Tape(prior.Device, recording: false);
        var result = prior.Logits(tape.Constant(features), ids, its, new CausalContext(StepContext.Inference, cache));
        Primitive.CopyInto(logits[its], result.Value);
    }
}
