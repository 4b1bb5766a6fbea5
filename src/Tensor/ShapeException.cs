namespace IlgpuVq.Tensors;

/// <summary>Shapes or sizes that an op cannot take: <c>{op}: expected {rule}; got {name} {shape}, …. {advice}</c>.</summary>
/// <remarks>Thrown before anything is allocated.</remarks>
public sealed class ShapeException : UserException
{
    /// <param name="op">The op's name in lower case with hyphens, as the tape prints it.</param>
    /// <param name="rule">What would have been right, with dimension letters.</param>
    /// <param name="got">The shapes that came instead, each under the name of its operand.</param>
    public ShapeException(string op, string rule, params ReadOnlySpan<(string Name, Shape Shape)> got)
        : base($"{op}: expected {rule}; got {List(got)}.")
    {
    }

    /// <param name="op">The op's name in lower case with hyphens, as the tape prints it.</param>
    /// <param name="rule">What would have been right, with dimension letters.</param>
    /// <param name="got">What came instead, for sizes that are not whole shapes.</param>
    /// <param name="advice">What to do about it, a full sentence.</param>
    public ShapeException(string op, string rule, string got, string? advice = null)
        : base($"{op}: expected {rule}; got {got}.{(advice is null ? "" : " " + advice)}")
    {
    }

    private static string List(ReadOnlySpan<(string Name, Shape Shape)> got)
    {
        var parts = new string[got.Length];
        for (var i = 0; i < got.Length; i++)
        {
            parts[i] = $"{got[i].Name} {got[i].Shape}";
        }

        return string.Join(", ", parts);
    }
}
