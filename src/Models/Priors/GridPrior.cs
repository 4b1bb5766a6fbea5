using IlgpuVq.Autograd;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Priors;

/// <summary>A model of the indices of one grid, <c>p(indices | class, coarser grids)</c>.</summary>
/// <param name="scope">Where its keys lie.</param>
/// <param name="shape">What it predicts, and what it knows.</param>
public abstract class GridPrior(ModuleScope scope, PriorShape shape) : Module(scope)
{
    /// <summary>What it predicts, and what it knows.</summary>
    public PriorShape Shape { get; } = shape;

    /// <summary>How the indices lie.</summary>
    public CodeLayout Layout => Shape.Layout;

    /// <summary>Whether <see cref="Score"/> tells −ln p of the indices, so that they can be coded by it; false where it measures
    /// something else, which is no bound of that either.</summary>
    public virtual bool IsLikelihood => true;

    /// <summary>The mean of −ln p of the indices that it is to predict, in nats, (): what training lowers.</summary>
    /// <param name="tape">Where it is computed.</param>
    /// <param name="ids">(B, L, h, w).</param>
    /// <param name="condition">What is known of the images.</param>
    /// <param name="context">The step's.</param>
    /// <exception cref="ShapeException">The indices are not of this grid, or the condition is not what the prior
    /// knows.</exception>
    public Variable Loss(Tape tape, Tensor<int> ids, PriorCondition condition, in StepContext context)
    {
        CheckShapes(ids, condition);
        return FindLoss(tape, ids, condition, context);
    }

    /// <summary>How it does on indices: see <see cref="PriorScore"/>.</summary>
    /// <inheritdoc cref="Loss"/>
    public PriorScore Score(Tensor<int> ids, PriorCondition condition)
    {
        CheckShapes(ids, condition);
        return FindScore(ids, condition);
    }

    /// <summary>Draws indices.</summary>
    /// <param name="request">How many, and how.</param>
    /// <returns>(B, L, h, w), the caller's to dispose.</returns>
    public Tensor<int> Sample(SampleRequest request)
    {
        request.Check(Shape);
        return Draw(request);
    }

    /// <inheritdoc cref="Loss"/>
    protected abstract Variable FindLoss(Tape tape, Tensor<int> ids, PriorCondition condition, in StepContext context);

    /// <inheritdoc cref="Score"/>
    protected abstract PriorScore FindScore(Tensor<int> ids, PriorCondition condition);

    /// <inheritdoc cref="Sample"/>
    protected abstract Tensor<int> Draw(SampleRequest request);

    private void CheckShapes(Tensor<int> ids, PriorCondition condition)
    {
        const string op = "prior";
        var layout = Layout;
        if (ids.Shape is not [var b, var l, var h, var w] || (l, h, w) != (layout.Levels, layout.Height, layout.Width))
        {
            throw new ShapeException(
                op, $"indices (B, {layout.Levels}, {layout.Height}, {layout.Width}) of grid {layout.Name}", $"{ids.Shape}",
                "Give those of Autoencoder.Encode.");
        }

        if ((condition.Classes is null) != (Shape.Classes == 0) || (condition.Classes is { } classes && classes.Shape != [b]))
        {
            throw new ShapeException(
                op, Shape.Classes == 0 ? "no classes, as it was built" : $"classes ({b}) from 0 to {Shape.Classes - 1}",
                condition.Classes is null ? "none" : $"{condition.Classes.Shape}");
        }

        if (!condition.Coarser.Select(grid => grid.Layout).SequenceEqual(Shape.Coarser) ||
            condition.Coarser.Any(grid => grid.Ids.Shape[0] != b))
        {
            throw new ShapeException(
                op, $"{b} each of grids {Names(Shape.Coarser)}", Names(condition.Coarser.Select(grid => grid.Layout)),
                "Give the grids that come before this one.");
        }

        static string Names(IEnumerable<CodeLayout> layouts)
        {
            var names = string.Join(", ", layouts.Select(layout => $"{layout.Name} {layout.Height}×{layout.Width}"));
            return names.Length > 0 ? names : "none";
        }
    }
}

/// <summary>How a prior does on indices that it is given.</summary>
/// <remarks>Of a prior that has no likelihood (<see cref="GridPrior.IsLikelihood"/>) it counts those that were hidden from it,
/// each given what it saw; an index may count several times.</remarks>
/// <param name="Nats">−ln p of them, summed.</param>
/// <param name="Right">Those that are the most probable of all codes.</param>
/// <param name="Count">How many there are.</param>
public readonly record struct PriorScore(double Nats, long Right, long Count)
{
    public static PriorScore operator +(PriorScore a, PriorScore b) => new(a.Nats + b.Nats, a.Right + b.Right, a.Count + b.Count);

    /// <summary>Nats of an index, its mean.</summary>
    public double NatsPerIndex => Nats / Count;

    /// <summary>The part of indices that are the most probable code.</summary>
    public double Accuracy => Right / (double)Count;
}
