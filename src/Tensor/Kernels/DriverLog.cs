using System.Diagnostics;
using System.Text;

namespace IlgpuVq.Tensors.Kernels;

/// <summary>What drivers say while a kernel is built: ILGPU writes their logs to <see cref="Trace"/>
/// and throws an error code.</summary>
internal sealed class DriverLog : TraceListener
{
    private const int MaxLength = 2000;

    private readonly StringBuilder text = new();

    public DriverLog() => Trace.Listeners.Add(this);

    /// <summary>The log as the end of a message; empty where there was none.</summary>
    public string Text
    {
        get
        {
            var words = string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            return words.Length == 0 ? "" : $" The driver says: {(words.Length > MaxLength ? words[..MaxLength] + " …" : words)}";
        }
    }

    public override void Write(string? message) => text.Append(message);

    public override void WriteLine(string? message) => text.AppendLine(message);

    protected override void Dispose(bool disposing)
    {
        Trace.Listeners.Remove(this);
        base.Dispose(disposing);
    }
}
