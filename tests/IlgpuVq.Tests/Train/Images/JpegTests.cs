using IlgpuVq.Tests.Support;
using IlgpuVq.Train;
using IlgpuVq.Train.Images;
using Xunit;

namespace IlgpuVq.Tests.Train.Images;

public class JpegTests
{
    /// <summary>
    /// Two decoders that follow the standard differ in the rounding of the inverse DCT and of the upsampled chroma.
    /// </summary>
    private const int Tolerance = 3;

    [Fact]
    public void Every_reference_image_is_within_three_levels_of_its_PNG()
    {
        RequireLibrary();
        var folder = RealData.Require("images", "jpeg-reference", "reftest");
        var files = Directory.GetFiles(folder, "*.jpg", SearchOption.AllDirectories);
        Assert.True(files.Length > 30, $"{files.Length} files");
        foreach (var file in files)
        {
            var (image, expected) = (ImageFile.Load(file), ImageFile.Load(Path.ChangeExtension(file, ".png")));
            Assert.Equal((file, expected.Width, expected.Height), (file, image.Width, image.Height));
            Assert.Equal(new ImageHeader(image.Width, image.Height, image.IsColour), ImageFile.ReadHeader(file));
            var difference = Planes(image).Zip(Planes(expected), (a, b) => Math.Abs(a - b)).Max();
            Assert.True(difference <= Tolerance, $"{file}: differs by {difference}");
        }
    }

    [Theory]
    [InlineData("hubble_deep_field.jpg", 1000, 872)]
    [InlineData("retina.jpg", 1411, 1411)]
    [InlineData("rocket.jpg", 640, 427)]
    public void Photographs_decode_in_colour(string name, int width, int height)
    {
        RequireLibrary();
        var image = ImageFile.Load(RealData.Require("images", "photos", name));
        Assert.Equal((width, height, 3), (image.Width, image.Height, image.Channels));
    }

    [Fact]
    public void A_truncated_file_is_refused()
    {
        RequireLibrary();
        var file = RealData.Require("images", "photos", "truncated.jpg");
        AssertRefused(file, "expected a whole JPEG image");
    }

    [Fact]
    public void No_cut_of_a_real_file_is_accepted_or_crashes()
    {
        RequireLibrary();
        var whole = File.ReadAllBytes(RealData.Require("images", "jpeg-reference", "reftest", "mozilla", "jpg-size-33x33.jpg"));
        using var folder = new TemporaryFolder();
        for (var length = 0; length < whole.Length - 2; length += 7)
        {
            var file = folder.Write($"{length}.jpg", whole[..length]);
            Assert.Throws<DataException>(() => ImageFile.Load(file));
        }
    }

    [Fact]
    public void Changed_bytes_give_an_image_or_a_data_error()
    {
        RequireLibrary();
        var whole = File.ReadAllBytes(RealData.Require("images", "jpeg-reference", "reftest", "progressive-missing-dc.jpg"));
        using var folder = new TemporaryFolder();
        for (var at = 0; at < whole.Length; at++)
        {
            var changed = whole.ToArray();
            changed[at] ^= (byte)(1 << (at % 8));
            if (at % 3 == 0)
            {
                changed[at] = 0xFF;
            }

            var file = folder.Write("changed.jpg", changed);
            try
            {
                _ = ImageFile.Load(file);
            }
            catch (DataException error)
            {
                Assert.StartsWith(file + ": expected ", error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xD8, 0xFF }, "a JPEG file with a frame header")]
    [InlineData(new byte[] { 0xFF, 0xD8, 0xFF, 0xD9 }, "before the image data; got marker FFD9")]
    [InlineData(new byte[] { 0xFF, 0xD8, 0xFF, 0xE0, 0, 1 }, "segments of at least 2 bytes; got 1")]
    [InlineData(new byte[] { 0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0, 0, 0, 9, 1, 0, 0, 0 }, "a width and a height from 1")]
    [InlineData(new byte[] { 0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 255, 255, 255, 255, 1, 0, 0, 0 }, "got 65535×65535")]
    public void A_broken_header_is_refused(byte[] content, string reason)
    {
        RequireLibrary();
        using var folder = new TemporaryFolder();
        AssertRefused(folder.Write("broken.jpg", content), reason);
    }

    private static void AssertRefused(string file, string reason)
    {
        var error = Assert.Throws<DataException>(() => ImageFile.Load(file));
        Assert.StartsWith(file + ": ", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    private static byte[] Planes(DecodedImage image)
    {
        var planes = new byte[3 * image.Width * image.Height];
        image.CopyPlanes(channels: 3, planes);
        return planes;
    }

    private static void RequireLibrary()
    {
        Assert.SkipUnless(TurboJpeg.IsAvailable, "needs libturbojpeg (Debian: apt install libturbojpeg0)");
    }
}
