namespace IlgpuVq.Tensors.Profiling;

/// <summary>What calls of primitives are made for, such as an op of a tape.</summary>
/// <remarks>An op is known by its name only when it is done: calls are given the purpose before, and whoever made it names it
/// later.</remarks>
public sealed class CallPurpose
{
    /// <summary>What the work is called; null for work of nobody in particular.</summary>
    public string? Name { get; private set; }

    /// <summary>Whose op it is, such as a tape; null for none.</summary>
    public object? Owner { get; private set; }

    /// <summary>The op's place with its owner.</summary>
    public int Id { get; private set; }

    /// <summary>Whether gradients are computed.</summary>
    public bool IsBackward { get; private set; }

    /// <summary>A purpose of work that is no op.</summary>
    public static CallPurpose Of(string name) => new() { Name = name };

    /// <summary>A purpose of the gradients of an op.</summary>
    public static CallPurpose OfBackward(string name, object owner, int id) =>
        new() { Name = name, Owner = owner, Id = id, IsBackward = true };

    /// <summary>Says which op the calls were made for.</summary>
    public void Claim(string name, object owner, int id) => (Name, Owner, Id) = (name, owner, id);
}
