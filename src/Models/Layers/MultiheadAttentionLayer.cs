using IlgpuVq.Autograd;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Layers;

/// <summary>Attention of several heads, with the keys of PyTorch's layer of that name.</summary>
/// <remarks>
/// <para>Keys <c>in_proj_weight</c> (3D, D) and <c>in_proj_bias</c> (3D): the maps of queries, keys and values on top of each
/// other; where the context has another width E, <c>q_proj_weight</c> (D, D), <c>k_proj_weight</c> (D, E) and
/// <c>v_proj_weight</c> (D, E) instead of the first. <c>out_proj.weight</c> (D, D), <c>out_proj.bias</c> (D).</para>
/// <para>The weights of the first three start from Xavier's uniform distribution, U(±√(6/(rows + columns))), biases from zero;
/// under <see cref="Initialization.Sonnet"/> weights from a normal of deviation 1/√D cut at two deviations.</para>
/// <para>Batches come first, (B, T, D). Weights are never held together, see <see cref="IlgpuVq.Autograd.Attention"/>.</para>
/// </remarks>
public sealed class MultiheadAttentionLayer : Layer
{
    private readonly AttentionShape shape;
    private readonly Parameter? packed, inBias, outBias;
    private readonly Parameter[] separate = [];
    private readonly Parameter outWeight;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="shape">Sizes; without bias the results' map has none either.</param>
    public MultiheadAttentionLayer(ModuleScope scope, AttentionShape shape)
        : base(scope)
    {
        this.shape = shape;
        var (d, e) = (shape.Width, shape.ContextWidth ?? shape.Width);
        if (e == d)
        {
            packed = AddParameter("in_proj_weight", [3 * d, d], Initial(scope, 3 * d, d));
        }
        else
        {
            separate =
            [
                AddParameter("q_proj_weight", [d, d], Initial(scope, d, d)),
                AddParameter("k_proj_weight", [d, e], Initial(scope, d, e)),
                AddParameter("v_proj_weight", [d, e], Initial(scope, d, e)),
            ];
        }

        inBias = shape.HasBias ? AddParameter("in_proj_bias", [3 * d], Initializers.Zero) : null;
        outWeight = AddParameter(
            "out_proj.weight", [d, d], LinearInitializers.Of(scope.Initialization, fanIn: d, fanOut: d).Weight);
        outBias = shape.HasBias ? AddParameter("out_proj.bias", [d], Initializers.Zero) : null;
    }

    /// <summary>Of a sequence to itself: x (B, T, D) → the same.</summary>
    /// <exception cref="ShapeException">x is not (B, T, D), or its context has another width.</exception>
    public override Variable Forward(Variable x, in StepContext context) => Forward(x, x);

    /// <summary>Of a sequence to another: x (B, T, D), source (B, S, E) → (B, T, D).</summary>
    /// <exception cref="ShapeException">The shapes do not fit, or a causal one has T ≠ S.</exception>
    public Variable Forward(Variable x, Variable source)
    {
        var y = Attention.Apply(Project(x, 0), Project(source, 1), Project(source, 2), shape.Heads, shape.IsCausal);
        return Linear.Apply(y, y.Tape.Watch(outWeight), outBias is null ? null : y.Tape.Watch(outBias));
    }

    /// <summary>Queries (0), keys (1) or values (2) of x.</summary>
    private Variable Project(Variable x, int which)
    {
        var (tape, d) = (x.Tape, shape.Width);
        var weight = packed is null ? tape.Watch(separate[which]) : Part(packed);
        return Linear.Apply(x, weight, inBias is null ? null : Part(inBias));

        Variable Part(Parameter parameter) => Slice.Apply(tape.Watch(parameter), axis: 0, start: which * d, length: d);
    }

    private static Initializer Initial(ModuleScope scope, int rows, int columns) => scope.Initialization == Initialization.Sonnet
        ? Initializers.TruncatedNormal(1 / MathF.Sqrt(columns))
        : Initializers.XavierUniform(columns, rows);
}
