namespace IlgpuVq.Tensors.Memory;

/// <summary>Calls that a device has taken as one piece.</summary>
/// <param name="launch">Gives them all to the device.</param>
/// <param name="graph">What the device keeps for that.</param>
/// <param name="used">The memory that they use. The piece has its addresses and does not look whose it is.</param>
internal sealed class CapturedWork(Action launch, IDisposable graph, IReadOnlyList<Storage> used) : IDisposable
{
    public IReadOnlyList<Storage> Used { get; } = used;

    public void Launch() => launch();

    public void Dispose() => graph.Dispose();
}
