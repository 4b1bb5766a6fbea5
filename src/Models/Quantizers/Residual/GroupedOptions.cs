using System.Text.Json.Serialization;

namespace IlgpuVq.Models.Quantizers.Residual;

/// <summary>What all kinds of a <see cref="GroupedQuantizer"/> have in common.</summary>
public abstract record GroupedOptions : QuantizerOptions
{
    /// <summary>Groups that a latent vector is cut into; each has the width of a code.</summary>
    [Option("groups that a latent vector is cut into, each as wide as a code")]
    public int Groups { get; init; } = 2;

    [JsonIgnore]
    public override int Width => Groups * GroupOptions.Width;

    /// <summary>The options of each group.</summary>
    protected internal abstract ResidualOptions GroupOptions { get; }

    public override void Validate()
    {
        Check.Parts("groups", Groups, 1);
        GroupOptions.Validate();
    }

    public override Quantizer Build(ModuleScope scope) => new GroupedQuantizer(scope, this);
}

/// <summary>Options of a <see cref="GroupedQuantizer"/> of vector quantizers.</summary>
public sealed record GroupedResidualOptions : GroupedOptions
{
    /// <summary>The residual quantizer of each group.</summary>
    public ResidualQuantizerOptions Group { get; init; } = new();

    protected internal override ResidualOptions GroupOptions => Group;
}

/// <summary>Options of a <see cref="GroupedQuantizer"/> of finite scalar quantizers.</summary>
public sealed record GroupedResidualFsqOptions : GroupedOptions
{
    /// <summary>The residual quantizer of each group.</summary>
    public ResidualFsqOptions Group { get; init; } = new();

    protected internal override ResidualOptions GroupOptions => Group;
}
