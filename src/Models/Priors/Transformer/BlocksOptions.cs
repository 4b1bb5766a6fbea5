namespace IlgpuVq.Models.Priors.Transformer;

/// <summary>Sizes of a transformer of a grid's places.</summary>
public abstract record BlocksOptions : PriorOptions
{
    /// <summary>Numbers of a place's vector.</summary>
    [Option("channels of the layers")]
    public int Width { get; init; } = 128;

    /// <summary>Parts of attention that each look for themselves.</summary>
    [Option("parts of attention that each look for themselves; they divide the width")]
    public int Heads { get; init; } = 4;

    /// <summary>Blocks of attention and a network of each place.</summary>
    [Option("blocks of attention and of a network of each place")]
    public int Layers { get; init; } = 4;

    /// <summary>The part of numbers that training leaves out.</summary>
    [Option("the part of numbers that training sets to 0")]
    public double Dropout { get; init; } = 0.1;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Check.AtLeast("width", Width, 1);
        Check.That("heads", $"a whole number that divides the width, {Width}", Heads, Heads >= 1 && Width % Heads == 0);
        Check.Parts("layers", Layers, 1);
        Check.Fraction("dropout", Dropout);
    }
}
