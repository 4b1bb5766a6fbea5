using System.Security.Cryptography;
using IlgpuVq.Models;
using IlgpuVq.Models.Images;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Models.Images;

public class PngSuiteTests
{
    [Fact]
    public void Every_image_of_PngSuite_decodes_to_the_pixels_that_libpng_gives()
    {
        var folder = RealData.Require("images", "pngsuite");
        var golden = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Models", "Images", "Goldens", "pngsuite.txt"))
            .Select(line => line.Split(' '))
            .ToDictionary(fields => fields[0], fields => string.Join(' ', fields[1..]));
        var seen = 0;
        foreach (var file in Directory.EnumerateFiles(folder, "*.png").Where(file => !Path.GetFileName(file).StartsWith('x')))
        {
            var image = ImageFile.Load(file);
            var hash = Convert.ToHexStringLower(SHA256.HashData(image.Pixels));
            Assert.Equal((file, golden[Path.GetFileName(file)]), (file, $"{image.Width} {image.Height} {image.Channels} {hash}"));
            Assert.Equal(new ImageHeader(image.Width, image.Height, image.IsColour), ImageFile.ReadHeader(file));
            seen++;
        }

        Assert.Equal(golden.Count, seen);
    }

    [Theory]
    [InlineData("xc1n0g08", "expected PNG colour type 0, 2, 3, 4 or 6; got 1.")]
    [InlineData("xc9n2c08", "expected PNG colour type 0, 2, 3, 4 or 6; got 9.")]
    [InlineData("xcrn0g04", "expected the PNG signature")]
    [InlineData("xcsn0g01", "in IDAT; got ")]
    [InlineData("xd0n2c08", "expected a PNG bit depth that goes with colour type 2; got 0.")]
    [InlineData("xd3n2c08", "expected a PNG bit depth that goes with colour type 2; got 3.")]
    [InlineData("xd9n2c08", "expected a PNG bit depth that goes with colour type 2; got 99.")]
    [InlineData("xdtn0g01", "got IEND out of order.")]
    [InlineData("xhdn0g08", "in IHDR; got ")]
    [InlineData("xlfn0g04", "expected the PNG signature")]
    [InlineData("xs1n0g01", "expected a PNG, JPEG, BMP, GIF, WebP or TIFF image")]
    [InlineData("xs2n0g01", "expected a PNG, JPEG, BMP, GIF, WebP or TIFF image")]
    [InlineData("xs4n0g01", "expected a PNG, JPEG, BMP, GIF, WebP or TIFF image")]
    [InlineData("xs7n0g01", "expected the PNG signature")]
    public void Every_broken_file_of_PngSuite_is_refused_with_its_reason(string name, string reason)
    {
        var file = RealData.Require("images", "pngsuite", name + ".png");
        var error = Assert.Throws<DataException>(() => ImageFile.Load(file));
        Assert.StartsWith(file + ": ", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void No_broken_file_of_PngSuite_lacks_a_test()
    {
        var folder = RealData.Require("images", "pngsuite");
        var tested = typeof(PngSuiteTests).GetMethod(nameof(Every_broken_file_of_PngSuite_is_refused_with_its_reason))!
            .GetCustomAttributes(typeof(InlineDataAttribute), inherit: false)
            .Select(attribute => (string)((InlineDataAttribute)attribute).Data[0]!);
        Assert.Equal(Directory.EnumerateFiles(folder, "x*.png").Select(Path.GetFileNameWithoutExtension).Order(), tested.Order());
    }
}
