using IlgpuVq.Models.Images;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Codes;

/// <summary>A folder that decoded images go to, each under its own name where a file of codes has names, else under its
/// number.</summary>
/// <remarks>All are PNG, whatever they were encoded from: <c>cat/1.jpg</c> becomes <c>cat/1.png</c>, and <c>cat/1.jpg.png</c>
/// where another image is to have that name.</remarks>
internal sealed class DecodedFiles
{
    private const string Extension = ".png";

    private readonly string folder;
    private readonly string[] paths;

    private DecodedFiles(string folder, string[] paths) => (this.folder, this.paths) = (folder, paths);

    /// <summary>Decides on all files, before any is written.</summary>
    /// <param name="folder">Where they go: a folder that is to be made, or an empty one.</param>
    /// <param name="path">The file of codes, for messages.</param>
    /// <param name="codes">The same, open.</param>
    /// <exception cref="RunException">Something is in the folder, or a name is none here.</exception>
    public static DecodedFiles In(string folder, string path, CodeStore codes)
    {
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            throw new RunException(
                folder, "a new folder or an empty one", File.Exists(folder) ? "a file" : "one with files in it",
                "Choose another with --folder.");
        }

        var (images, digits) = (codes.Header.Images, $"{codes.Header.Images - 1}".Length);
        string[] names = [.. Enumerable.Range(0, images).Select(
            image => codes.Records.Name(image) ?? image.ToString($"D{digits}", null))];
        var counts = names.CountBy(Plain).ToDictionary();
        var paths = names.Select(name => counts[Plain(name)] == 1 ? Plain(name) : name + Extension).ToArray();
        var taken = new HashSet<string>();
        for (var image = 0; image < images; image++)
        {
            if (names[image].Split('/').Any(part => part.IndexOfAny(Path.GetInvalidFileNameChars()) >= 0)
                || !taken.Add(paths[image]))
            {
                throw new RunException(
                    path, "names that files can have here, each once", $"the name of image {image}",
                    "Decode them to a picture with --output.");
            }
        }

        return new DecodedFiles(folder, paths);
    }

    /// <summary>Writes an image.</summary>
    /// <exception cref="RunException">The disk is full, or cannot be written.</exception>
    public void Save(int image, DecodedImage pixels)
    {
        var path = Path.Combine(folder, paths[image]);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Writing(path, exception);
        }

        PictureFile.Save(path, pixels);
    }

    private static string Plain(string name) => Path.ChangeExtension(name, Extension);
}
