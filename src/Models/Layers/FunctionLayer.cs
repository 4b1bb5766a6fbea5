using IlgpuVq.Autograd;

namespace IlgpuVq.Models.Layers;

/// <summary>A function without parameters, such as <c>Relu.Apply</c>, at a place of its own in a
/// <see cref="Sequential"/>.</summary>
/// <param name="scope">Its place; it has no keys.</param>
/// <param name="function">y of x; the same sequence of calls every time.</param>
public sealed class FunctionLayer(ModuleScope scope, Func<Variable, Variable> function) : Layer(scope)
{
    public override Variable Forward(Variable x, in StepContext context) => function(x);
}
