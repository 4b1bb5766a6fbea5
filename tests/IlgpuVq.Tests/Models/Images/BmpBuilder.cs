namespace IlgpuVq.Tests.Models.Images;

/// <summary>Builds BMP files, well-formed or not.</summary>
internal static class BmpBuilder
{
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels; negative where rows go down.</param>
    /// <param name="bits">Of a pixel.</param>
    /// <param name="data">The rows, or their run lengths.</param>
    /// <param name="compression">0 none, 1 and 2 run lengths, 3 masks, 6 masks with alpha.</param>
    /// <param name="table">Masks or palette, behind the header.</param>
    /// <param name="colours">What the header says of the palette.</param>
    public static byte[] File(
        int width, int height, int bits, byte[] data, int compression = 0, byte[]? table = null, int colours = 0)
    {
        table ??= [];
        return
        [
            .. "BM"u8, .. Int(54 + table.Length + data.Length), .. Int(0), .. Int(54 + table.Length),
            .. Int(40), .. Int(width), .. Int(height), 1, 0, (byte)bits, 0, .. Int(compression), .. Int(data.Length),
            .. Int(0), .. Int(0), .. Int(colours), .. Int(0), .. table, .. data,
        ];
    }

    public static byte[] Ints(params uint[] values) => [.. values.SelectMany(value => Int((int)value))];

    private static byte[] Int(int value) => BitConverter.GetBytes(value);
}
