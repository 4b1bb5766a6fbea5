using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Codes;
using IlgpuVq.Train.Memory;
using IlgpuVq.Train.Profiling;

namespace IlgpuVq.Train.Training;

/// <summary>Images of one size through a model that is used rather than trained, in as little memory as <see cref="ImageBatch"/>
/// allows.</summary>
/// <remarks>
/// <para>Sides that the strides do not divide go through <see cref="StridePadding"/>.</para>
/// <para>An image that is too large by itself goes in tiles, where the model's <see cref="Autoencoder.Reach"/> says how much of
/// its surroundings a tile must bring: codes and pixels are those of the whole image, but for rounding.</para>
/// <para>Where each pixel depends on all others, tiles of a size that was asked for share a quarter of their sides with their
/// neighbours. There latent numbers and pixels go over linearly from one tile to the next (<see cref="TileBlend"/>); indices are
/// those of the nearer tile.</para>
/// </remarks>
internal sealed class ImagePass
{
    private readonly Autoencoder model;
    private readonly LatentForm form;
    private readonly (int Height, int Width) size, padded;
    private readonly int tile, surroundings, overlap;

    /// <param name="model">The model.</param>
    /// <param name="height">Of the images.</param>
    /// <param name="width">Of the images.</param>
    /// <param name="tile">Side of a tile without its surroundings, a multiple of <see cref="AutoencoderOptions.Downsampling"/>;
    /// null for one that memory allows.</param>
    public ImagePass(Autoencoder model, int height, int width, int? tile = null)
    {
        this.model = model;
        form = LatentForm.Of(model);
        size = (height, width);
        padded = StridePadding.SizeOf(model.Options, height, width);
        surroundings = StridePadding.SizeOf(model.Options, model.Reach ?? 0, 0).Height;
        this.tile = tile ?? ImageBatch.TileOf(model, padded.Height, padded.Width) ?? Math.Max(padded.Height, padded.Width);
        overlap = model.Reach is null && IsTiled ? TileBlend.OverlapOf(this.tile, model.Options.Downsampling) : 0;
        Layouts = form.Layouts(padded.Height, padded.Width);
    }

    /// <summary>How the numbers that an image becomes lie: a <see cref="CodeLayout"/> for indices.</summary>
    public IReadOnlyList<GridLayout> Layouts { get; }

    /// <summary>Whether an image takes several passes.</summary>
    private bool IsTiled => tile < Math.Max(padded.Height, padded.Width);

    /// <summary>Images at once, from 1 to <paramref name="most"/>.</summary>
    public int AtOnce(int most) =>
        IsTiled ? 1 : ImageBatch.Of(model.Options, padded.Height, padded.Width, most);

    /// <summary>What images (B, C, H, W) in [−0.5, 0.5] become, for each grid (B, planes, h, w): indices (<c>int[]</c>), or
    /// latent numbers (<c>float[]</c>) of a model without codes.</summary>
    public Array[] Encode(float[] images)
    {
        using var job = model.Device.BeginJob("encode");
        var planes = StridePadding.Pad(images, size, padded);
        var count = planes.Length / (model.Options.Channels * padded.Height * padded.Width);
        var grids = new Array?[Layouts.Count];
        foreach (var (inner, outer) in Tiles())
        {
            using var x = model.Device.From<float>(
                (float[])outer.Of(planes, padded.Height, padded.Width),
                [count, model.Options.Channels, outer.Height, outer.Width]);
            var parts = form.Encode(x);
            for (var i = 0; i < parts.Length; i++)
            {
                var layout = Layouts[i];
                var whole = grids[i] ??= Array.CreateInstance(
                    parts[i].GetType().GetElementType()!, count * layout.NumbersPerImage);
                if (overlap > 0 && parts[i] is float[] numbers)
                {
                    BlendOf(layout.Height, layout.Width).Add(numbers, On(outer, layout).Place, (float[])whole);
                    continue;
                }

                On(inner.Within(outer), layout).Copy(
                    parts[i], On(outer, layout).Size, On(inner, layout), whole, (layout.Height, layout.Width));
            }
        }

        return grids!;
    }

