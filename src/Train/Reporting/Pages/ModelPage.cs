using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Onnx;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Reporting.Pages;

/// <summary>One HTML page that is a model: it encodes a picture, shows the maps of its codes, lets a person paint codes, and
/// decodes them. It refers to nothing outside of itself: the ONNX files and what runs them lie in it.</summary>
internal static class ModelPage
{
    /// <summary>Bytes of an ONNX file at most: in a page it is one text, and browsers have texts of half a GiB.</summary>
    private const long LargestPart = 256L << 20;

    private static readonly string[] Parts = ["encoder", "quantizer", "decoder"];

    /// <param name="page">Gets the page.</param>
    /// <param name="title">Its title.</param>
    /// <param name="model">A model with codes.</param>
    /// <param name="files">Its files.</param>
    /// <param name="runtime">What runs them in a browser.</param>
    /// <param name="side">Pixels of a side of the images that the model learned from.</param>
    /// <exception cref="RunException">The model is too large for a page.</exception>
    public static void Write(
        Stream page, string title, Autoencoder model, IReadOnlyList<OnnxFile> files, WebRuntime runtime, int side)
    {
        OnnxFile[] parts = [.. Parts.Select(part => files.Single(file => file.Name == $"{part}.onnx"))];
        if (parts.FirstOrDefault(part => part.Length > LargestPart) is { } large)
        {
            throw new RunException(
                "page", $"parts of a model of at most {LargestPart} bytes", $"{large.Name} of {large.Length}",
                "Take --format onnx.");
        }

        var step = model.Options.Downsampling;
        var texts = new Dictionary<string, string>
        {
            ["title"] = ReportPage.Text(title),
            ["style"] = ReportPage.Resource("model.css"),
            ["script"] = ReportPage.Resource("model.js"),
            ["settings"] = JsonSerializer.Serialize(new
            {
                step,
                side,
                codebooks = model.Layouts(step, step).Select(layout => layout.CodebookSizes),
            }),
        };
        var halves = ReportPage.Resource("model.html").Split("{parts}");
        Append(halves[0]);
        Pack(page, "runtime", stream => stream.Write(runtime.Script));
        Pack(page, "wasm", stream => stream.Write(runtime.Binary));
        foreach (var (name, part) in Parts.Zip(parts))
        {
            Pack(page, name, part.WriteTo);
        }

        Append(halves[1]);

        void Append(string template) => page.Write(
            Encoding.UTF8.GetBytes(Regex.Replace(template, @"\{(\w+)\}", place => texts[place.Groups[1].Value])));
    }

    /// <summary>Bytes as gzip in base64, which no tag can end.</summary>
    private static void Pack(Stream page, string id, Action<Stream> write)
    {
        page.Write(Encoding.UTF8.GetBytes($"<script id=\"{id}\" type=\"text/plain\">"));
        using (var text = new CryptoStream(page, new ToBase64Transform(), CryptoStreamMode.Write, leaveOpen: true))
        using (var packed = new GZipStream(text, CompressionLevel.Optimal))
        {
            write(packed);
        }

        page.Write("</script>\n"u8);
    }
}
