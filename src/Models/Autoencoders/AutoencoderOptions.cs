using System.Text.Json.Serialization;

namespace IlgpuVq.Models.Autoencoders;

/// <summary>What an autoencoder is made of: a record per family.</summary>
public abstract record AutoencoderOptions
{
    /// <summary>Channels of the images.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Whose default distributions the weights start from.</summary>
    [Option("whose default distributions the weights start from: torch, sonnet, keras or normal")]
    public Initialization Init { get; init; } = Initialization.Sonnet;

    /// <summary>Pixels that a side of an image must be a multiple of.</summary>
    [JsonIgnore]
    public abstract int Downsampling { get; }

    /// <summary>The only side that images may have, in pixels; null where any that <see cref="Downsampling"/> divides
    /// will do.</summary>
    [JsonIgnore]
    public virtual int? FixedSize => null;

    /// <summary>The family that these are the options of, by its name.</summary>
    [JsonIgnore]
    public string Family => ModelFamilies.All.NameOf(this);

    /// <summary>Refuses values that make no model.</summary>
    /// <exception cref="OptionException">A value is outside of its range.</exception>
    public virtual void Validate()
    {
        Check.AtLeast("channels", Channels, 1);
        Check.That("init", "torch, sonnet, keras or normal", Init, Enum.IsDefined(Init));
    }

    /// <summary>Makes it, with its initial weights.</summary>
    public abstract Autoencoder Build(ModuleScope scope);
}
