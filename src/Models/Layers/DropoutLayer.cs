using IlgpuVq.Autograd;

namespace IlgpuVq.Models.Layers;

/// <summary>Dropout in training, nothing outside of it; its random numbers follow the step and its place in the model. No
/// keys.</summary>
public sealed class DropoutLayer : Layer
{
    private readonly float probability;
    private readonly ulong stream;

    /// <param name="scope">Its place.</param>
    /// <param name="probability">That a number becomes 0; 0 for a layer that does nothing.</param>
    public DropoutLayer(ModuleScope scope, float probability)
        : base(scope) => (this.probability, stream) = (probability, ModuleScope.StreamOf(scope.Key("dropout")));

    /// <summary>x of any shape → the same.</summary>
    /// <exception cref="InvalidOperationException">It drops, in training, and the context has no random numbers.</exception>
    public override Variable Forward(Variable x, in StepContext context) => context.IsTraining && probability > 0
        ? Dropout.Apply(x, probability, context.RandomFor("dropout"), stream)
        : x;
}
