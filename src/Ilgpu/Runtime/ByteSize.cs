using System.Globalization;

namespace ILGPU.Runtime;

/// <summary>Numbers of bytes as people read them.</summary>
internal static class ByteSize
{
    private static readonly string[] Units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>With one decimal from 1 KiB on: 1536 is 1.5 KiB.</summary>
    public static string Of(long bytes)
    {
        var unit = 0;
        double value = bytes;
        while (value >= 1024 && unit < Units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return unit == 0 ? $"{bytes} {Units[0]}" : string.Create(CultureInfo.InvariantCulture, $"{value:F1} {Units[unit]}");
    }
}
