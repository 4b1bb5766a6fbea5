using IlgpuVq.Models;
using IlgpuVq.Models.Images;

namespace IlgpuVq.Train.Runs;

/// <summary>Pictures that replace earlier ones only when they are whole.</summary>
internal static class PictureFile
{
    /// <summary>Writes a picture in the format of its name, over what is there.</summary>
    /// <exception cref="DataException">The name is of no known format, or the image does not go into it.</exception>
    /// <exception cref="RunException">The file cannot be written.</exception>
    public static void Save(string path, DecodedImage image) => AtomicFile.WriteByName(path, temporary =>
    {
        try
        {
            ImageFile.Save(temporary, image);
        }
        catch (DataException exception) when (exception.InnerException is IOException or UnauthorizedAccessException)
        {
            throw RunException.Writing(path, exception.InnerException);
        }
        catch (DataException exception)
        {
            throw exception.About(path);
        }
    });
}
