using IlgpuVq.Autograd;
using IlgpuVq.Models.Layers;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Priors;

/// <summary>Which taps of a kernel a <see cref="CausalConv2dLayer.Masked"/> keeps: those of places that come before its own, row
/// by row.</summary>
public enum ConvMask
{
    /// <summary>Without the place itself: for the first layer, whose input is what is predicted.</summary>
    A,

    /// <summary>With the place itself: for the layers above.</summary>
    B,
}

/// <summary>A 2-D convolution of a grid that sees some taps of its kernel only, those of places that come before, row by row:
/// <c>y = activation(x * (weight · mask) + bias)</c>, of the grid's size.</summary>
/// <remarks>
/// <para>Shapes: x (B, In, h, w) → y (B, Out, h, w); in a pass that goes place by place x (B, In, 1, 1) → y (B, Out, 1, 1), and
/// of a row x (B, In, 1, w) → y (B, Out, 1, w). What it saw before lies in the <see cref="PlaceCache"/>. The sums are the same
/// numbers in another order: results of both passes differ by rounding.</para>
/// <para>One-hot codes are never multiplied: each place adds up the rows of the weight that its taps' codes stand for.</para>
/// <para>Keys <c>weight</c> (Out, In, KH, KW) and <c>bias</c> (Out), or those of a <see cref="NormalizedWeight"/>. The weight is
/// multiplied by the mask before each use, or its masked taps are left out, so what they hold does not matter and their gradient
/// is 0. Of a normalized weight they begin as zeros and stay so: its lengths are those of what is seen.</para>
/// <para>The initial distributions are those of the unmasked layer. Source: arXiv:1601.06759, section 3.4.</para>
/// </remarks>
public sealed class CausalConv2dLayer : Layer
{
    private readonly ConvShape shape;
    private readonly Pair own;
    private readonly Pair[] seen;
    private readonly NormalizedWeight? normalized;
    private readonly Parameter? weight, bias;
    private readonly Tensor<float>? mask;
    private readonly Tensor<int> taps, seenIds;
    private readonly Activation activation;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="shape">Channels and kernel.</param>
    /// <param name="own">The kernel's row and column of the place itself; outside of the kernel where it looks elsewhere
    /// only.</param>
    /// <param name="sees">Whether it sees the tap of a row and column of the kernel; null for all.</param>
    /// <param name="activation">Applied to the sum, in the same pass.</param>
    /// <param name="rule">How the weight is computed of what is learnt; null where it is that itself.</param>
    /// <param name="hasBias">Whether there is one.</param>
    /// <param name="isLinear">Whether the weight of a kernel of 1 is kept as (Out, In), as a linear layer has it.</param>
    public CausalConv2dLayer(
        ModuleScope scope, ConvShape shape, Pair own, Func<Pair, bool>? sees = null, Activation activation = Activation.None,
        WeightRule? rule = null, bool hasBias = true, bool isLinear = false)
        : base(scope)
    {
        (this.shape, this.own, this.activation) = (shape, own, activation);
        var initial = LinearInitializers.Of(
            scope.Initialization, fanIn: shape.In * shape.KernelArea, fanOut: shape.Out * shape.KernelArea);
        Pair[] all = [.. Enumerable.Range(0, shape.KernelArea).Select(i => new Pair(i / shape.Kernel.W, i % shape.Kernel.W))];
        seen = [.. all.Where(tap => sees?.Invoke(tap) ?? true)];
        taps = AddConstant(scope.Device.From<int>(
            [.. seen.SelectMany(tap => (int[])[tap.H - own.H, tap.W - own.W])], [seen.Length, 2]));
        seenIds = AddConstant(scope.Device.From<int>(
            [.. seen.Select(tap => tap.H * shape.Kernel.W + tap.W)], [seen.Length]));
        if (seen.Length < all.Length)
        {
            mask = AddConstant(scope.Device.From<float>(
                [.. all.Select(tap => seen.Contains(tap) ? 1f : 0f)], [1, 1, shape.Kernel.H, shape.Kernel.W]));
        }

        Shape lengths = isLinear ? [shape.Out, shape.In] : [shape.Out, shape.In, shape.Kernel.H, shape.Kernel.W];
        normalized = rule is { } its ? AddChild(NormalizedWeight.Of(scope, lengths, Seen(initial.Weight), its)) : null;
        weight = normalized is null ? AddParameter("weight", lengths, initial.Weight) : null;
        bias = hasBias ? AddParameter("bias", [shape.Out], initial.Bias) : null;
    }

