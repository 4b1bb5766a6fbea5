using IlgpuVq.Autograd;

namespace IlgpuVq.Models.Priors.Transformer;

/// <summary>A learned vector for each place of a grid: the sum of one for its row and one for its column.</summary>
/// <remarks>So a grid costs h + w vectors rather than h·w, and each is learnt from many places. Keys <c>rows</c> (h, C) and
/// <c>columns</c> (w, C), from N(0, 1).</remarks>
public sealed class GridPositions : Module
{
    private readonly Parameter rows, columns;

    /// <param name="scope">Where its keys lie.</param>
    /// <param name="height">h.</param>
    /// <param name="width">w.</param>
    /// <param name="channels">C.</param>
    public GridPositions(ModuleScope scope, int height, int width, int channels)
        : base(scope)
    {
        rows = AddParameter("rows", [height, channels], Initializers.Normal(1));
        columns = AddParameter("columns", [width, channels], Initializers.Normal(1));
    }

    /// <summary>The vectors (1, h·w, C), row by row.</summary>
    public Variable On(Tape tape)
    {
        var (r, c) = (tape.Watch(rows), tape.Watch(columns));
        var (h, w, channels) = (r.Shape[0], c.Shape[0], r.Shape[1]);
        return Reshape.Apply(Reshape.Apply(r, [h, 1, channels]) + c, [1, h * w, channels]);
    }
}
