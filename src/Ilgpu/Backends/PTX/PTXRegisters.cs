using System.Globalization;
using System.Text;
using ILGPU.IR;

namespace ILGPU.Backends.PTX;

/// <summary>The registers of a kernel: as many as it likes, numbered by type. The driver maps them to those that the device has.</summary>
internal sealed class PTXRegisters
{
    private static readonly (string Type, string Prefix)[] Classes =
        [(".pred", "%p"), (".b16", "%h"), (".b32", "%r"), (".b64", "%rd"), (".f32", "%f"), (".f64", "%fd")];

    private readonly int[] counts = new int[Classes.Length];

    public string Predicate() => Fresh(0);

    public string Bits16() => Fresh(1);

    public string Bits32() => Fresh(2);

    public string Bits64() => Fresh(3);

    /// <summary>A register for values of a kind; addresses have 64 bits unless they are told to be shared.</summary>
    public string Of(ValueKind kind) => Fresh(kind switch
    {
        ValueKind.Bool => 0,
        ValueKind.Int32 => 2,
        ValueKind.Float32 => 4,
        ValueKind.Float64 => 5,
        _ => 3,
    });

    /// <summary>The declarations of all that were given out.</summary>
    public string Declarations()
    {
        var text = new StringBuilder();
        for (var i = 0; i < Classes.Length; i++)
        {
            if (counts[i] > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"    .reg {Classes[i].Type} {Classes[i].Prefix}<{counts[i]}>;\n");
            }
        }

        return text.ToString();
    }

    private string Fresh(int index) => Classes[index].Prefix + counts[index]++.ToString(CultureInfo.InvariantCulture);
}
