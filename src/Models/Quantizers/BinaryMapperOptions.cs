using System.Text.Json.Serialization;

namespace IlgpuVq.Models.Quantizers;

/// <summary>Options of a <see cref="BinaryMapper"/>.</summary>
public sealed record BinaryMapperOptions : QuantizerOptions
{
    /// <summary>Bits that it has at most: a quantized row is as wide as there are codes.</summary>
    internal const int MaxBits = 16;

    /// <summary>Bits of a code, b: there are 2ᵇ, by default as many as a <see cref="VectorQuantizer"/> has.</summary>
    [Option("bits of a code: there are 2 to the power of it")]
    public int Bits { get; init; } = 9;

    /// <summary>κ: nats beyond a fair draw that a code tells freely; the default is one bit.</summary>
    [Option("nats beyond a fair draw that a code tells freely")]
    public double FreeNats { get; init; } = Math.Log(2);

    /// <summary>The weight w of what it tells beyond that.</summary>
    [Option("weight of what a code tells beyond its free nats", MayChange = true)]
    public double KlWeight { get; init; } = 5e-4;

    [JsonIgnore]
    public override int Width => Bits;

    [JsonIgnore]
    public override int OutputWidth => 1 << Bits;

    public override void Validate()
    {
        Check.That("bits", $"a whole number from 1 to {MaxBits}", Bits, Bits is >= 1 and <= MaxBits);
        Check.Weight("free-nats", FreeNats);
        Check.Weight("kl-weight", KlWeight);
    }

    public override Quantizer Build(ModuleScope scope) => new BinaryMapper(scope, this);
}
