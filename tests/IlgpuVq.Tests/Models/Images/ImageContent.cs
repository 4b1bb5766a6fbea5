using IlgpuVq.Models.Images;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Models.Images;

/// <summary>What a file of images holds, without a file of its own.</summary>
internal static class ImageContent
{
    /// <summary>Reads it as a file; its header alone must say the same.</summary>
    public static DecodedImage Load(byte[] content)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("test.image", content);
        var image = ImageFile.Load(file);
        Assert.Equal(new ImageHeader(image.Width, image.Height, image.IsColour), ImageFile.ReadHeader(file));
        return image;
    }
}
