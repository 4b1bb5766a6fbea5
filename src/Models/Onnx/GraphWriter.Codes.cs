using IlgpuVq.Models.Onnx.Messages;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Models.Onnx;

/// <content>Indices of codes, which ONNX has as 64-bit numbers.</content>
internal sealed partial class GraphWriter
{
    private string WriteOneHot(OneHotOperation op, string ids)
    {
        var classes = graph.WholeNumbers(Longs(Enumerable.Range(0, op.Classes)));
        return ToFloat(graph.Node("Equal", [AsColumn(ids), classes]));
    }

    /// <summary>argmax (x·c − ½‖c‖²).</summary>
    private string WriteNearestCode(string x, string codebook)
    {
        var products = graph.Node("MatMul", [x, graph.Node("Transpose", [codebook], ("perm", (long[])[1, 0]))]);
        var lengths = graph.Node(
            "ReduceSum", [graph.Node("Mul", [codebook, codebook]), graph.WholeNumbers(1)], ("keepdims", 0L));
        var scores = graph.Node("Sub", [products, graph.Node("Mul", [lengths, graph.Number(0.5f)])]);
        return graph.Node("ArgMax", [scores], ("axis", 1L), ("keepdims", 0L));
    }

    private string WriteComposeDigits(string digits, int[] radices)
    {
        var whole = graph.Node(
            "Cast", [graph.Node("Floor", [graph.Node("Add", [digits, graph.Number(0.5f)])])], ("to", (long)ElementType.Int64));
        var places = graph.Node("Mul", [whole, graph.WholeNumbers(PlacesOf(radices))]);
        return graph.Node("ReduceSum", [places, graph.WholeNumbers(1)], ("keepdims", 0L));
    }

    private string WriteSplitDigits(string ids, int[] radices)
    {
        var rests = graph.Node("Div", [AsColumn(ids), graph.WholeNumbers(PlacesOf(radices))]);
        return ToFloat(graph.Node("Mod", [rests, graph.WholeNumbers(Longs(radices))]));
    }

    /// <summary>(N) → (N, 1)</summary>
    private string AsColumn(string ids) => graph.Node("Unsqueeze", [ids, graph.WholeNumbers(1)]);

    private static int[] RadicesOf(TracedValue value) => value.IsConstant
        ? value.Integers()
        : throw OnnxException.Of("digits of fixed radices", "radices that are computed");

    /// <summary>What each digit counts: the product of the radices before it.</summary>
    private static long[] PlacesOf(int[] radices)
    {
        var places = new long[radices.Length];
        var place = 1L;
        for (var i = 0; i < places.Length; i++)
        {
            (places[i], place) = (place, place * radices[i]);
        }

        return places;
    }
}