    /// <summary>Numbers of the weight that no place reads: those of masked taps.</summary>
    internal int UnseenNumbers => shape.Out * shape.In * (shape.KernelArea - seen.Length);

    /// <summary>Numbers of the weight that a place does not read whose taps see so many codes each.</summary>
    internal int NumbersBeside(int codes) => UnseenNumbers + shape.Out * seen.Length * Math.Max(shape.In - codes, 0);

    /// <summary>A convolution of single places.</summary>
    public static CausalConv2dLayer Pointwise(
        ModuleScope scope, int channels, int outChannels, Activation activation = Activation.None, WeightRule? rule = null,
        bool hasBias = true, bool isLinear = false) => new(
            scope, new ConvShape(channels, outChannels, 1), own: 0, activation: activation, rule: rule, hasBias: hasBias,
            isLinear: isLinear);

    /// <summary>A convolution around a place, tap (KH/2, KW/2), that sees what comes before it.</summary>
    public static CausalConv2dLayer Masked(
        ModuleScope scope, ConvShape shape, ConvMask mask, Activation activation = Activation.None, WeightRule? rule = null,
        bool hasBias = true)
    {
        var (kernel, own) = (shape.Kernel, new Pair(shape.Kernel.H / 2, shape.Kernel.W / 2));
        return new CausalConv2dLayer(scope, shape, own, Sees, activation, rule, hasBias);

        bool Sees(Pair tap) => (tap.H * kernel.W + tap.W).CompareTo(own.H * kernel.W + own.W) < (mask == ConvMask.A ? 0 : 1);
    }

    /// <summary>y at all places at once.</summary>
    public override Variable Forward(Variable x, in StepContext context) => Whole(x);

    /// <summary>y of what the layers below made, which is known at the place itself.</summary>
    public Variable Forward(Variable x, in CausalContext at)
    {
        if (at.Cache is not { } cache)
        {
            return Whole(x);
        }

        using var rows = PlaceCache.RowsOf(x.Value); // (B, N, In)
        if (seen is [var only] && only == own)
        {
            return Product(x.Tape, rows, cache);
        }

        var kept = cache.Keep(this, shape.In);
        Primitive.PutRowsInto(kept, rows, cache.Place);
        return Look(x.Tape, kept, cache, at.IsRow);
    }

    /// <summary>y of a map that may be known at the places before only: it must not see the place itself.</summary>
    public Variable Forward(Tape tape, GridMap x, in CausalContext at) => (at.Cache, x.Codes) switch
    {
        ({ } cache, { } codes) => Look(tape, codes, cache, at.IsRow),
        ({ } cache, null) => Look(tape, x.Rows, cache, at.IsRow),
        (null, { } codes) => Whole(tape, codes),
        _ => Whole(x.Whole),
    };

    private Variable Whole(Variable x)
    {
        var kernel = shape.Kernel;
        var (bottom, right) = (kernel.H - 1 - own.H, kernel.W - 1 - own.W);
        if (bottom >= 0 && right >= 0)
        {
            var around = new Conv2dParams(Padding: new Padding(own.H, bottom, own.W, right));
            return Conv2d.Apply(x, WeightOn(x.Tape), BiasOn(x.Tape), around, activation);
        }

        // It looks elsewhere: what lies behind its last tap is not there for it.
        var moved = Pad.Apply(x, [0, 0, own.H, own.W], [0, 0, bottom, right]);
        return Conv2d.Apply(moved, WeightOn(x.Tape), BiasOn(x.Tape), new Conv2dParams(), activation);
    }

