using System.Collections.Immutable;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Quantizers;

/// <summary>Binary spherical quantization: a row goes to the unit sphere and there to a corner of the cube inside it
/// (arXiv:2406.07548, section 3.1).</summary>
/// <remarks>
/// <para>u = x / √(‖x‖² + 1e-12), and then a <see cref="LookupFreeQuantizer"/> of u whose codes have numbers ±1/√b: loss and
/// index are its. The distance of u to its code is bounded, whatever the size of x. A row of zeros stays one.</para>
/// </remarks>
public sealed class BinarySphericalQuantizer : Quantizer
{
    /// <summary>Keeps the gradient of a row of zeros finite; a row of length 1e-3 feels nothing of it.</summary>
    private const float Epsilon = 1e-12f;

    private readonly LookupFreeQuantizer onSphere;

    /// <param name="scope">Where it lives; it has no keys.</param>
    /// <param name="options">The bits, and what weighs in the loss.</param>
    public BinarySphericalQuantizer(ModuleScope scope, BinarySphericalQuantizerOptions options)
        : base(scope) =>
        onSphere = AddChild(new LookupFreeQuantizer(scope, options, scale: 1 / Math.Sqrt(options.Bits)));

    public override int Width => onSphere.Width;

    public override ImmutableArray<int> CodebookSizes => onSphere.CodebookSizes;

    protected override QuantizerOutput Quantize(Variable rows, in StepContext context)
    {
        var length = Autograd.Sqrt.Apply(Sum.Apply(Square.Apply(rows), [1], keepDims: true) + Epsilon);
        return onSphere.Forward(rows / length, context);
    }

    protected override Tensor<float> Find(Tensor<int> ids) => onSphere.Lookup(ids);
}
