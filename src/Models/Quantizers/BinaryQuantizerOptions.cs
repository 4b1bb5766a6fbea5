using System.Text.Json.Serialization;

namespace IlgpuVq.Models.Quantizers;

/// <summary>What quantizers that take the signs of numbers have in common.</summary>
public abstract record BinaryQuantizerOptions : QuantizerOptions
{
    /// <summary>Bits b of a code; an index of more would not be exact as a float.</summary>
    internal const int MaxBits = 23;

    /// <summary>Bits of a code, b: there are 2ᵇ, by default as many as a <see cref="VectorQuantizer"/> has.</summary>
    [Option("bits of a code: there are 2 to the power of it")]
    public int Bits { get; init; } = 9;

    /// <summary>τ: how sharply the loss assigns a row to codes.</summary>
    [Option("inverse temperature of the entropies' probabilities")]
    public double InverseTemperature { get; init; } = 100;

    /// <summary>The weight w of the entropies.</summary>
    [Option("weight of the entropies in the quantizer's loss", MayChange = true)]
    public double EntropyWeight { get; init; } = 0.1;

    /// <summary>γ: how much the entropy of the batch's codes weighs against that of a row's.</summary>
    [Option("weight γ of the entropy of the batch's codes, against that of each vector's", MayChange = true)]
    public double DiversityGamma { get; init; } = 1;

    /// <summary>The commitment weight β.</summary>
    [Option("weight β of the commitment term", MayChange = true)]
    public double Commitment { get; init; } = 0.25;

    [JsonIgnore]
    public override int Width => Bits;

    public override void Validate()
    {
        Check.That("bits", $"a whole number from 1 to {MaxBits}", Bits, Bits is >= 1 and <= MaxBits);
        Check.Weight("inverse-temperature", InverseTemperature);
        Check.Weight("entropy-weight", EntropyWeight);
        Check.Weight("diversity-gamma", DiversityGamma);
        Check.Weight("commitment", Commitment);
    }
}

/// <summary>Options of a <see cref="LookupFreeQuantizer"/>.</summary>
public sealed record LookupFreeQuantizerOptions : BinaryQuantizerOptions
{
    /// <summary>s: codes are made of −s and s.</summary>
    [Option("what the numbers of a code are in size")]
    public double CodeScale { get; init; } = 1;

    public override void Validate()
    {
        base.Validate();
        Check.That(
            "code-scale", "a finite number above 0", CodeScale, (float)CodeScale > 0 && float.IsFinite((float)CodeScale));
    }

    public override Quantizer Build(ModuleScope scope) => new LookupFreeQuantizer(scope, this);
}

/// <summary>Options of a <see cref="BinarySphericalQuantizer"/>.</summary>
public sealed record BinarySphericalQuantizerOptions : BinaryQuantizerOptions
{
    public override Quantizer Build(ModuleScope scope) => new BinarySphericalQuantizer(scope, this);
}
