using Xunit;

namespace IlgpuVq.Tests.Support;

/// <summary>Tests that run while no others do: the runtime's own tables grow on whichever thread meets a new type, and those that
/// count the objects of their thread would count them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class RunAlone
{
    public const string Name = "alone";
}
