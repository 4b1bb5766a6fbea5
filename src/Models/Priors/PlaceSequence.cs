using IlgpuVq.Autograd;

namespace IlgpuVq.Models.Priors;

/// <summary>Images of a grid's places (B, C, h, w) as sequences (B, T, C), row by row, and back.</summary>
internal static class PlaceSequence
{
    /// <summary>(B, h·w, C) of x (B, C, h, w).</summary>
    public static Variable Of(Variable x)
    {
        var (b, c, places) = (x.Shape[0], x.Shape[1], x.Shape[2] * x.Shape[3]);
        return places == 1
            ? Reshape.Apply(x, [b, 1, c])
            : Permute.Apply(Reshape.Apply(x, [b, c, places]), 0, 2, 1);
    }

    /// <summary>(B, C, h, w) of x (B, h·w, C).</summary>
    public static Variable ToGrid(Variable x, int h, int w)
    {
        var (b, c) = (x.Shape[0], x.Shape[2]);
        return h * w == 1
            ? Reshape.Apply(x, [b, c, 1, 1])
            : Reshape.Apply(Permute.Apply(x, 0, 2, 1), [b, c, h, w]);
    }
}
