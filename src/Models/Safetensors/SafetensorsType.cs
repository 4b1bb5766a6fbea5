namespace IlgpuVq.Models.Safetensors;

/// <summary>The element types of the format, spelled as the format spells them.</summary>
public enum SafetensorsType
{
    BOOL,
    U8,
    I8,
    F8_E4M3,
    F8_E5M2,
    F8_E8M0,
    F8_E4M3FNUZ,
    F8_E5M2FNUZ,
    U16,
    I16,
    F16,
    BF16,
    U32,
    I32,
    F32,
    U64,
    I64,
    F64,
}

/// <summary>Names and sizes of <see cref="SafetensorsType"/>.</summary>
public static class SafetensorsTypes
{
    private static readonly Dictionary<string, SafetensorsType> ByName =
        Enum.GetValues<SafetensorsType>().ToDictionary(type => type.ToString(), StringComparer.Ordinal);

    /// <summary>Bytes of one element: 1, 2, 4 or 8.</summary>
    public static int ByteSize(this SafetensorsType type) => type switch
    {
        >= SafetensorsType.BOOL and <= SafetensorsType.F8_E5M2FNUZ => 1,
        >= SafetensorsType.U16 and <= SafetensorsType.BF16 => 2,
        >= SafetensorsType.U32 and <= SafetensorsType.F32 => 4,
        >= SafetensorsType.U64 and <= SafetensorsType.F64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a safetensors element type"),
    };

    /// <summary>The type of that name, exactly as the format writes it; numbers and other spellings are no names.</summary>
    internal static bool TryParse(string name, out SafetensorsType type) => ByName.TryGetValue(name, out type);

    /// <summary>
    /// Bytes of a tensor, unless the product of its dimensions, or that in bits, passes 2⁶⁴ − 1 on the way (left to right, as the
    /// format's other readers count) or a dimension is negative.
    /// </summary>
    internal static bool TryByteLength(this SafetensorsType type, ReadOnlySpan<long> shape, out ulong bytes)
    {
        bytes = 0;
        var product = 1UL;
        foreach (var dimension in shape)
        {
            if (dimension < 0 || Math.BigMul(product, (ulong)dimension, out product) != 0)
            {
                return false;
            }
        }

        if (Math.BigMul(product, (ulong)(8 * type.ByteSize()), out var bits) != 0)
        {
            return false;
        }

        bytes = bits / 8;
        return true;
    }
}
