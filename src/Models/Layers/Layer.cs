using IlgpuVq.Autograd;

namespace IlgpuVq.Models.Layers;

/// <summary>A module that makes one variable of another: what a <see cref="Sequential"/> is made of.</summary>
public abstract class Layer(ModuleScope scope) : Module(scope)
{
    /// <summary>y of x, on x's tape.</summary>
    /// <param name="x">The input.</param>
    /// <param name="context">Whether the pass trains: some layers then do something else, or learn from x.</param>
    public abstract Variable Forward(Variable x, in StepContext context);
}
