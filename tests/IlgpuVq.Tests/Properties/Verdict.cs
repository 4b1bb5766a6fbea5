using System.Collections;
using System.Runtime.CompilerServices;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Microsoft.FSharp.Core;
using Xunit.Sdk;

namespace IlgpuVq.Tests.Properties;

/// <summary>Holds properties and says, where one is broken, by which case and how to draw it again.</summary>
internal static class Verdict
{
    /// <summary>Holds a property that is no test of its own.</summary>
    public static void Hold(Property property, Replay? start = null) => Hold(
        Config.Quick.WithMaxTest(RandomCases.Count).WithReplay(start is null ? null : FSharpOption<Replay>.Some(start)),
        run => Check.One(run, property));

    /// <summary>Fails with the smallest case found that breaks the property.</summary>
    /// <param name="config">How many cases; from the start of this run unless it names another.</param>
    /// <param name="check">What FsCheck is asked to do with them.</param>
    public static void Hold(Config config, Action<Config> check)
    {
        var start = config.Replay?.Value ?? RandomCases.Start;
        var runner = new XunitRunner();
        try
        {
            check(config.WithReplay(FSharpOption<Replay>.Some(start)).WithRunner(runner));
        }
        catch (Exception exception)
        {
            throw new XunitException(
                $"a case could not be drawn: {exception.Message}\nRun it again with {Seed(start)}.", exception);
        }

        switch (runner.Result)
        {
            case TestResult.Failed failed:
                var why = (failed.Item4 as Outcome.Failed)?.Item;
                throw new XunitException(Message(failed, start, why?.Message ?? "is false"), why);
            case TestResult.Exhausted exhausted:
                throw new XunitException(
                    $"expected {config.MaxTest} cases; got {exhausted.Item.NumberOfTests}, and the others were rejected.");
        }
    }

    /// <summary>A case as it is printed: in its own words where it has any.</summary>
    public static string? Text(object? value) => value switch
    {
        ITuple tuple => $"({string.Join(", ", Enumerable.Range(0, tuple.Length).Select(i => Text(tuple[i])))})",
        byte[] bytes => Convert.ToHexString(bytes),
        Array or ICollection => ArgumentFormatter.Format(value),
        _ => value?.ToString(),
    };

    private static string Message(TestResult.Failed failed, Replay start, string why)
    {
        var (data, original, shrunk) = (failed.Item1, TextOf(failed.Item2), TextOf(failed.Item3));
        var from = data.NumberOfShrinks == 0 ? "" : $", shrunk {data.NumberOfShrinks} times from {original}";
        var again = start.Size is null
            ? $"{Seed(start)}, or alone with {Seed(new Replay(failed.Item6, FSharpOption<int>.Some(failed.Item7)))}"
            : Seed(start);
        return $"{shrunk}: {why}\nCase {data.NumberOfTests}{from}.\nRun it again with {again}.";
    }

    private static string Seed(Replay start) => $"{RandomCases.SeedVariable}={start.Rnd.Seed}"
        + (start.Size is null ? "" : $",{start.Rnd.Gamma},{start.Size.Value}");

    private static string TextOf(IEnumerable<object> arguments) => string.Join(", ", arguments.Select(Text));
}
