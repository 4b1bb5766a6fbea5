using IlgpuVq.Tensors;

namespace IlgpuVq.Models;

/// <summary>Checks of options: an exception names the option, its rule and its value.</summary>
public static class Check
{
    /// <summary>More than any model has.</summary>
    public const int MostParts = 4096;

    /// <exception cref="OptionException">The value is below the least.</exception>
    public static void AtLeast(string option, int value, int least) =>
        That(option, $"a whole number of at least {least}", value, value >= least);

    /// <summary>A number of parts that a model is built of, such as layers: each takes memory before it has a tensor.</summary>
    /// <exception cref="OptionException">The value is below the least, or above <see cref="MostParts"/>.</exception>
    public static void Parts(string option, int value, int least)
    {
        AtLeast(option, value, least);
        That(option, $"at most {MostParts}", value, value <= MostParts);
    }

    /// <exception cref="OptionException">The value is no finite float of at least 0.</exception>
    public static void Weight(string option, double value) =>
        That(option, "a finite number of at least 0", value, value >= 0 && float.IsFinite((float)value));

    /// <exception cref="OptionException">The value is not in [0, 1), also once it is a float.</exception>
    public static void Fraction(string option, double value) =>
        That(option, "a number from 0 to below 1", value, value >= 0 && (float)value < 1);

    /// <exception cref="OptionException">The rule is broken.</exception>
    public static void That<T>(string option, string rule, T value, bool holds)
    {
        if (!holds)
        {
            throw new OptionException(option, rule, FormattableString.Invariant($"{value}"));
        }
    }
}

/// <summary>An option outside of its range.</summary>
/// <param name="option">Its name, as a file of options has it.</param>
/// <param name="rule">What it must be.</param>
/// <param name="value">What it is.</param>
public sealed class OptionException(string option, string rule, string value)
    : UserException($"{option}: expected {rule}; got {value}.")
{
    /// <summary>The option's name.</summary>
    public string Option { get; } = option;

    /// <summary>What it must be.</summary>
    public string Rule { get; } = rule;

    /// <summary>What it is.</summary>
    public string Value { get; } = value;
}
