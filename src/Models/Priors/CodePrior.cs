using IlgpuVq.Autograd;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Priors;

/// <summary>A prior of all codes of an image: a <see cref="GridPrior"/> for each grid, which knows the grids before it,
/// <c>p(all) = Π p(grid | class, grids before)</c>.</summary>
/// <remarks>The keys of a grid's prior lie below the grid's name.</remarks>
public sealed class CodePrior : Module
{
    /// <param name="scope">Where its keys lie.</param>
    /// <param name="options">What each grid's prior is made of.</param>
    /// <param name="grids">The grids in the order in which they are drawn, as <see cref="InOrder"/> gives them.</param>
    /// <param name="classes">Classes of images; 0 where they are not known.</param>
    public CodePrior(ModuleScope scope, PriorOptions options, IReadOnlyList<CodeLayout> grids, int classes)
        : base(scope)
    {
        (Layouts, Classes) = (grids, options.Conditional ? classes : 0);
        Grids = [.. grids.Select((layout, i) => AddChild(options.Build(
            scope.In(layout.Name), new PriorShape(layout, [.. grids.Take(i)], Classes))))];
    }

    /// <summary>The grids in the order in which they are drawn.</summary>
    public IReadOnlyList<CodeLayout> Layouts { get; }

    /// <summary>The prior of each.</summary>
    public IReadOnlyList<GridPrior> Grids { get; }

    /// <summary>Classes that it knows; 0 for none.</summary>
    public int Classes { get; }

    /// <summary>Grids in the order in which they are drawn: the coarser first, else as the model has them.</summary>
    public static IReadOnlyList<CodeLayout> InOrder(IEnumerable<CodeLayout> layouts) =>
        [.. layouts.OrderBy(layout => layout.Height * layout.Width)];

    /// <summary>The mean of −ln p of an index of each grid, in nats, ().</summary>
    /// <param name="tape">Where they are computed.</param>
    /// <param name="codes">The grids, in their order.</param>
    /// <param name="classes">(B); null for a prior that knows none.</param>
    /// <param name="context">The step's.</param>
    /// <exception cref="ShapeException">They are not what the prior is of.</exception>
    public IReadOnlyList<Variable> Losses(
        Tape tape, IReadOnlyList<CodeGrid> codes, Tensor<int>? classes, in StepContext context)
    {
        CheckCount(codes.Count);
        var losses = new Variable[Grids.Count];
        for (var i = 0; i < losses.Length; i++)
        {
            losses[i] = Grids[i].Loss(tape, codes[i].Ids, ConditionOf(codes, classes, i), context);
        }

        return losses;
    }

    /// <summary>How it does on each grid.</summary>
    /// <inheritdoc cref="Losses"/>
    public PriorScore[] Score(IReadOnlyList<CodeGrid> codes, Tensor<int>? classes)
    {
        CheckCount(codes.Count);
        return [.. Grids.Select((grid, i) => grid.Score(codes[i].Ids, ConditionOf(codes, classes, i)))];
    }

    /// <summary>Draws all grids of some images.</summary>
    /// <param name="count">Images.</param>
    /// <param name="classes">(count); null for a prior that knows none.</param>
    /// <param name="how">What is asked for of each grid: its condition is filled in.</param>
    /// <returns>The grids in their order, the caller's to dispose.</returns>
    public IReadOnlyList<CodeGrid> Sample(int count, Tensor<int>? classes, Func<CodeLayout, SampleRequest, SampleRequest> how)
    {
        var codes = new List<CodeGrid>();
        try
        {
            foreach (var grid in Grids)
            {
                var request = new SampleRequest(count, ConditionOf(codes, classes, codes.Count), new SamplingOptions());
                codes.Add(new CodeGrid(grid.Layout.Name, grid.Sample(how(grid.Layout, request)), grid.Layout.CodebookSizes));
            }

            return codes;
        }
        catch
        {
            codes.ForEach(grid => grid.Dispose());
            throw;
        }
    }

    private static PriorCondition ConditionOf(IReadOnlyList<CodeGrid> codes, Tensor<int>? classes, int grid) =>
        new(classes, [.. codes.Take(grid)]);

    private void CheckCount(int count)
    {
        if (count != Grids.Count)
        {
            throw new ShapeException(
                "prior", $"{Grids.Count} grids, {string.Join(", ", Layouts.Select(layout => layout.Name))}", $"{count}",
                "Give them in the order in which they are drawn.");
        }
    }
}
