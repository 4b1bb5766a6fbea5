using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Onnx;

/// <summary>A model, or a part of one, that has no form in ONNX.</summary>
public sealed class OnnxException : UserException
{
    private OnnxException(string rule, string got, string advice, bool isAboutSize)
        : base($"onnx: expected {rule}; got {got}. {advice}") => IsAboutSize = isAboutSize;

    /// <summary>Whether a form for images of one size may exist.</summary>
    internal bool IsAboutSize { get; }

    /// <summary>Of what cannot be written for any size of its inputs.</summary>
    internal static OnnxException AboutSize(string rule, string got) =>
        new(rule, got, "Choose another model or quantizer.", isAboutSize: true);

    /// <summary>Of what cannot be written at all.</summary>
    internal static OnnxException Of(string rule, string got, string advice = "Choose another model or quantizer.") =>
        new(rule, got, advice, isAboutSize: false);
}
