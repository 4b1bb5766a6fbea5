using System.Globalization;
using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tests.Laws.Registry;
using Microsoft.FSharp.Core;
using Xunit;
using Xunit.Sdk;

namespace IlgpuVq.Tests.Laws;

/// <summary>Runs a law over random cases of an op and says how to run a failing one again.</summary>
internal static class Law
{
    /// <summary>Random cases per op and law; 100 unless this variable says otherwise.</summary>
    public const string CasesVariable = "ILGPUVQ_CASES";

    /// <summary>The seed of all laws; drawn anew for each run unless this variable gives it.</summary>
    public const string SeedVariable = "ILGPUVQ_SEED";

    public static int Cases { get; } = Number(CasesVariable) ?? 100;

    public static int Seed { get; } = Number(SeedVariable) ?? RandomNumberGenerator.GetInt32(1, int.MaxValue);

    /// <summary>Holds a law on random cases of a row.</summary>
    /// <param name="row">The op, for the message.</param>
    /// <param name="where">The device or devices, for the message.</param>
    /// <param name="cases">What to draw from.</param>
    /// <param name="holds">Throws where the law is broken. Gets a seed for what it draws itself.</param>
    public static void ForAll(OpRow row, string where, Gen<OpCase> cases, Action<OpCase, int> holds)
    {
        var (ran, failed, why) = (0, (OpCase?)null, (Exception?)null);
        bool Remember(OpCase drawn, Exception exception)
        {
            (failed, why) = (drawn, exception);
            return false;
        }

        void Hold((OpCase Case, int Seed) drawn)
        {
            ran++;
            try
            {
                holds(drawn.Case, drawn.Seed);
            }
            catch (Exception exception) when (Remember(drawn.Case, exception))
            {
                throw; // Never reached: the filter only looks.
            }
        }

        var generator = from drawn in cases from seed in Draw.Seed select (drawn, seed);
        var replay = new Replay(new Rnd((ulong)Seed), FSharpOption<int>.None);
        var config = Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest(Cases)
            .WithReplay(FSharpOption<Replay>.Some(replay));
        try
        {
            Prop.ForAll(generator.ToArbitrary(), Hold).Check(config);
        }
        catch (Exception) when (why is not null)
        {
            throw new XunitException(
                $"{row.Name} on {where}, {failed}: {why.Message} Case {ran}; run it again with {SeedVariable}={Seed}.", why);
        }

        Assert.Equal(Cases, ran);
    }

    /// <summary>Random cases that are farther than <paramref name="margin"/> from the op's kinks.</summary>
    public static Gen<OpCase> AwayFromKinks(OpRow row, Scale scale, double margin) => row.Cases(scale).Where(drawn =>
    {
        Assert.Equal(row.HasKinks, drawn.DistanceToKink is not null);
        return drawn.DistanceToKink is null || drawn.DistanceToKink(drawn.Inputs) > margin;
    });

    private static int? Number(string variable)
    {
        var text = Environment.GetEnvironmentVariable(variable);
        return string.IsNullOrEmpty(text) ? null
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number
            : throw new InvalidOperationException($"{variable}: expected a whole number from 1; got {text}.");
    }
}
