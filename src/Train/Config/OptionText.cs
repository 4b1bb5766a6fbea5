using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Config;

/// <summary>Values of options as people type them: numbers in the invariant culture, without separators of groups.</summary>
internal static class OptionText
{
    private const NumberStyles Whole = NumberStyles.AllowLeadingSign;

    private const NumberStyles Real = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>What a type's values are called.</summary>
    public static string NameOf(Type type) => Nullable.GetUnderlyingType(type) is { } inner ? NameOf(inner)
        : type == typeof(ImmutableArray<int>) ? "whole numbers, separated by commas"
        : type == typeof(double) ? "a finite number such as 0.25 or 3e-4"
        : type == typeof(bool) ? "true or false"
        : type.IsEnum ? string.Join(" or ", NamesOf(type))
        : type == typeof(string) ? "text"
        : type == typeof(ulong) ? "a whole number of at least 0"
        : "a whole number";

    /// <summary>The value, or an error that names option, rule and text.</summary>
    /// <exception cref="RunException">The text is no value of that type.</exception>
    public static object Parse(string option, string text, Type type) =>
        TryParse(text, type) ?? throw new RunException(
            option, NameOf(type), text.Length == 0 ? "nothing" : $"'{text}'",
            Spelling.DidYouMean(text, NamesOf(type)) is { Length: > 0 } guess ? guess : "Give another value.");

    /// <summary>The text that <see cref="Parse"/> reads back.</summary>
    public static string Format(object? value) => value switch
    {
        null => "",
        ImmutableArray<int> numbers => string.Join(',', numbers),
        Enum => Spelled(value.ToString()!),
        bool => value.ToString()!.ToLowerInvariant(),
        double number => number.ToString(CultureInfo.InvariantCulture).Replace("E-0", "e-", StringComparison.Ordinal)
            .Replace("E+", "e", StringComparison.Ordinal).Replace('E', 'e'),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    /// <summary>The names of an enumeration's values as they are typed; none for another type.</summary>
    public static string[] NamesOf(Type type) => type.IsEnum ? Array.ConvertAll(Enum.GetNames(type), Spelled) : [];

    /// <summary>StraightThrough as straight-through.</summary>
    private static string Spelled(string name) => JsonNamingPolicy.KebabCaseLower.ConvertName(name);

    private static object? TryParse(string text, Type type)
    {
        if (type == typeof(string))
        {
            return text.Length > 0 ? text : null;
        }

        if (type.IsEnum)
        {
            return Array.Find(
                Enum.GetNames(type), name => Spelled(name).Equals(text, StringComparison.OrdinalIgnoreCase)) is { } known
                ? Enum.Parse(type, known)
                : null;
        }

        var culture = CultureInfo.InvariantCulture;
        return Type.GetTypeCode(type) switch
        {
            TypeCode.Int32 => int.TryParse(text, Whole, culture, out var number) ? number : null,
            TypeCode.Int64 => long.TryParse(text, Whole, culture, out var number) ? number : null,
            TypeCode.UInt64 => ulong.TryParse(text, NumberStyles.None, culture, out var number) ? number : null,
            TypeCode.Double => double.TryParse(text, Real, culture, out var number) && float.IsFinite((float)number)
                ? number
                : null,
            TypeCode.Boolean => bool.TryParse(text, out var flag) ? flag : null,
            _ => ParseNumbers(text),
        };
    }

    private static ImmutableArray<int>? ParseNumbers(string text)
    {
        var numbers = ImmutableArray.CreateBuilder<int>();
        foreach (var part in text.Split(','))
        {
            if (!int.TryParse(part, Whole, CultureInfo.InvariantCulture, out var number))
            {
                return null;
            }

            numbers.Add(number);
        }

        return numbers.ToImmutable();
    }
}
