namespace IlgpuVq.Tensors;

/// <summary>Something that whoever called or typed it can mend. The message is one line: what was expected, what came, what to
/// do.</summary>
/// <remarks>All other exceptions are faults of the program, and end in a stack trace.</remarks>
public abstract class UserException : Exception
{
    /// <param name="message">The line.</param>
    /// <param name="inner">What made it known; null for nothing.</param>
    protected UserException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
