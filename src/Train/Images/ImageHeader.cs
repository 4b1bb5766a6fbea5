namespace IlgpuVq.Train.Images;

/// <summary>What the first bytes of an image file tell: its size, and whether it has colours or greys.</summary>
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
