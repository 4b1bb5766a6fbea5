using System.Text.Json.Serialization;

namespace IlgpuVq.Models.Quantizers;

/// <summary>What a quantizer is made of: one record per kind, so that a file or a command line can name it and wrappers can hold
/// it.</summary>
public abstract record QuantizerOptions
{
    /// <summary>Numbers of a latent vector, D.</summary>
    public abstract int Width { get; }

    /// <summary>Numbers of a quantized one: as many, but for kinds whose codes are wider.</summary>
    [JsonIgnore]
    public virtual int OutputWidth => Width;

    /// <summary>Refuses values that make no quantizer.</summary>
    /// <exception cref="OptionException">A value is outside of its range.</exception>
    public abstract void Validate();

    /// <summary>Makes what works on rows, with its initial state.</summary>
    public abstract Quantizer Build(ModuleScope scope);

    /// <summary>Makes what works on latent images: on each of their pixels as a row, unless the kind says otherwise.</summary>
    /// <param name="scope">Where its keys lie.</param>
    /// <param name="name">What the grid of its codes is called.</param>
    public virtual ImageQuantizer BuildForImages(ModuleScope scope, string name) => new(scope, this, name);
}