    /// <summary>y of one-hot codes: of each place a sum of rows of the weight.</summary>
    private Variable Whole(Tape tape, OneHotCodes codes)
    {
        var (b, h, w) = (codes.Ids.Shape[0], codes.Ids.Shape[2], codes.Ids.Shape[3]);
        using var ids = Primitive.TapIds(codes.Ids, taps, codes.Starts); // (taps, B·h·w, L)
        var rows = Activate(EmbeddingBag.Apply(ids, Tables(tape)));
        return Permute.Apply(Reshape.Apply(rows, [b, h, w, shape.Out]), 0, 3, 1, 2);
    }

    private Variable Look(Tape tape, OneHotCodes codes, PlaceCache cache, bool isRow)
    {
        using var ids = Primitive.TapIds(codes.Ids, taps, codes.Starts, cache.Place, isRow ? cache.Width : 1);
        using var sums = Primitive.GatherSums(cache.Prepare(this, PrepareTables), ids);
        return ImageOf(tape, sums, cache.Batch);
    }

    private Variable Look(Tape tape, Tensor<float> kept, PlaceCache cache, bool isRow)
    {
        using var rows = Primitive.TakeTaps(kept, cache.Place, taps, cache.Width, isRow ? cache.Width : 1);
        return Product(tape, rows, cache);
    }

    /// <summary>(B, Out, 1, N) of what all taps see, (B, N, taps·In).</summary>
    private Variable Product(Tape tape, Tensor<float> rows, PlaceCache cache)
    {
        using var flat = rows.Reshape([rows.Shape[0] * rows.Shape[1], rows.Shape[2]]);
        using var weights = cache.Prepare(this, PrepareTables).Reshape([rows.Shape[2], shape.Out]);
        using var sums = Primitive.Matmul(flat, weights);
        return ImageOf(tape, sums, cache.Batch);
    }

    /// <summary>(B, Out, 1, N) of sums (B·N, Out).</summary>
    private Variable ImageOf(Tape tape, Tensor<float> sums, int batch)
    {
        var y = Activate(tape.Constant(sums, "causal-conv2d"));
        using var own = y.Value.Reshape([batch, sums.Shape[0] / batch, shape.Out]);
        using var image = PlaceCache.ImageOf(own);
        return tape.Constant(image, "causal-conv2d");
    }

    /// <summary>Sums (N, Out) with bias and activation.</summary>
    private Variable Activate(Variable sums)
    {
        var y = bias is null ? sums : sums + sums.Tape.Watch(bias);
        return activation == Activation.Relu ? Relu.Apply(y) : y;
    }

    private Tensor<float> PrepareTables()
    {
        using var tape = new Tape(Device, recording: false);
        return Tables(tape).Value.Share();
    }

    /// <summary>(taps, In, Out): what the taps that are seen add for each channel.</summary>
    private Variable Tables(Tape tape)
    {
        var flat = Reshape.Apply(Learnt(tape), [shape.Out, shape.In, shape.KernelArea]);
        var byTap = Permute.Apply(flat, 2, 1, 0); // (KH·KW, In, Out)
        return mask is null ? byTap : IndexSelect.Apply(byTap, axis: 0, seenIds);
    }

    private Variable WeightOn(Tape tape)
    {
        var its = Learnt(tape);
        return mask is null ? its : Multiply.Apply(its, tape.Constant(mask, "mask"));
    }

    /// <summary>(Out, In, KH, KW)</summary>
    private Variable Learnt(Tape tape)
    {
        var its = normalized?.On(tape) ?? tape.Watch(weight!);
        return its.Shape.Rank == 2 ? Reshape.Apply(its, [.. its.Shape, 1, 1]) : its;
    }

    /// <summary>The numbers of what is seen, and zeros.</summary>
    private Initializer Seen(Initializer initial) => mask is not { } its ? initial : (device, lengths, seed, stream) =>
    {
        using var all = initial(device, lengths, seed, stream);
        return Primitive.Zip("mask", all, its, default(Multiply));
    };

    private Variable? BiasOn(Tape tape) => bias is null ? null : tape.Watch(bias);
}
