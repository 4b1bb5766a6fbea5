using System.Globalization;
using ILGPU.IR;

namespace ILGPU.Backends.OpenCL;

/// <summary>The names of values in the generated code: those of the source where there are any, each once.</summary>
internal sealed class CLIdentifiers
{
    // Words of OpenCL C and of C, and functions and macros that generated code calls.
    private static readonly string[] Words =
        ("auto bool break case char const constant continue default do double else enum extern false float for generic global goto " +
        "half if inline int kernel local long private register restrict return short signed sizeof static struct switch true " +
        "typedef union unsigned void volatile while uchar ushort uint ulong size_t event_t image2d_t sampler_t read_only " +
        "write_only read_write pipe min max abs clz popcount fma fmin fmax exp log sqrt sin cos tan pow floor ceil round rint trunc " +
        "barrier select step sign mix clamp dot cross length distance normalize all any NAN INFINITY HUGE_VALF M_PI_F main asm " +
        "uniform as_int as_uint as_long as_float as_double index printf prefetch shuffle vec_step remainder fmod cbrt").Split(' ');

    private readonly Dictionary<Value, string> names = [];
    private readonly HashSet<string> taken = [.. Words, CLGenerator.DynamicShared, CLGenerator.DynamicSharedBytes, CLGenerator.Exchange];
    private readonly Dictionary<string, int> counts = [];

    public string NameOf(Value value)
    {
        if (!names.TryGetValue(value, out var name))
        {
            names[value] = name = Fresh(value.Name ?? "t");
        }

        return name;
    }

    public void Bind(Value value, string name) => names[value] = name;

    /// <summary>A name that nothing has yet.</summary>
    public string Fresh(string stem)
    {
        var identifier = CLText.Identifier(stem);
        if (taken.Add(identifier))
        {
            return identifier;
        }

        string candidate;
        do
        {
            counts[identifier] = counts.GetValueOrDefault(identifier) + 1;
            candidate = string.Create(CultureInfo.InvariantCulture, $"{identifier}_{counts[identifier]}");
        }
        while (!taken.Add(candidate));

        return candidate;
    }
}
