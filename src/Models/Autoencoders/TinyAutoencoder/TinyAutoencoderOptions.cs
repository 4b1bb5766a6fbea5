using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace IlgpuVq.Models.Autoencoders.TinyAutoencoder;

/// <summary>Options of a <see cref="TinyAutoencoderModel"/>, by the names of diffusers' <c>config.json</c>; the defaults are
/// those of TAESD.</summary>
public sealed record TinyAutoencoderOptions : AutoencoderOptions
{
    /// <summary>More stages halve sides that no image has.</summary>
    private const int MostStages = 12;

    /// <summary>Channels of each stage of the encoder; each after the first halves the sides.</summary>
    [Option("channels of each stage of the encoder; each after the first halves the sides")]
    public ImmutableArray<int> EncoderBlockOutChannels { get; init; } = [64, 64, 64, 64];

    /// <summary>Channels of each stage of the decoder; each but the last doubles the sides.</summary>
    [Option("channels of each stage of the decoder; each but the last doubles the sides")]
    public ImmutableArray<int> DecoderBlockOutChannels { get; init; } = [64, 64, 64, 64];

    /// <summary>Residual blocks of each stage of the encoder.</summary>
    [Option("residual blocks of each stage of the encoder")]
    public ImmutableArray<int> NumEncoderBlocks { get; init; } = [1, 3, 3, 3];

    /// <summary>Residual blocks of each stage of the decoder.</summary>
    [Option("residual blocks of each stage of the decoder")]
    public ImmutableArray<int> NumDecoderBlocks { get; init; } = [3, 3, 3, 1];

    /// <summary>Channels that the encoder makes.</summary>
    [Option("channels of latent images")]
    public int LatentChannels { get; init; } = 4;

    [JsonIgnore]
    public override int Downsampling => 1 << Math.Clamp(EncoderBlockOutChannels.Length - 1, 0, MostStages);

    public override void Validate()
    {
        base.Validate();
        CheckNumbers("encoder-block-out-channels", EncoderBlockOutChannels, EncoderBlockOutChannels.Length, least: 1);
        CheckNumbers("num-encoder-blocks", NumEncoderBlocks, EncoderBlockOutChannels.Length, least: 0);
        CheckNumbers("decoder-block-out-channels", DecoderBlockOutChannels, EncoderBlockOutChannels.Length, least: 1);
        CheckNumbers("num-decoder-blocks", NumDecoderBlocks, EncoderBlockOutChannels.Length, least: 0);
        Check.AtLeast("latent-channels", LatentChannels, 1);
    }

    public bool Equals(TinyAutoencoderOptions? other) => base.Equals(other) && LatentChannels == other.LatentChannels &&
        EncoderBlockOutChannels.SequenceEqual(other.EncoderBlockOutChannels) &&
        DecoderBlockOutChannels.SequenceEqual(other.DecoderBlockOutChannels) &&
        NumEncoderBlocks.SequenceEqual(other.NumEncoderBlocks) && NumDecoderBlocks.SequenceEqual(other.NumDecoderBlocks);

    public override int GetHashCode() =>
        EncoderBlockOutChannels.Aggregate(HashCode.Combine(base.GetHashCode(), LatentChannels), HashCode.Combine);

    public override Autoencoder Build(ModuleScope scope) => new TinyAutoencoderModel(scope, this);

    private static void CheckNumbers(string option, ImmutableArray<int> numbers, int stages, int least)
    {
        var text = string.Join(',', numbers);
        Check.That(option, $"from 1 to {MostStages} stages", text, stages is >= 1 and <= MostStages);
        Check.That(option, $"a number for each of {stages} stages", text, numbers.Length == stages);
        Check.That(
            option, $"numbers from {least} to {Check.MostParts}", text,
            numbers.All(number => number >= least && number <= Check.MostParts));
    }
}
