using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Train.Codes;
using IlgpuVq.Train.Memory;

namespace IlgpuVq.Train.Training;

/// <summary>Images of one size through a model that is used rather than trained, in as little memory as <see cref="ImageBatch"/>
/// allows.</summary>
/// <remarks>
/// <para>Sides that the strides do not divide go through <see cref="StridePadding"/>.</para>
/// <para>An image that is too large by itself goes in tiles, where the model's <see cref="Autoencoder.Reach"/> says how much of
/// its surroundings a tile must bring: codes and pixels are those of the whole image, but for rounding.</para>
/// </remarks>
internal sealed class ImagePass
{
    private readonly Autoencoder model;
    private readonly (int Height, int Width) size, padded;
    private readonly int tile, surroundings;

    /// <param name="model">The model.</param>
    /// <param name="height">Of the images.</param>
    /// <param name="width">Of the images.</param>
    /// <param name="tile">Side of a tile without its surroundings; null for one that memory allows.</param>
    public ImagePass(Autoencoder model, int height, int width, int? tile = null)
    {
        this.model = model;
        size = (height, width);
        padded = StridePadding.SizeOf(model.Options, height, width);
        surroundings = StridePadding.SizeOf(model.Options, model.Reach ?? 0, 0).Height;
        this.tile = tile ?? ImageBatch.TileOf(model, padded.Height, padded.Width) ?? Math.Max(padded.Height, padded.Width);
        Layouts = model.Layouts(padded.Height, padded.Width);
    }

    /// <summary>How the indices of an image lie.</summary>
    public IReadOnlyList<CodeLayout> Layouts { get; }

    /// <summary>Whether an image takes several passes.</summary>
    private bool IsTiled => tile < Math.Max(padded.Height, padded.Width);

    /// <summary>Images at once, from 1 to <paramref name="most"/>.</summary>
    public int AtOnce(int most) =>
        IsTiled ? 1 : ImageBatch.Of(model.Options, padded.Height, padded.Width, most);

    /// <summary>The indices of images (B, C, H, W) in [−0.5, 0.5], for each grid (B, L, h, w).</summary>
    public int[][] Encode(float[] images)
    {
        var planes = StridePadding.Pad(images, size, padded);
        var count = planes.Length / (model.Options.Channels * padded.Height * padded.Width);
        int[][] ids = [.. Layouts.Select(layout => new int[count * layout.IndicesPerImage])];
        foreach (var (inner, outer) in Tiles())
        {
            using var x = model.Device.From<float>(
                outer.Of(planes, padded.Height, padded.Width), [count, model.Options.Channels, outer.Height, outer.Width]);
            var grids = model.Encode(x);
            for (var i = 0; i < grids.Count; i++)
            {
                using var grid = grids[i];
                var layout = Layouts[i];
                On(inner.Within(outer), layout).Copy(
                    grid.Ids.ToArray(), On(outer, layout).Size, On(inner, layout), ids[i], (layout.Height, layout.Width));
            }
        }

        return ids;
    }

    /// <summary>Images (B, C, H, W) of indices as <see cref="Encode"/> gives them.</summary>
    public float[] Decode(int[][] ids)
    {
        var count = ids[0].Length / Layouts[0].IndicesPerImage;
        var planes = new float[(long)count * model.Options.Channels * padded.Height * padded.Width];
        foreach (var (inner, outer) in Tiles())
        {
            CodeGrid[] grids = [.. Layouts.Select((layout, i) => Grid(layout, ids[i], count, outer))];
            using var images = model.Decode(grids);
            Array.ForEach(grids, grid => grid.Dispose());
            inner.Within(outer).Copy(images.ToArray(), outer.Size, inner, planes, padded);
        }

        return StridePadding.Cut(planes, padded, size);
    }

    private CodeGrid Grid(CodeLayout layout, int[] ids, int count, Rectangle outer)
    {
        var part = On(outer, layout);
        return new CodeGrid(
            layout.Name,
            model.Device.From<int>(
                part.Of(ids, layout.Height, layout.Width), [count, layout.Levels, part.Height, part.Width]),
            layout.CodebookSizes);
    }

    /// <summary>The indices of a part of the image.</summary>
    private Rectangle On(Rectangle part, CodeLayout layout) => new(
        part.Top * layout.Height / padded.Height, part.Left * layout.Width / padded.Width,
        part.Height * layout.Height / padded.Height, part.Width * layout.Width / padded.Width);

    /// <summary>Each tile, without and with its surroundings.</summary>
    private IEnumerable<(Rectangle Inner, Rectangle Outer)> Tiles()
    {
        for (var top = 0; top < padded.Height; top += tile)
        {
            for (var left = 0; left < padded.Width; left += tile)
            {
                var inner = new Rectangle(
                    top, left, Math.Min(tile, padded.Height - top), Math.Min(tile, padded.Width - left));
                yield return (inner, inner.Grow(surroundings, padded));
            }
        }
    }

    /// <summary>A part of planes.</summary>
    private readonly record struct Rectangle(int Top, int Left, int Height, int Width)
    {
        public (int Height, int Width) Size => (Height, Width);

        public Rectangle Within(Rectangle outer) => this with { Top = Top - outer.Top, Left = Left - outer.Left };

        public Rectangle Grow(int pixels, (int Height, int Width) limit)
        {
            var (top, left) = (Math.Max(0, Top - pixels), Math.Max(0, Left - pixels));
            var (bottom, right) = (Math.Min(limit.Height, Top + Height + pixels), Math.Min(limit.Width, Left + Width + pixels));
            return new Rectangle(top, left, bottom - top, right - left);
        }

        /// <summary>This part of planes (N, h, w).</summary>
        public T[] Of<T>(T[] planes, int height, int width)
        {
            if (this == new Rectangle(0, 0, height, width))
            {
                return planes;
            }

            var part = new T[planes.LongLength / ((long)height * width) * Height * Width];
            Copy(planes, (height, width), new Rectangle(0, 0, Height, Width), part, Size);
            return part;
        }

        /// <summary>Copies this part of planes to a part as large of others.</summary>
        public void Copy<T>(T[] source, (int Height, int Width) from, Rectangle place, T[] target, (int Height, int Width) to)
        {
            var count = source.LongLength / ((long)from.Height * from.Width);
            for (var plane = 0L; plane < count; plane++)
            {
                for (var y = 0; y < Height; y++)
                {
                    Array.Copy(
                        source, (plane * from.Height + Top + y) * from.Width + Left,
                        target, (plane * to.Height + place.Top + y) * to.Width + place.Left, Width);
                }
            }
        }
    }
}
