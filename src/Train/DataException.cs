using IlgpuVq.Tensors;

namespace IlgpuVq.Train;

/// <summary>An image, a data file, a data set or a download is missing, damaged or not what was asked for.</summary>
/// <remarks>The message is one line for the person at the terminal: what was expected, what was found, what to do.</remarks>
public sealed class DataException : UserException
{
    public DataException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>Whether there is no such set, or no such part of it, and nothing else is wrong.</summary>
    public bool IsAbsent { get; private init; }

    /// <summary>Builds <c>{subject}: expected {rule}; got {actual}. {advice}</c>.</summary>
    internal static DataException Expected(
        string subject, string rule, string actual, string advice = "", Exception? inner = null) =>
        new(Line(subject, rule, actual, advice), inner);

    /// <summary>The same for a set, or a part of one, that is not there.</summary>
    internal static DataException Absent(string subject, string rule, string actual, string advice) =>
        new(Line(subject, rule, actual, advice)) { IsAbsent = true };

    private static string Line(string subject, string rule, string actual, string advice)
    {
        var message = $"{subject}: expected {rule}; got {actual}.";
        return advice.Length == 0 ? message : $"{message} {advice}";
    }
}
