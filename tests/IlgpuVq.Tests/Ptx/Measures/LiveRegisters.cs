using System.Collections;
using IlgpuVq.Tests.Ptx.Decoding;
using IlgpuVq.Tests.Ptx.Machine;

namespace IlgpuVq.Tests.Ptx.Measures;

/// <summary>Which registers still hold what is needed, by the usual backward analysis.</summary>
internal static class LiveRegisters
{
    /// <summary>
    /// The most registers of 32 bits that hold what is needed at the same time, in the order of the text. Left out are
    /// predicates, which have registers of their own, and parameters, which a driver reads where they are used. It orders anew,
    /// and needs more or fewer.
    /// </summary>
    public static int Most(PtxKernel kernel)
    {
        var flow = new StepGraph(kernel.Steps);
        var live = kernel.Steps.Select(_ => new BitArray(kernel.RegisterCount)).ToArray();
        for (var hasChanged = true; hasChanged;)
        {
            hasChanged = false;
            for (var at = kernel.Steps.Length - 1; at >= 0; at--)
            {
                var before = LiveBefore(kernel.Steps[at], LiveAfter(flow, live, at, kernel.RegisterCount));
                hasChanged |= !before.Cast<bool>().SequenceEqual(live[at].Cast<bool>());
                live[at] = before;
            }
        }

        var parameters = Parameters(kernel);
        return live.Max(registers => Enumerable.Range(0, kernel.RegisterCount)
            .Sum(number => registers[number] && !parameters.Contains(number) ? (kernel.SizeOfRegister(number) + 3) / 4 : 0));
    }

    private static BitArray LiveAfter(StepGraph flow, BitArray[] live, int at, int count)
    {
        var after = new BitArray(count);
        foreach (var next in flow.After(at))
        {
            after.Or(live[next]);
        }

        return after;
    }

    private static BitArray LiveBefore(Step step, BitArray live)
    {
        // Behind a predicate, some lanes keep what they have.
        foreach (var register in step.Guard < 0 ? step.Writes : [])
        {
            live[register] = false;
        }

        foreach (var register in step.Reads)
        {
            live[register] = true;
        }

        return live;
    }

    /// <summary>Registers that are written once, by the read of a parameter or as the address that one is.</summary>
    private static HashSet<int> Parameters(PtxKernel kernel)
    {
        var writes = kernel.Steps.SelectMany(step => step.Writes).CountBy(register => register).ToDictionary();
        return [.. kernel.Steps.Where(step => step.Source.Name.StartsWith("ld.param", StringComparison.Ordinal) ||
            step.Source.Opcode == "cvta")
            .SelectMany(step => step.Writes).Where(register => writes[register] == 1)];
    }
}
