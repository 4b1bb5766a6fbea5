namespace IlgpuVq.Train;

/// <summary>An image, a data file, a data set or a download is missing, damaged or not what was asked for.</summary>
/// <remarks>The message is one line for the person at the terminal: what was expected, what was found, what to do.</remarks>
public sealed class DataException : Exception
{
    public DataException(string message)
        : base(message)
    {
    }

    public DataException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Builds <c>{subject}: expected {rule}; got {actual}. {advice}</c>.</summary>
    internal static DataException Expected(
        string subject, string rule, string actual, string advice = "", Exception? inner = null)
    {
        var message = $"{subject}: expected {rule}; got {actual}.";
        return new DataException(advice.Length == 0 ? message : $"{message} {advice}", inner);
    }
}
