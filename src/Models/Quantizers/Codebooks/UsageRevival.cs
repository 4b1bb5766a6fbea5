using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers.Codebooks;

/// <summary>Codes move towards vectors of the batch, by how little they are used: CVQ-VAE's online clustering
/// (arXiv:2307.15139).</summary>
/// <remarks>
/// <para>With n of the batch's N rows for a code, u ← γu + (1 − γ)n/N, from 0. Then α = exp(−u · 10K / (1 − γ) − 10⁻³), and
/// e ← (1 − α)e + α·v with a row v of the batch, one from each of K equal parts of it. A code that takes its share, u = 1/K,
/// has α = e⁻¹⁰⁰⁰ at γ = 0.99 and stays; one that is never chosen becomes v but for a thousandth of itself.</para>
/// <para>The choice is a weight on the device, so that a recorded step replays it.</para>
/// <para>Key: <c>_usage</c> (K).</para>
/// </remarks>
internal sealed class UsageRevival : Module
{
    /// <summary>The authors' constants.</summary>
    private const float Sharpness = 10, Offset = 1e-3f;

    private readonly float decay;
    private readonly ulong stream;
    private readonly Tensor<float> usage;

    /// <param name="scope">Where its key lies.</param>
    /// <param name="options">K and γ.</param>
    public UsageRevival(ModuleScope scope, VectorQuantizerOptions options)
        : base(scope)
    {
        decay = (float)options.Decay;
        stream = ModuleScope.StreamOf(scope.Key("anchors"));
        usage = AddBuffer("_usage", Primitive.Fill(scope.Device, [options.CodebookSize], 0));
    }

    /// <summary>α of each code after a batch that chose them so often (K), (K, 1); 0 for those that are frozen.</summary>
    public Tensor<float> Pull(Tensor<float> counts, Tensor<float>? frozen)
    {
        var k = usage.Shape[0];
        using var total = Primitive.Sum(counts, []);
        using var atLeastOne = Primitive.Map(total, new Clamp(1, float.MaxValue));
        using var shares = Primitive.Zip("usage-revival", counts, atLeastOne, default(Divide));
        Primitive.ZipInto(usage, usage, shares, new Lerp(decay));
        using var exponent = Primitive.Map(usage, new Affine(-Sharpness * k / (1 - decay), -Offset));
        using var pull = Primitive.Map(exponent, default(Exp));
        using var column = pull.Reshape([k, 1]);
        if (frozen is null)
        {
            return column.Share();
        }

        using var none = Primitive.Fill(Device, [], 0);
        return Primitive.Where(frozen, none, column);
    }

    /// <summary>A row of the batch for each code, (K, D).</summary>
    public Tensor<float> Anchors(in CodeBatch batch, in StepContext context) =>
        DataSamples.Draw(batch.Vectors, batch.Mask, usage.Shape[0], context.RandomFor("usage-revival"), stream);

    /// <summary><c>values + pull · (target − values)</c>, in place; pull (K, 1).</summary>
    public static void Move(Tensor<float> values, Tensor<float> target, Tensor<float> pull)
    {
        using var way = Primitive.Zip("usage-revival", target, values, default(Subtract));
        using var step = Primitive.Zip("usage-revival", way, pull, default(Multiply));
        Primitive.ZipInto(values, values, step, default(Add));
    }
}
