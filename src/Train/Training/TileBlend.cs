namespace IlgpuVq.Train.Training;

/// <summary>Planes of tiles that share rows and columns with their neighbours, where they go over linearly from one to the
/// next.</summary>
/// <remarks>In the i-th of e shared rows, from 0, the tile above weighs 1 − (i + ½) / e and the one below (i + ½) / e; columns
/// likewise, and where four tiles meet weights are products. So they add up to 1 everywhere.</remarks>
/// <param name="height">Of the planes.</param>
/// <param name="width">Of the planes.</param>
/// <param name="overlap">Rows and columns that neighbours share, e.</param>
internal sealed class TileBlend(int height, int width, int overlap)
{
    /// <summary>A tile along one side.</summary>
    /// <param name="Start">Its first pixel.</param>
    /// <param name="Length">Its pixels.</param>
    /// <param name="Inner">The first pixel that is nearer to its middle than to its neighbours'.</param>
    /// <param name="InnerLength">How many are.</param>
    public readonly record struct Span(int Start, int Length, int Inner, int InnerLength);

    /// <summary>Pixels that neighbours share: a quarter of a tile, a multiple of the strides.</summary>
    public static int OverlapOf(int tile, int step) => Math.Max(tile / 4 / step, 1) * step;

    /// <summary>The tiles along a side. The last may be shorter.</summary>
    /// <param name="side">Pixels of the image.</param>
    /// <param name="tile">Pixels of a tile.</param>
    /// <param name="overlap">Pixels that neighbours share, at most half a tile.</param>
    /// <param name="step">What all but the last pixel of the image are multiples of.</param>
    public static IEnumerable<Span> Spans(int side, int tile, int overlap, int step)
    {
        var before = overlap / 2 / step * step;
        for (var start = 0; ; start += tile - overlap)
        {
            var end = Math.Min(start + tile, side);
            var inner = start == 0 ? 0 : start + before;
            var innerEnd = end == side ? side : end - overlap + before;
            yield return new Span(start, end - start, inner, innerEnd - inner);
            if (end == side)
            {
                yield break;
            }
        }
    }

    /// <summary>Adds a tile's part of the planes (N, height, width).</summary>
    /// <param name="tile">Its planes (N, h, w).</param>
    /// <param name="place">Where they lie.</param>
    /// <param name="planes">What is added to, zeros before the first tile.</param>
    public void Add(float[] tile, (int Top, int Left, int Height, int Width) place, float[] planes)
    {
        var rows = Weights(place.Top, place.Height, height);
        var columns = Weights(place.Left, place.Width, width);
        var count = tile.LongLength / ((long)place.Height * place.Width);
        for (var plane = 0L; plane < count; plane++)
        {
            for (var y = 0; y < place.Height; y++)
            {
                var source = (plane * place.Height + y) * place.Width;
                var target = (plane * height + place.Top + y) * width + place.Left;
                for (var x = 0; x < place.Width; x++)
                {
                    planes[target + x] += rows[y] * columns[x] * tile[source + x];
                }
            }
        }
    }

    /// <summary>The weight of each row, or column, of a tile.</summary>
    private float[] Weights(int start, int length, int side)
    {
        var weights = new float[length];
        for (var i = 0; i < length; i++)
        {
            var rising = start == 0 ? 1 : Math.Min(1, (i + 0.5f) / overlap);
            var falling = start + length == side ? 1 : Math.Min(1, (length - i - 0.5f) / overlap);
            weights[i] = rising * falling;
        }

        return weights;
    }
}
