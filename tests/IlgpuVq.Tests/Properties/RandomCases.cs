using System.Globalization;
using System.Security.Cryptography;
using FsCheck;
using Microsoft.FSharp.Core;
using Xunit;

namespace IlgpuVq.Tests.Properties;

/// <summary>How many random cases every property is held on, and where they start.</summary>
internal static class RandomCases
{
    /// <summary>Random cases per property; 100 unless this variable says otherwise.</summary>
    public const string CountVariable = "ILGPUVQ_CASES";

    /// <summary>The seed of all properties, or that of a single case; drawn anew for each run unless this variable gives
    /// it.</summary>
    public const string SeedVariable = "ILGPUVQ_SEED";

    private static readonly int AnySeed = RandomNumberGenerator.GetInt32(1, int.MaxValue);

    public static int Count => Variable(CountVariable) is not { } text ? 100
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 ? count
        : throw new InvalidOperationException($"{CountVariable}: expected a whole number from 1; got {text}.");

    public static Replay Start => Variable(SeedVariable) is { } text
        ? Parse(text)
        : new Replay(new Rnd((ulong)AnySeed), FSharpOption<int>.None);

    /// <summary>What a value of <see cref="SeedVariable"/> means: all cases of a seed, or one by FsCheck's seed, gamma and
    /// size.</summary>
    public static Replay Parse(string text)
    {
        ulong?[] numbers = [.. text.Split(',').Select(part =>
            ulong.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : (ulong?)null)];
        return numbers switch
        {
            [{ } seed] => new Replay(new Rnd(seed), FSharpOption<int>.None),
            [{ } seed, { } gamma, { } size and <= int.MaxValue] when gamma % 2 == 1 =>
                new Replay(new Rnd(seed, gamma), FSharpOption<int>.Some((int)size)),
            _ => throw new InvalidOperationException(
                $"{SeedVariable}: expected a whole number, or the three numbers of a single case; got {text}."),
        };
    }

    /// <summary>Skips a test that shows nothing where the run draws a single case.</summary>
    public static void RequireMany() =>
        Assert.SkipWhen(Start.Size is not null, $"needs many cases; got {SeedVariable} of a single one");

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? text : null;
}
