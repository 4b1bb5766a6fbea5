using IlgpuVq.Autograd;

namespace IlgpuVq.Models.Layers;

/// <summary>The learned weight and bias of a normalization as variables of a tape; null for none.</summary>
internal readonly record struct ScaleAndShift(Parameter? Weight, Parameter? Bias)
{
    public (Variable? Weight, Variable? Bias) On(Tape tape) =>
        (Weight is null ? null : tape.Watch(Weight), Bias is null ? null : tape.Watch(Bias));
}
