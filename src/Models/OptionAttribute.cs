namespace IlgpuVq.Models;

/// <summary>Marks a property of an options record as one that a person may set by name: <c>CodeDim</c> as
/// <c>--code-dim</c>.</summary>
/// <param name="description">What it is, with its unit.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OptionAttribute(string description) : Attribute
{
    /// <summary>What it is, with its unit.</summary>
    public string Description { get; } = description;

    /// <summary>Another name than the property's.</summary>
    public string? Name { get; init; }

    /// <summary>Whether training may go on with another value than it began with.</summary>
    public bool MayChange { get; init; }
}
