using IlgpuVq.Models.Data;
using IlgpuVq.Models.Images;

namespace IlgpuVq.Tests.Support;

/// <summary>A folder of a few drawn images in the splits train and test, for commands that go through a whole set.</summary>
internal static class ShapeFolder
{
    public const int Train = 12, Test = 6, Side = 32;

    /// <summary>Writes them.</summary>
    /// <returns>Where they are.</returns>
    public static string Write(TemporaryFolder folder)
    {
        foreach (var (split, count) in new[] { (DataSets.Train, Train), (DataSets.Test, Test) })
        {
            var data = DataSets.Open(DataSets.Shapes, new DataSetOptions { ShapeSize = Side, Split = split, Limit = count });
            var planes = new byte[data.ImageLength];
            for (var i = 0; i < count; i++)
            {
                data.Read(i, planes);
                ImageFile.Save(
                    folder["images", split, $"{i:D2}.png"], DecodedImage.OfPlanes(planes, data.Channels, Side, Side));
            }
        }

        return folder.At("images");
    }
}
