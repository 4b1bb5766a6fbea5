using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Layers;

/// <summary>A weight divided by an estimate of its largest singular value, <c>w / σ</c> with <c>σ = uᵀ · w · v</c>, where w is a
/// matrix (Out, N) of all that belongs to an output channel.</summary>
/// <remarks>
/// <para>u and v come nearer to the singular vectors by one power iteration with each <see cref="Advance"/>:
/// <c>v ← wᵀu / ‖wᵀu‖</c>, <c>u ← w·v / ‖w·v‖</c>, lengths of at least 1e-12. It is computed on the device, so that a recording
/// replays it.</para>
/// <para>Gradient: u and v are constants, so d σ / d w = u·vᵀ, and <c>dW_orig = (dW − ⟨dW, w/σ⟩ · u·vᵀ) / σ</c>.</para>
/// <para>Keys: parameter <c>weight_orig</c>, buffers <c>weight_u</c> (Out) and <c>weight_v</c> (N), unit vectors of normal
/// numbers.</para>
/// <para>A weight of zeros gives NaN. Deterministic.</para>
/// <para>Source: Miyato et al., arXiv:1802.05957, algorithm 1.</para>
/// </remarks>
public sealed class SpectralNorm : NormalizedWeight
{
    private const float Epsilon = 1e-12f;

    private readonly Parameter original;
    private readonly Tensor<float> u, v;
    private readonly Shape matrix;
    private readonly (string U, string V) keys;

    /// <param name="scope">The layer's own.</param>
    /// <param name="shape">Of the weight, output channels first.</param>
    /// <param name="initializer">Of <c>weight_orig</c>.</param>
    public SpectralNorm(ModuleScope scope, Shape shape, Initializer initializer)
        : base(scope)
    {
        matrix = [shape[0], shape.Size / shape[0]];
        original = AddParameter("weight_orig", shape, initializer);
        u = AddBuffer("weight_u", UnitVector(scope, "weight_u", matrix[0]));
        v = AddBuffer("weight_v", UnitVector(scope, "weight_v", matrix[1]));
        keys = (scope.Key("weight_u"), scope.Key("weight_v"));
    }

    /// <summary>A power iteration, with the weight as it is.</summary>
    public override void Advance()
    {
        using var tape = new Tape(Device, recording: false);
        var w = Reshape.Apply(tape.Constant(original.Value), matrix);
        SetToDirection(v, Matmul.Apply(w, tape.Constant(u), Transpose.A)); // wᵀu (N)
        SetToDirection(u, Matmul.Apply(w, tape.Constant(v))); // w·v (Out)
    }

    /// <inheritdoc/>
    public override Variable On(Tape tape)
    {
        var w = tape.Watch(original);
        var image = Matmul.Apply(Reshape.Apply(w, matrix), tape.Constant(v, keys.V)); // (Out)
        var sigma = Sum.Apply(image * tape.Constant(u, keys.U));
        return w / sigma;
    }

    private static void SetToDirection(Tensor<float> target, Variable vector) =>
        Primitive.CopyInto(target, L2Normalize.Apply(vector, Epsilon).Value);

    private static Tensor<float> UnitVector(ModuleScope scope, string name, int length)
    {
        using var numbers = Initializers.Normal(1)(scope.Device, [length], scope.Seed, ModuleScope.StreamOf(scope.Key(name)));
        return L2Normalize.Of(numbers, Epsilon);
    }
}
