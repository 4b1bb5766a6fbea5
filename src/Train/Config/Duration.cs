using System.Globalization;

namespace IlgpuVq.Train.Config;

/// <summary>Times as people type them: a number and its unit, <c>90s</c>, <c>30m</c> or <c>1.5h</c>.</summary>
internal static class Duration
{
    /// <summary>So that it is a number of the clock's ticks.</summary>
    private const double MostSeconds = 1e9;

    /// <summary>The time, above 0; null for what is none.</summary>
    public static TimeSpan? Parse(string text)
    {
        double? unit = text is [.., var letter] ? letter switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => null } : null;
        return unit is { } seconds && double.TryParse(
            text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number * seconds is > 0 and <= MostSeconds
            ? TimeSpan.FromSeconds(number * seconds)
            : null;
    }
}
