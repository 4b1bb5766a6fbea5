using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Priors;

/// <summary>What is to be drawn of a grid's prior.</summary>
/// <param name="Count">Grids, B.</param>
/// <param name="Condition">What is known of each.</param>
/// <param name="Options">How an index is drawn.</param>
public sealed record SampleRequest(int Count, PriorCondition Condition, SamplingOptions Options)
{
    /// <summary>The number of the first grid among all that are drawn by a seed: a grid is the same whatever others it is drawn
    /// with.</summary>
    public int First { get; init; }

    /// <summary>Indices (B, L, h, w) that are known, −1 for those to draw; null for none.</summary>
    public int[]? Given { get; init; }

    /// <summary>Told the places that are done, of all; null for nobody.</summary>
    public Action<int, int>? Progress { get; init; }

    /// <summary>Ends it early by an exception.</summary>
    public CancellationToken Stop { get; init; }

    /// <exception cref="ShapeException">It is not for a prior of that shape.</exception>
    /// <exception cref="OptionException">An option is out of its range.</exception>
    internal void Check(PriorShape shape)
    {
        Models.Check.AtLeast("count", Count, 1);
        Options.Validate();
        if (Given is { } given && given.Length != Count * shape.Layout.IndicesPerImage)
        {
            throw new ShapeException(
                "prior", $"{Count * shape.Layout.IndicesPerImage} indices that are given, or −1", $"{given.Length}");
        }
    }
}

/// <summary>How an index is drawn of logits.</summary>
public sealed record SamplingOptions
{
    /// <summary>What logits are divided by: below 1 the likelier codes are likelier still; 0 takes the likeliest.</summary>
    [Option("what logits are divided by: below 1 likely codes are likelier still, 0 takes the likeliest")]
    public double Temperature { get; init; } = 1;

    /// <summary>How many of the likeliest codes are drawn from; 0 for all.</summary>
    [Option("how many of the likeliest codes are drawn from; 0: all")]
    public int TopK { get; init; }

    /// <summary>The probability that the likeliest codes, which are drawn from, have together at least.</summary>
    [Option("the likeliest codes that have this probability together are drawn from; 1: all")]
    public double TopP { get; init; } = 1;

    /// <summary>In how many passes a prior draws that predicts many indices at once.</summary>
    [Option("in how many passes a prior draws that predicts many indices at once, as maskgit does")]
    public int Passes { get; init; } = 8;

    /// <summary>The temperature, at first, of the noise on what decides which indices such a prior keeps.</summary>
    [Option("the temperature, at first, of the noise by which such a prior chooses the indices that it keeps of a pass")]
    public double ChoiceTemperature { get; init; } = 4.5;

    /// <summary>What all draws follow from.</summary>
    [Option("what all draws follow from")]
    public ulong Seed { get; init; }

    /// <exception cref="OptionException">A value is outside of its range.</exception>
    public void Validate()
    {
        Check.Weight("temperature", Temperature);
        Check.AtLeast("top-k", TopK, 0);
        Check.That("top-p", "a number above 0, up to 1", TopP, TopP is > 0 and <= 1);
        Check.AtLeast("passes", Passes, 1);
        Check.Weight("choice-temperature", ChoiceTemperature);
    }
}
