using IlgpuVq.Tensors;

namespace IlgpuVq.Models;

/// <summary>Settings of whoever reads data, by which an error can be mended.</summary>
[Flags]
public enum DataSettings
{
    /// <summary>No setting: the message says what else to do.</summary>
    None = 0,

    /// <summary>The name or folder of a data set.</summary>
    Name = 1,

    /// <summary><c>train</c>, <c>test</c> or another part of a set.</summary>
    Split = 2,

    /// <summary>Images of a batch.</summary>
    Batch = 4,

    /// <summary>The folder that holds data sets.</summary>
    Root = 8,

    /// <summary>Whether files that are missing are fetched.</summary>
    Download = 16,

    /// <summary>What images are scaled to and cut.</summary>
    Size = 32,

    /// <summary>How many images of a set there are.</summary>
    Limit = 64,
}

/// <summary>An image, a data file, a data set or a download is missing, damaged or not what was asked for.</summary>
/// <remarks>The message is one line, <c>{Subject}: {Problem}. {Advice}</c>. A program whose user sets something under a name of
/// the program's own looks at <see cref="Settings"/>, and words subject and advice anew.</remarks>
public sealed class DataException : UserException
{
    private DataException(string subject, string problem, string advice, Exception? inner)
        : base(Line(subject, problem, advice), inner) => (Subject, Problem, Advice) = (subject, problem, advice);

    /// <summary>The file, data set or setting.</summary>
    public string Subject { get; }

    /// <summary>What is wrong with it: the rule, and what was found instead.</summary>
    public string Problem { get; }

    /// <summary>What to do; empty where the rule says it.</summary>
    public string Advice { get; }

    /// <summary>The caller's settings that <see cref="Subject"/> or <see cref="Advice"/> is about.</summary>
    public DataSettings Settings { get; private init; }

    /// <summary>Whether there is no such set, or no such part of it, and nothing else is wrong.</summary>
    public bool IsAbsent { get; private init; }

    /// <summary>Makes <c>{subject}: expected {rule}; got {actual}. {advice}</c>.</summary>
    /// <param name="subject">The file, data set or setting.</param>
    /// <param name="rule">What must hold.</param>
    /// <param name="actual">What was found instead.</param>
    /// <param name="advice">What to do, a whole sentence; empty where the rule says it.</param>
    /// <param name="inner">What made it known; null for nothing.</param>
    /// <param name="settings">The caller's settings that this is about.</param>
    public static DataException Expected(
        string subject,
        string rule,
        string actual,
        string advice = "",
        Exception? inner = null,
        DataSettings settings = DataSettings.None) =>
        new(subject, $"expected {rule}; got {actual}", advice, inner) { Settings = settings };

    /// <summary>The same for a set, or a part of one, that is not there.</summary>
    internal static DataException Absent(
        string subject, string rule, string actual, string advice, DataSettings settings = DataSettings.None) =>
        new(subject, $"expected {rule}; got {actual}", advice, inner: null) { IsAbsent = true, Settings = settings };

    /// <summary>The line in other words: those of a program whose user sets these things under its own names.</summary>
    /// <param name="subject">What stands for <see cref="Subject"/>.</param>
    /// <param name="advice">What stands for <see cref="Advice"/>.</param>
    public string Worded(string subject, string advice) => Line(subject, Problem, advice);

    /// <summary>The same about another subject: about the file that the user knows where this one is about a copy.</summary>
    public DataException About(string subject) =>
        new(subject, Problem, Advice, this) { IsAbsent = IsAbsent, Settings = Settings };

    /// <summary>A file that no mirror gave.</summary>
    internal static DataException NotFetched(string file, string failures, string advice) =>
        new(file, $"download failed ({failures})", advice, inner: null);

    private static string Line(string subject, string problem, string advice) =>
        advice.Length == 0 ? $"{subject}: {problem}." : $"{subject}: {problem}. {advice}";
}