    /// <summary>Images (B, C, H, W) of indices or latent numbers as <see cref="Encode"/> gives them.</summary>
    public float[] Decode(Array[] grids)
    {
        using var job = model.Device.BeginJob("decode");
        var count = grids[0].Length / Layouts[0].NumbersPerImage;
        var planes = new float[(long)count * model.Options.Channels * padded.Height * padded.Width];
        foreach (var (inner, outer) in Tiles())
        {
            Rectangle[] places = [.. Layouts.Select(layout => On(outer, layout))];
            Array[] parts = [.. Layouts.Select((layout, i) => places[i].Of(grids[i], layout.Height, layout.Width))];
            Shape[] shapes = [.. Layouts.Select((layout, i) => Shape.Create(
                [count, layout.Planes, places[i].Height, places[i].Width]))];
            using var images = form.Decode(parts, shapes);
            if (overlap > 0)
            {
                BlendOf(padded.Height, padded.Width).Add(images.ToArray(), outer.Place, planes);
                continue;
            }

            inner.Within(outer).Copy(images.ToArray(), outer.Size, inner, planes, padded);
        }

        return StridePadding.Cut(planes, padded, size);
    }

    /// <summary>The divergence of the latent numbers of images (B, C, H, W) from N(0, 1), in nats, summed; 0 for a model where
    /// they have no distribution.</summary>
    public double Divergence(float[] images)
    {
        if (model is not GaussianAutoencoder gaussian)
        {
            return 0;
        }

        using var job = model.Device.BeginJob("divergence");
        var planes = StridePadding.Pad(images, size, padded);
        var channels = model.Options.Channels;
        using var x = model.Device.From<float>(
            planes, [planes.Length / (channels * padded.Height * padded.Width), channels, padded.Height, padded.Width]);
        using var tape = new Tape(model.Device, recording: false);
        return gaussian.Posterior(tape.Constant(x), StepContext.Inference).Kl().Value.ToArray().Sum(each => (double)each);
    }

    /// <summary>The latent pixels of a part of the image.</summary>
    private Rectangle On(Rectangle part, GridLayout layout) => new(
        part.Top * layout.Height / padded.Height, part.Left * layout.Width / padded.Width,
        part.Height * layout.Height / padded.Height, part.Width * layout.Width / padded.Width);

    /// <summary>How tiles become planes of that size.</summary>
    private TileBlend BlendOf(int height, int width) => new(height, width, overlap * height / padded.Height);

    /// <summary>Each tile, without and with its surroundings, or what it shares.</summary>
    private IEnumerable<(Rectangle Inner, Rectangle Outer)> Tiles()
    {
        if (overlap > 0)
        {
            foreach (var rows in TileBlend.Spans(padded.Height, tile, overlap, model.Options.Downsampling))
            {
                foreach (var columns in TileBlend.Spans(padded.Width, tile, overlap, model.Options.Downsampling))
                {
                    yield return (
                        new Rectangle(rows.Inner, columns.Inner, rows.InnerLength, columns.InnerLength),
                        new Rectangle(rows.Start, columns.Start, rows.Length, columns.Length));
                }
            }

            yield break;
        }

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

        public (int Top, int Left, int Height, int Width) Place => (Top, Left, Height, Width);

        public Rectangle Within(Rectangle outer) => this with { Top = Top - outer.Top, Left = Left - outer.Left };

        public Rectangle Grow(int pixels, (int Height, int Width) limit)
        {
            var (top, left) = (Math.Max(0, Top - pixels), Math.Max(0, Left - pixels));
            var (bottom, right) = (Math.Min(limit.Height, Top + Height + pixels), Math.Min(limit.Width, Left + Width + pixels));
            return new Rectangle(top, left, bottom - top, right - left);
        }

        /// <summary>This part of planes (N, h, w).</summary>
        public Array Of(Array planes, int height, int width)
        {
            if (this == new Rectangle(0, 0, height, width))
            {
                return planes;
            }

            var part = Array.CreateInstance(
                planes.GetType().GetElementType()!, planes.LongLength / ((long)height * width) * Height * Width);
            Copy(planes, (height, width), new Rectangle(0, 0, Height, Width), part, Size);
            return part;
        }

        /// <summary>Copies this part of planes to a part as large of others.</summary>
        public void Copy(Array source, (int Height, int Width) from, Rectangle place, Array target, (int Height, int Width) to)
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
