namespace IlgpuVq.Tests.Ptx.Syntax;

/// <summary>PTX that the driver would refuse: one line of the log per error.</summary>
internal sealed class PtxException : Exception
{
    public PtxException(int line, string message)
        : this([$"line {line}: {message}"])
    {
    }

    public PtxException(IReadOnlyList<string> errors)
        : base(string.Join('\n', errors)) => Errors = errors;

    public IReadOnlyList<string> Errors { get; }
}
