using IlgpuVq.Tensors;

namespace IlgpuVq.Autograd;

/// <summary>A tensor that training changes: it outlives the tapes that use it and collects their gradients.</summary>
/// <remarks>Put it on a tape with <see cref="Tape.Watch"/>. Several backward passes before an optimizer step add up.</remarks>
public sealed class Parameter : IDisposable
{
    /// <param name="name">Its key in the state dictionary, for messages and the printed tape.</param>
    /// <param name="value">The initial numbers; taken over.</param>
    public Parameter(string name, Tensor<float> value)
    {
        Name = name;
        Value = value;
    }

    public string Name { get; }

    public Tensor<float> Value { get; }

    public Shape Shape => Value.Shape;

    /// <summary>The sum of the gradients since <see cref="ClearGradient"/>; null when there was none.</summary>
    public Tensor<float>? Gradient { get; private set; }

    public void ClearGradient()
    {
        Gradient?.Dispose();
        Gradient = null;
    }

    public void Dispose()
    {
        ClearGradient();
        Value.Dispose();
    }

    internal void Accumulate(Tensor<float> gradient) => Gradient = GradientSum.Add(Gradient, gradient);
}
