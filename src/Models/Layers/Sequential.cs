using IlgpuVq.Autograd;

namespace IlgpuVq.Models.Layers;

/// <summary>Layers, one after the other; keys <c>0</c>, <c>1</c>, … below its scope, in their order.</summary>
/// <remarks><code>
/// new Sequential(scope,
///     at => new Conv2dLayer(at, new ConvShape(3, 64, Kernel: 3), new Conv2dParams(Padding: 1)),
///     at => new BatchNormLayer(at, 64),
///     at => new FunctionLayer(at, Relu.Apply))
/// </code>
/// Where a pass recomputes, n layers are √n segments, rounded down, of as many layers each.</remarks>
public sealed class Sequential : Layer
{
    private readonly List<Layer> layers = [];

    /// <param name="scope">Where its layers lie.</param>
    /// <param name="layers">Makes each layer in the scope that it is given.</param>
    public Sequential(ModuleScope scope, params ReadOnlySpan<Func<ModuleScope, Layer>> layers)
        : base(scope)
    {
        foreach (var layer in layers)
        {
            this.layers.Add(AddChild(layer(scope.In($"{this.layers.Count}"))));
        }
    }

    /// <summary>Its layers, in their order.</summary>
    public IReadOnlyList<Layer> Layers => layers;

    public override Variable Forward(Variable x, in StepContext context)
    {
        // A single layer cuts itself, if it can.
        var segments = layers.Count < 2 || context.Recomputation != Recomputation.On ? 1 : (int)Math.Sqrt(layers.Count);
        for (var i = 0; i < segments; i++)
        {
            var run = layers[(i * layers.Count / segments)..((i + 1) * layers.Count / segments)];
            x = layers.Count < 2 ? Run(run, x, context) : context.Segment(x, (Variable y, in StepContext its) => Run(run, y, its));
        }

        return x;
    }

    private static Variable Run(List<Layer> layers, Variable x, in StepContext context)
    {
        foreach (var layer in layers)
        {
            x = layer.Forward(x, context);
        }

        return x;
    }
}
