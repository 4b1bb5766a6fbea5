namespace IlgpuVq.Models.Weights;

/// <summary>The state of a model as the program that its family comes from saves it: what is written for that program, and what
/// is filled by a file of it. Here it is the model's own; families whose programs keep other forms derive from it.</summary>
public class SourceState : IDisposable
{
    /// <summary>The state of a model as it is now.</summary>
    /// <param name="model">Whose tensors these are.</param>
    public SourceState(Module model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Tensors = [.. model.State];
    }

    /// <summary>The tensors by the program's keys; belong to the model or to this.</summary>
    public IReadOnlyList<NamedTensor> Tensors { get; protected init; }

    /// <summary>Brings what was written into <see cref="Tensors"/> back into the model.</summary>
    public virtual void TakeOver()
    {
    }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
