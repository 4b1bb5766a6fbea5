using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Quantizers.Residual;

/// <summary>Numbers within their limits, y[n, d] = c[d]·tanh(x[n, d] / c[d]): rows (N, D) → the same; no keys.</summary>
internal sealed class SoftClamp : Layer
{
    private readonly Tensor<float> limits, inverses;

    /// <param name="scope">Of the device.</param>
    /// <param name="limits">c (D), above 0.</param>
    public SoftClamp(ModuleScope scope, float[] limits)
        : base(scope)
    {
        this.limits = AddConstant(Device.From<float>(limits, [1, limits.Length]));
        inverses = AddConstant(Device.From<float>([.. limits.Select(limit => 1 / limit)], [1, limits.Length]));
    }

    public override Variable Forward(Variable x, in StepContext context) =>
        Autograd.Tanh.Apply(x * x.Tape.Constant(inverses, "inverse-limits")) * x.Tape.Constant(limits, "limits");
}
