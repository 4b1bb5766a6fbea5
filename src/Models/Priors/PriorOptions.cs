using System.Text.Json.Serialization;
using IlgpuVq.Models.Quantizers;

namespace IlgpuVq.Models.Priors;

/// <summary>What a prior is made of: a record per family.</summary>
public abstract record PriorOptions
{
    /// <summary>Whose default distributions the weights start from.</summary>
    [Option("whose default distributions the weights start from: torch, sonnet, keras or normal")]
    public Initialization Init { get; init; } = Initialization.Torch;

    /// <summary>Whether it knows an image's class, where the codes have labels.</summary>
    [Option("condition on the labels of the codes, where they have some: true or false")]
    public bool Conditional { get; init; } = true;

    /// <summary>The family that these are the options of, by its name.</summary>
    [JsonIgnore]
    public string Family => PriorFamilies.All.NameOf(this);

    /// <summary>Refuses values that make no model.</summary>
    /// <exception cref="OptionException">A value is outside of its range.</exception>
    public virtual void Validate() => Check.That("init", "torch, sonnet, keras or normal", Init, Enum.IsDefined(Init));

    /// <summary>Makes the prior of one grid, with its initial weights.</summary>
    /// <param name="scope">Where its keys lie.</param>
    /// <param name="shape">What it predicts, and what it knows.</param>
    public abstract GridPrior Build(ModuleScope scope, PriorShape shape);
}

/// <summary>What the prior of a grid predicts, and what it knows beyond the grid's own indices.</summary>
/// <param name="Layout">How the indices lie.</param>
/// <param name="Coarser">The grids that are known before, in the order of sampling.</param>
/// <param name="Classes">Classes of images; 0 where it knows none.</param>
public sealed record PriorShape(CodeLayout Layout, IReadOnlyList<CodeLayout> Coarser, int Classes)
{
    /// <summary>Places of the grid.</summary>
    public int Places => Layout.Height * Layout.Width;
}

/// <summary>All priors.</summary>
public static class PriorFamilies
{
    /// <summary>The one place that lists them.</summary>
    public static IReadOnlyList<Kind<PriorOptions>> All { get; } =
    [
        new("pixelcnn", new PixelCnn.PixelCnnOptions()),
        new("gated-pixelcnn", new GatedPixelCnn.GatedPixelCnnOptions()),
        new("pixelsnail", new PixelSnail.PixelSnailOptions()),
        new("transformer", new Transformer.TransformerOptions()),
        new("maskgit", new MaskGit.MaskGitOptions()),
    ];
}
