using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tensors;

namespace IlgpuVq.Train.Training;

/// <summary>What a model makes of images and images of: numbers of some grids, as arrays of the host; indices (<c>int[]</c>) of a
/// model with a quantizer, latent numbers (<c>float[]</c>) of one without.</summary>
internal abstract class LatentForm
{
    /// <summary>That of a model.</summary>
    public static LatentForm Of(Autoencoder model) =>
        model is ContinuousAutoencoder continuous ? new Numbers(continuous) : new Indices(model);

    /// <summary>The grids of an image of that size.</summary>
    public abstract IReadOnlyList<GridLayout> Layouts(int height, int width);

    /// <summary>What images (B, C, H, W) become, an array for each grid.</summary>
    public abstract Array[] Encode(Tensor<float> images);

    /// <summary>Images (B, C, H, W) of what <see cref="Encode"/> gives.</summary>
    /// <param name="grids">An array for each grid.</param>
    /// <param name="shapes">(B, planes, h, w) of each.</param>
    public abstract Tensor<float> Decode(Array[] grids, Shape[] shapes);

    private sealed class Indices(Autoencoder model) : LatentForm
    {
        public override IReadOnlyList<GridLayout> Layouts(int height, int width) => model.Layouts(height, width);

        public override Array[] Encode(Tensor<float> images)
        {
            var grids = model.Encode(images);
            Array[] ids = [.. grids.Select(grid => grid.Ids.ToArray())];
            Dispose(grids);
            return ids;
        }

        public override Tensor<float> Decode(Array[] grids, Shape[] shapes)
        {
            var layouts = model.Layouts(model.Options.Downsampling, model.Options.Downsampling);
            CodeGrid[] codes = [.. layouts.Select((layout, i) => new CodeGrid(
                layout.Name, model.Device.From<int>((int[])grids[i], shapes[i]), layout.CodebookSizes))];
            var images = model.Decode(codes);
            Dispose(codes);
            return images;
        }

        private static void Dispose(IReadOnlyList<CodeGrid> grids)
        {
            foreach (var grid in grids)
            {
                grid.Dispose();
            }
        }
    }

    private sealed class Numbers(ContinuousAutoencoder model) : LatentForm
    {
        public override IReadOnlyList<GridLayout> Layouts(int height, int width) => [model.LatentLayout(height, width)];

        public override Array[] Encode(Tensor<float> images)
        {
            using var latents = model.EncodeLatents(images);
            return [latents.ToArray()];
        }

        public override Tensor<float> Decode(Array[] grids, Shape[] shapes)
        {
            using var latents = model.Device.From<float>((float[])grids[0], shapes[0]);
            return model.DecodeLatents(latents);
        }
    }
}
