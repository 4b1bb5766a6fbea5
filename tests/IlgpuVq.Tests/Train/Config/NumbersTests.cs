using IlgpuVq.Train.Config;
using Xunit;
using static IlgpuVq.Tests.Train.Commands.ProgramRun;

namespace IlgpuVq.Tests.Train;

/// <summary>Numbers as people type them: a point, no separators of groups, and finite also as a float.</summary>
public sealed class NumbersTests
{
    [Theory]
    [MemberData(nameof(ConfigOptionsTests.Reals), MemberType = typeof(ConfigOptionsTests))]
    public void Reals_have_a_point_and_are_finite_as_floats(string option, string[] kind)
    {
        foreach (var text in (string[])[
            "0,0003", "0,25", "1,000.5", "1 000", "1_000", "NaN", "nan", "Infinity", "∞", "-∞", "1e39", "-1e39", "1e400", "0x1",
            "١", "x"])
        {
            AssertFails(
                $"{option}: expected a finite number such as 0.25 or 3e-4; got '{text}'.", ["train", .. kind, option, text]);
        }

        AssertFails($"{option}: expected ", ["train", .. kind, option, "-0.5"]);
    }

    [Theory]
    [InlineData("--decay", "0.99999999999")]
    [InlineData("--beta1", "0.99999999999")]
    [InlineData("--beta2", "0.99999999999")]
    [InlineData("--weight-ema", "0.99999999999")]
    [InlineData("--dropout", "0.99999999999")]
    [InlineData("--lr", "1e-60")]
    public void A_number_must_keep_its_rule_once_it_is_a_float(string option, string value)
    {
        AssertFails($"{option}: expected a ", "train", option, value);
        AssertFails($"{option}: expected a ", "bench", option, value);
    }

    [Theory]
    [InlineData("train", "--steps")]
    [InlineData("train", "--batch")]
    [InlineData("train", "--seed")]
    [InlineData("train", "--hidden")]
    [InlineData("train", "--log-every")]
    [InlineData("train", "--warmup-steps")]
    [InlineData("bench", "--image")]
    [InlineData("bench", "--warmup")]
    [InlineData("bench", "--threads")]
    [InlineData("bench", "--batch")]
    [InlineData("evaluate", "--batch")]
    [InlineData("reconstruct", "--count")]
    [InlineData("decode", "--first")]
    public void Whole_numbers_have_digits_only(string command, string option)
    {
        foreach (var text in (string[])[
            "1,000", "1.000", "1.5", "1e3", "0x10", "1_000", "∞", "NaN", "٣", "99999999999999999999", "x"])
        {
            var errors = AssertFails($"{option}: expected a whole number", command, option, text);
            Assert.Contains($"got '{text}'.", errors, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(1e-8, "1e-8")]
    [InlineData(3e-4, "0.0003")]
    [InlineData(1e20, "1e20")]
    [InlineData(1.5e-10, "1.5e-10")]
    [InlineData(0.25, "0.25")]
    public void Numbers_are_shown_as_they_are_typed(double number, string text)
    {
        Assert.Equal(text, OptionText.Format(number));
        Assert.Equal(number, OptionText.Parse("--lr", text, typeof(double)));
    }
}
