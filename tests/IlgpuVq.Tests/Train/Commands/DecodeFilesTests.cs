using IlgpuVq.Models.Images;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Codes;
using IlgpuVq.Train.Runs;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train.Commands;

/// <summary>Images that decode writes one by one.</summary>
public sealed class DecodeFilesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Each_image_gets_the_name_that_it_was_encoded_under_and_the_pixels_of_the_picture()
    {
        var (run, codes, images) = (folder.At("run"), folder.At("codes"), folder.At("decoded"));
        string[] names = ["a.bmp", "a.png", "b.bmp", "deep/c.png"];
        for (var i = 0; i < names.Length; i++)
        {
            var pixels = new byte[96 * 96 * 3]; // as large as in a picture
            new Random(i).NextBytes(pixels);
            ImageFile.Save(folder[["data", "x", .. names[i].Split('/')]], new DecodedImage(96, 96, 3, pixels));
        }

        Assert.Equal(0, Invoke(["train", "--steps", "1", "--run", run, .. Tiny]).Code);
        Assert.Equal(0, Invoke("encode", "--run", run, "--input", folder.At("data"), "--output", codes).Code);
        var (code, said, errors) = Invoke("decode", "--run", run, "--input", codes, "--folder", images);
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains($"wrote {images}: 4 of 4 images\n", said, StringComparison.Ordinal);
        Assert.Equal(["x/a.bmp.png", "x/a.png.png", "x/b.png", "x/deep/c.png"], Files(images));

        Assert.Equal(0, Invoke("decode", "--run", run, "--input", codes, "--output", folder.At("grid.png")).Code);
        var grid = ImageFile.Load(folder.At("grid.png"));
        Assert.Equal(ImageFile.Load(Path.Combine(images, "x", "a.bmp.png")).Pixels, grid.Cut(2, 2, 96, 96).Pixels);
        Assert.Equal(ImageFile.Load(Path.Combine(images, "x", "a.png.png")).Pixels, grid.Cut(100, 2, 96, 96).Pixels);

        Directory.CreateDirectory(folder.At("last"));
        Assert.Equal(
            0, Invoke("decode", "--run", run, "--input", codes, "--folder", folder.At("last"), "--first", "2").Code);
        Assert.Equal(["x/b.png", "x/deep/c.png"], Files(folder.At("last")));
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(images, "x", "b.png")), File.ReadAllBytes(folder["last", "x", "b.png"]));

        AssertFails(
            $"{images}: expected a new folder or an empty one; got one with files in it. Choose another with --folder.",
            "decode", "--run", run, "--input", codes, "--folder", images);
        AssertFails(
            $"{codes}: expected a new folder or an empty one; got a file.", "decode", "--run", run, "--input", codes, "--folder",
            codes);
        AssertFails(
            "--output: expected a picture to write, or --folder for a file of each image; got none. See: ", "decode", "--run",
            run, "--input", codes);
        AssertFails(
            "--output: expected a picture to write, or --folder for a file of each image; got both. See: ", "decode", "--run",
            run, "--input", codes, "--output", folder.At("grid.png"), "--folder", folder.At("new"));
    }

    [Fact]
    public void Without_names_images_have_numbers()
    {
        var (run, codes, images) = (folder.At("run"), folder.At("codes"), folder.At("decoded"));
        Assert.Equal(0, Invoke(["train", "--steps", "1", "--run", run, .. Tiny]).Code);
        Assert.Equal(0, Invoke("encode", "--run", run, "--input", "shapes", "--output", codes).Code);
        Assert.Equal(
            0, Invoke("decode", "--run", run, "--input", codes, "--folder", images, "--first", "3990").Code);
        Assert.Equal(Enumerable.Range(3990, 10).Select(image => $"{image}.png"), Files(images));
    }

    [Fact]
    public void A_name_that_stands_twice_or_that_no_file_can_have_here_is_refused_before_anything_is_written()
    {
        var path = folder.At("codes");
        Refused(2, "a.jpg", "b", "a.jpg");
        Refused(1, "a", OperatingSystem.IsWindows() ? "x:y" : "a", "b");

        void Refused(int image, params string[] names)
        {
            var header = new CodeStoreHeader(3, 1, 4, 8, new string('a', 64), [new CodeLayout("codes", 1, 2, [5])]);
            CodeStore.Write(path, header, [[new int[6]]], ImageRecords.Create(path, 3, [], [], names));
            using var codes = CodeStore.Open(path);
            Assert.StartsWith(
                $"{path}: expected names that files can have here, each once; got the name of image {image}. Decode them",
                Assert.Throws<RunException>(() => DecodedFiles.In(folder.At("new"), path, codes)).Message,
                StringComparison.Ordinal);
            Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
        }
    }

    private static IEnumerable<string> Files(string root) =>
        Directory.GetFiles(root, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/'))
            .Order(StringComparer.Ordinal);
}
