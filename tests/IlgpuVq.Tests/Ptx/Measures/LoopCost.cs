using IlgpuVq.Tests.Ptx.Decoding;
using IlgpuVq.Tests.Ptx.Machine;

namespace IlgpuVq.Tests.Ptx.Measures;

/// <summary>What one round of a loop costs, all of its branches taken together.</summary>
/// <param name="Instructions">
/// Without moves between registers, which a driver leaves out; a product and the sum that alone uses it are one, as a driver
/// makes them.
/// </param>
/// <param name="MultiplyAdds">Such pairs, fused instructions, and those that a tensor core does for the thread's share of a
/// warp.</param>
/// <param name="SharedReads">Instructions that read shared memory.</param>
/// <param name="GlobalReads">Numbers of 4 bytes that are read from global memory.</param>
internal sealed record LoopCost(int Instructions, int MultiplyAdds, int SharedReads, int GlobalReads)
{
    /// <summary>Of the loops that have no loop inside.</summary>
    public static IReadOnlyList<LoopCost> OfInnermost(PtxKernel kernel)
    {
        var loops = new StepGraph(kernel.Steps).Loops();
        return [.. loops.Where(loop => !loops.Any(other => other != loop && other.IsSubsetOf(loop)))
            .Select(loop => Of(kernel, loop))];
    }

    /// <summary>Of the innermost of the loops with all the multiply-adds.</summary>
    public static LoopCost OfProducts(PtxKernel kernel) => Of(kernel, ProductsOf(kernel, new StepGraph(kernel.Steps).Loops()));

    /// <summary>
    /// Of the loop around that, in which that runs until <paramref name="multiplyAdds"/> are done; of that itself, if it does
    /// them in one round.
    /// </summary>
    public static LoopCost OfRound(PtxKernel kernel, int multiplyAdds)
    {
        var loops = new StepGraph(kernel.Steps).Loops();
        var inner = ProductsOf(kernel, loops);
        var cost = Of(kernel, inner);
        var rounds = multiplyAdds / cost.MultiplyAdds;
        if (rounds == 1)
        {
            return cost;
        }

        var outer = loops.Where(loop => loop != inner && inner.IsSubsetOf(loop)).MinBy(loop => loop.Count)!;
        var once = Of(kernel, outer.Except(inner).ToHashSet());
        return new LoopCost(
            once.Instructions + (rounds * cost.Instructions),
            once.MultiplyAdds + (rounds * cost.MultiplyAdds),
            once.SharedReads + (rounds * cost.SharedReads),
            once.GlobalReads + (rounds * cost.GlobalReads));
    }

    private static IReadOnlySet<int> ProductsOf(PtxKernel kernel, IReadOnlyList<IReadOnlySet<int>> loops)
    {
        var most = loops.Max(loop => Of(kernel, loop).MultiplyAdds);
        return loops.Where(loop => Of(kernel, loop).MultiplyAdds == most).MinBy(loop => loop.Count)!;
    }

    private static LoopCost Of(PtxKernel kernel, IReadOnlySet<int> loop)
    {
        var steps = loop.Select(at => kernel.Steps[at]).ToList();
        var readers = steps.SelectMany(step => step.Reads).CountBy(register => register).ToDictionary();
        var products = steps.Where(step => step.Source.Name is "mul.f32" or "mul.rn.f32" &&
            step.Writes.All(result => readers.GetValueOrDefault(result) == 1))
            .SelectMany(step => step.Writes).ToHashSet();
        var pairs = steps.Count(step => step.Source.Name is "add.f32" or "sub.f32" && step.Reads.Any(products.Contains));
        return new LoopCost(
            steps.Count(step => !IsMove(step)) - pairs,
            pairs + steps.Sum(MultiplyAddsOf),
            steps.Count(step => step.Source.Opcode is "ld" && step.Source.Modifiers[0] == "shared"),
            steps.Sum(GlobalReadsOf));
    }

    private static bool IsMove(Step step) => step.Source.Opcode == "mov" && step.Reads.Length > 0;

    /// <summary>A tensor core multiplies m · n · k for 32 threads.</summary>
    private static int MultiplyAddsOf(Step step) => step.Source switch
    {
        { Name: "fma.rn.f32" } => 1,
        { Opcode: "mma", Modifiers: var modifiers } => modifiers.First(modifier => modifier.StartsWith('m')) switch
        {
            "m16n8k8" => 16 * 8 * 8 / Warp.Size,
            "m16n8k16" => 16 * 8 * 16 / Warp.Size,
            var shape => throw new NotSupportedException($"mma: expected m16n8k8 or m16n8k16; got {shape}"),
        },
        _ => 0,
    };

    private static int GlobalReadsOf(Step step) => step.Source is { Opcode: "ld", Modifiers: ["global", ..] modifiers }
        ? modifiers[1] switch { "v4" => 4, "v2" => 2, _ => 1 }
        : 0;
}
