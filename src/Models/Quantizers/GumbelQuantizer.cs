using System.Collections.Immutable;
using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers;

/// <summary>A code of each row drawn by logits that the row has, in a way that has a gradient: the Gumbel-softmax of DALL-E
/// and VQGAN (arXiv:1611.01144; arXiv:2102.12092, section 2.1).</summary>
/// <remarks>
/// <para>l = W·x + b, p = softmax((l + g) / τ) with g Gumbel noise, y = Σ p[k]·e[k]. Hard: y = e[argmax p] with the gradient
/// of the one-hot vector going straight through to p. Index: argmax p. Outside of training there is no noise, and
/// y = e[argmax l].</para>
/// <para>Loss = w·mean over rows of KL(softmax(l) ‖ 1/K) = Σ q·ln(q·K + 10⁻¹⁰), q = softmax(l).</para>
/// <para>τ goes from its value to its end by the same factor in each step.</para>
/// <para>Keys: <c>proj.weight</c> (K, D), <c>proj.bias</c> (K), <c>embed.weight</c> (K, D); VQGAN's projection is a 1×1
/// convolution (K, D, 1, 1).</para>
/// </remarks>
public sealed class GumbelQuantizer : Quantizer
{
    private const float Tiny = 1e-10f;

    private readonly GumbelQuantizerOptions options;
    private readonly LinearLayer projection;
    private readonly EmbeddingLayer embedding;
    private readonly Parameter codes;
    private readonly string? schedule;
    private readonly ulong stream;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="options">Sizes, temperature and the weight of the loss.</param>
    public GumbelQuantizer(ModuleScope scope, GumbelQuantizerOptions options)
        : base(scope)
    {
        this.options = options;
        stream = ModuleScope.StreamOf(scope.Key("gumbel"));
        projection = AddChild(new LinearLayer(scope.In("proj"), (In: options.CodeDim, Out: options.CodebookSize)));
        embedding = AddChild(new EmbeddingLayer(scope.In("embed"), options.CodebookSize, options.CodeDim));
        codes = embedding.Parameters.Single();
        CodebookSizes = [options.CodebookSize];
        if (options.TemperatureSteps is > 0 and var steps)
        {
            schedule = AddSchedule("temperature", step => options.Temperature
                * Math.Pow(options.TemperatureEnd / options.Temperature, Math.Min(1, (double)step / steps)));
        }
    }

    public override int Width => options.CodeDim;

    public override ImmutableArray<int> CodebookSizes { get; }

    protected override QuantizerOutput Quantize(Variable rows, in StepContext context)
    {
        var logits = projection.Forward(rows);
        var loss = Divergence(logits) * (float)options.KlWeight;
        if (!context.IsTraining)
        {
            using var likeliest = Primitive.ArgMax(logits.Value);
            return new QuantizerOutput(
                Embedding.Apply(likeliest, rows.Tape.Watch(codes)), loss, likeliest.Reshape([likeliest.Size, 1]));
        }

        using var noise = GumbelNoise.Of(logits.Shape, context.RandomFor("gumbel"), stream);
        var p = Softmax.Apply(Cooled(logits + rows.Tape.Constant(noise, "noise"), context));
        using var ids = Primitive.ArgMax(p.Value);
        var weights = options.Hard ? StraightThrough.Apply(p, OneHot(rows.Tape, ids)) : p;
        var y = Matmul.Apply(weights, rows.Tape.Watch(codes));
        return new QuantizerOutput(y, loss, ids.Reshape([ids.Size, 1]));
    }

    protected override Tensor<float> Find(Tensor<int> ids)
    {
        using var flat = ids.Reshape([ids.Size]);
        return Primitive.GatherRows(codes.Value, flat);
    }

    private Variable OneHot(Tape tape, Tensor<int> ids)
    {
        using var rows = Primitive.OneHot(ids, options.CodebookSize);
        return tape.Constant(rows, "one-hot");
    }

    /// <summary>x / τ.</summary>
    private Variable Cooled(Variable x, in StepContext context)
    {
        if (schedule is null)
        {
            return x / (float)options.Temperature;
        }

        using var temperature = context.ScalarsFor("gumbel").Read(schedule);
        return x / x.Tape.Constant(temperature, "temperature");
    }

    private Variable Divergence(Variable logits)
    {
        var q = Softmax.Apply(logits);
        var terms = q * Log.Apply(Affine.Apply(q, options.CodebookSize, Tiny));
        return Mean.Apply(Sum.Apply(terms, [1]));
    }
}
