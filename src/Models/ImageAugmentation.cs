using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models;

/// <summary>What training changes at random of an image each time that it is trained on: its place, its side, its
/// colours.</summary>
/// <remarks>
/// <para>In this order: a mirror image with probability 1/2 and a shift by −N to N pixels along each axis, as likely each, where
/// the pixels at the edges are repeated (<see cref="Primitive.FlipShift"/>); brightness, contrast and saturation by factors from
/// 1 − strength to 1 + strength, as likely each (<see cref="Primitive.ColourJitter"/>).</para>
/// <para>All that is random is eight numbers of an image, the words of two blocks of <see cref="Philox"/> under the run's seed:
/// mirror, columns, rows, brightness; contrast, saturation, and two that nothing takes. The number of the reading, over all steps
/// of the run, says which blocks. So a change depends on nothing else, and one that is off takes none from another.</para>
/// </remarks>
public sealed record ImageAugmentation
{
    private const int NumbersOfReading = 8;

    /// <summary>Marks these random numbers among those of other uses of the same seed.</summary>
    private const ulong Stream = 0x4155474D_00000000; // "AUGM"

    /// <summary>Whether half of the readings are of the mirror image, left for right.</summary>
    [Option("mirror an image left to right half of the times that it is trained on")]
    public bool Flip { get; init; }

    /// <summary>Pixels N that a reading is shifted by at the most, along each axis.</summary>
    [Option("pixels that an image is shifted by at the most, along each axis, each time that it is trained on; the pixels at its "
        + "edges are repeated; 0: none")]
    public int Shift { get; init; }

    /// <summary>How far the factor of brightness is from 1 at the most, from 0 to 1.</summary>
    [Option("how far the factor of an image's brightness is from 1 at the most, each time that it is trained on; 0: as it is")]
    public double Brightness { get; init; }

    /// <summary>How far the factor of contrast is from 1 at the most, from 0 to 1.</summary>
    [Option("how far the factor of an image's contrast is from 1 at the most, each time that it is trained on; 0: as it is")]
    public double Contrast { get; init; }

    /// <summary>How far the factor of saturation is from 1 at the most, from 0 to 1.</summary>
    [Option("how far the factor of an image's saturation is from 1 at the most, each time that it is trained on; 0: as it is")]
    public double Saturation { get; init; }

    /// <summary>Whether all images stay as they are.</summary>
    internal bool IsNone => this == new ImageAugmentation();

    /// <exception cref="OptionException">A value is outside of its range.</exception>
    public void Validate()
    {
        Check.That("shift", "a whole number from 0 to 16384", Shift, Shift is >= 0 and <= 1 << 14);
        CheckStrength("brightness", Brightness);
        CheckStrength("contrast", Contrast);
        CheckStrength("saturation", Saturation);

        static void CheckStrength(string option, double value) =>
            Check.That(option, "a number from 0 to 1", value, value is >= 0 and <= 1);
    }

    /// <summary>The images of a step as training sees them, on the device: new ones, or the same where nothing is
    /// changed.</summary>
    /// <remarks>May be recorded: a replay draws the numbers of its own step. Nothing of it has a gradient.</remarks>
    /// <param name="images">(B, C, H, W), −0.5 … 0.5, as many in each step; of 1 or 3 channels where colours change. They stay
    /// as they are.</param>
    /// <param name="random">Image b of step s is reading s·B + b of the run.</param>
    /// <exception cref="ShapeException">The images have another shape.</exception>
    public Tensor<float> Apply(Tensor<float> images, RandomState random)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(random);
        if (IsNone)
        {
            return images.Share();
        }

        using var u = random.UniformOfRun([images.Shape is [var b, ..] ? b : 0, NumbersOfReading], 0, 1, Stream);
        using var moved = Flip || Shift > 0 ? Primitive.FlipShift(images, u, Flip, Shift) : images.Share();
        var strengths = new ColourJitterParams((float)Brightness, (float)Contrast, (float)Saturation);
        return strengths == default ? moved.Share() : Primitive.ColourJitter(moved, u, strengths);
    }
}
