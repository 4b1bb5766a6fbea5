using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Priors;

/// <summary>Draws an index of logits, on the host in double precision.</summary>
/// <remarks>The numbers of a draw are a function of the seed, the image, the place and the level alone: an image does not depend
/// on those that are drawn beside it.</remarks>
public sealed class LogitSampler
{
    /// <summary>The stream of draws; no parameter's key hashes to it but by chance.</summary>
    private const ulong Draws = 0x5341_4D50_4C45_5244;

    private readonly SamplingOptions options;
    private double[] weights = [];
    private int[] order = [];

    /// <param name="options">Temperature and what is left out.</param>
    public LogitSampler(SamplingOptions options) => this.options = options;

    /// <summary>Draws from a row of logits.</summary>
    /// <param name="logits">(K)</param>
    /// <param name="image">Its number among all that the seed draws.</param>
    /// <param name="place">Place and level, as one number.</param>
    public int Draw(ReadOnlySpan<float> logits, int image, int place)
    {
        var best = Best(logits);
        if (options.Temperature == 0 || logits.Length == 1)
        {
            return best;
        }

        var k = logits.Length;
        if (weights.Length < k)
        {
            (weights, order) = (new double[k], new int[k]);
        }

        for (var i = 0; i < k; i++)
        {
            weights[i] = Math.Exp((logits[i] - (double)logits[best]) / options.Temperature);
            order[i] = i;
        }

        var kept = k;
        if ((options.TopK > 0 && options.TopK < k) || options.TopP < 1)
        {
            kept = KeepLikeliest(k);
        }

        var total = 0.0;
        for (var i = 0; i < kept; i++)
        {
            total += weights[order[i]];
        }

        var (x, y, _, _) = Philox.Block(options.Seed, Draws ^ (ulong)image, (ulong)place);
        var uniform = (((ulong)x << 21) ^ (y & 0x1FFFFF)) / (double)(1L << 53); // 53 bits, [0, 1)
        var at = uniform * total;
        for (var i = 0; i < kept - 1; i++)
        {
            at -= weights[order[i]];
            if (at < 0)
            {
                return order[i];
            }
        }

        return order[kept - 1];
    }

    /// <summary>The index of the largest logit, the first of equal ones.</summary>
    public static int Best(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var i = 1; i < logits.Length; i++)
        {
            best = logits[i] > logits[best] ? i : best;
        }

        return best;
    }

    /// <summary>Orders codes by weight, equal ones by index, and says how many of the first are kept.</summary>
    private int KeepLikeliest(int k)
    {
        order.AsSpan(0, k).Sort((a, b) => weights[a] != weights[b] ? weights[b].CompareTo(weights[a]) : a.CompareTo(b));
        var kept = options.TopK > 0 ? Math.Min(options.TopK, k) : k;
        if (options.TopP == 1)
        {
            return kept;
        }

        var total = 0.0;
        for (var i = 0; i < kept; i++)
        {
            total += weights[order[i]];
        }

        var sum = 0.0;
        for (var i = 0; i < kept; i++)
        {
            sum += weights[order[i]];
            if (sum >= options.TopP * total)
            {
                return i + 1;
            }
        }

        return kept;
    }
}
