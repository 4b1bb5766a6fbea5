using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Autoencoders.Asymmetric;

/// <summary>Random masks of images: 1 in the rectangles that a decoder is to draw, 0 where the image is given.</summary>
/// <remarks>
/// <para>A rectangle lies between two random points of the image, and has the pixels whose middle lies within: a ninth of the
/// image in the mean. Some images have 1 everywhere, which is decoding without a mask.</para>
/// <para>Functions of the step's random numbers alone, made on the device, so that a recorded step draws others each time.</para>
/// </remarks>
internal static class RandomMask
{
    /// <summary>The masks (B, 1, H, W) of images (B, C, H, W).</summary>
    /// <param name="tape">Whose constant they are.</param>
    /// <param name="images">The shape of the images.</param>
    /// <param name="options">How many rectangles, and how many images without any.</param>
    /// <param name="random">The step's random numbers.</param>
    /// <param name="stream">Tells this use from others in the step; the four behind it are used too.</param>
    public static Variable Draw(Tape tape, Shape images, AsymmetricOptions options, RandomState random, ulong stream)
    {
        var (b, h, w, count) = (images[0], images[2], images[3], options.MaskRectangles);

        // (B, R, H, 1) · (B, R, 1, W) → (B, R, H, W), joined over the rectangles: (B, 1, H, W).
        var inside = Within(rows: true, stream + 1) * Within(rows: false, stream + 3);
        var joined = Max.Apply(inside, [1], keepDims: true);
        using var whole = random.Bernoulli([b, 1, 1, 1], (float)options.MaskWhole, stream);
        return Maximum.Apply(joined, tape.Constant(whole, "whole"));

        // 1 for the pixels between two random places along an axis, else 0.
        Variable Within(bool rows, ulong stream)
        {
            var length = rows ? h : w;
            using var middles = Middles(random.Device, rows ? [1, 1, length, 1] : [1, 1, 1, length], rows ? 2 : 3);
            using var start = random.Uniform([b, count, 1, 1], 0, length, stream);
            using var end = random.Uniform([b, count, 1, 1], 0, length, stream + 1);
            var x = tape.Constant(middles, "middles");
            return Relu.Apply(-Sign.Apply((x - tape.Constant(start, "start")) * (x - tape.Constant(end, "end"))));
        }
    }

    /// <summary>½, 1½, … along an axis.</summary>
    private static Tensor<float> Middles(Device device, Shape shape, int axis)
    {
        using var ones = Primitive.Fill(device, shape, 1);
        using var counted = Primitive.CumulativeSum(ones, axis);
        return Primitive.Map(counted, new Affine(1, -0.5f));
    }
}
