using IlgpuVq.Models;

namespace IlgpuVq.Tests.Models.Layers;

/// <summary>The numbers of a state, bit by bit.</summary>
internal static class StateBits
{
    public static int[] Of(IEnumerable<NamedTensor> state) => [.. state.SelectMany(named => named.WholeNumbers is { } whole
        ? whole.ToArray()
        : Array.ConvertAll(named.Tensor.ToArray(), BitConverter.SingleToInt32Bits))];
}
