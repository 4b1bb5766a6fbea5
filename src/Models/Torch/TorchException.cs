using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Torch;

/// <summary>A PyTorch checkpoint that breaks a rule of its format, holds what no checkpoint may, or cannot be read.</summary>
/// <remarks>The message is one line: the file, the rule, what was found, and what to do.</remarks>
public sealed class TorchException : UserException
{
    internal TorchException(string file, string expected, string actual, string advice, Exception? inner = null)
        : base($"{file}: expected {expected}; got {actual}. {advice}", inner)
    {
    }

    /// <summary>A file that is cut, changed or made to do harm.</summary>
    internal static TorchException Damaged(string file, string expected, string actual) =>
        new(file, expected, actual, "The file is damaged or no PyTorch checkpoint; fetch or save it again.");
}
