namespace IlgpuVq.Models.Images;

/// <summary>What the first bytes of an image file tell: its size, and whether it has colours or greys.</summary>
/// <param name="Width">Pixels of a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="IsColour">Red, green and blue rather than one grey.</param>
public readonly record struct ImageHeader(int Width, int Height, bool IsColour)
{
    /// <summary>Refuses sizes that no decoder here would allocate.</summary>
    internal static void CheckSize(string file, uint width, uint height)
    {
        if (width == 0 || height == 0 || width > int.MaxValue || height > int.MaxValue)
        {
            throw DataException.Expected(file, "a width and a height from 1 to 2³¹ − 1", $"{width}×{height}");
        }

        if ((ulong)width * height > DecodedImage.MaximumPixels)
        {
            throw DataException.Expected(
                file, $"at most {DecodedImage.MaximumPixels} pixels", $"{width}×{height}", "Resize the image.");
        }
    }
}
