using IlgpuVq.Autograd;

namespace IlgpuVq.Models.Layers;

/// <summary>Layers, one after the other; keys <c>0</c>, <c>1</c>, … below its scope, in their order.</summary>
/// <remarks><code>
/// new Sequential(scope,
///     at => new Conv2dLayer(at, new ConvShape(3, 64, Kernel: 3), new Conv2dParams(Padding: 1)),
///     at => new BatchNormLayer(at, 64),
///     at => new FunctionLayer(at, Relu.Apply))
/// </code>
/// Where a pass recomputes, it is cut as a <see cref="LayerChain"/>.</remarks>
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

    /// <remarks>A single layer cuts itself, if it can.</remarks>
    public override Variable Forward(Variable x, in StepContext context) =>
        layers is [var only] ? only.Forward(x, context) : LayerChain.Forward(layers, x, context);
}
