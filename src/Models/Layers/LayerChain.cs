using IlgpuVq.Autograd;

namespace IlgpuVq.Models.Layers;

/// <summary>Layers, one after the other. Where a pass recomputes, n layers are √n segments, rounded down, of as many each: their
/// results and what lies within one are held at once.</summary>
internal static class LayerChain
{
    public static Variable Forward(IReadOnlyList<Layer> layers, Variable x, in StepContext context)
    {
        var segments = Math.Max(1, (int)Math.Sqrt(layers.Count));
        for (var i = 0; i < segments; i++)
        {
            var (start, end) = (i * layers.Count / segments, (i + 1) * layers.Count / segments);
            x = context.Segment(x, Run);

            Variable Run(Variable y, in StepContext its)
            {
                for (var layer = start; layer < end; layer++)
                {
                    y = layers[layer].Forward(y, its);
                }

                return y;
            }
        }

        return x;
    }
}
