using System.Globalization;
using System.Text;
using IlgpuVq.Autograd;
using IlgpuVq.Train.Memory;
using IlgpuVq.Train.Reporting;

namespace IlgpuVq.Train.Profiling;

/// <summary>An explained step for a terminal, and as a flowchart: the printed tapes, with what each node takes.</summary>
internal static class ExplainText
{
    /// <summary>What stands above a tape.</summary>
    public static string TapeOf(string name) => $"tape of the {name}";

    /// <summary>The tapes as text, the other work, the kernels, and their texts where they were asked for.</summary>
    public static string Text(StepExplanation step, KernelSources kernels)
    {
        var text = new StringBuilder($"one step of {step.Title}\n\n");
        foreach (var tape in step.Tapes)
        {
            text.Append(tape.Key == StepExplanation.Model ? "" : $"\n{TapeOf(tape.Key)}\n\n").Append(Tape.ToText(
                [.. tape.Select(node => node.Node)],
                new TapeColumn("kept until", IsNumber: false, node => step.Nodes[node.Id].KeptUntil),
                new TapeColumn("module", IsNumber: false, node => step.Nodes[node.Id].Module),
                new TapeColumn("forward ms", IsNumber: true, node => Time(step.Nodes[node.Id].Forward)),
                new TapeColumn("backward ms", IsNumber: true, node => Time(step.Nodes[node.Id].Backward)),
                new TapeColumn("kernels", IsNumber: false, node => Kernels(step.Nodes[node.Id], kernels))));
        }

        if (step.Others.Count > 0)
        {
            var others = new TextTable("besides", "ms", "kernels");
            foreach (var other in step.Others)
            {
                others.Add(other.Name, Time(other.Cost), Numbers(kernels.NumbersOf(other.Cost)));
            }

            text.Append('\n').Append(others.ToText());
        }

        var table = new TextTable("kernel", "name", "launches", "source");
        foreach (var kernel in kernels.All)
        {
            table.Add($"k{kernel.Number}", kernel.Name, $"{kernel.Launches}", string.Join(", ", kernel.Places));
        }

        text.Append('\n').Append(table.ToText()).Append('\n').Append(Totals(step)).Append('\n');
        foreach (var kernel in kernels.All.Where(kernel => kernel.Text is not null))
        {
            text.Append($"\nk{kernel.Number} {kernel.Name}\n\n{kernel.Text!.TrimEnd()}\n");
        }

        return text.ToString();
    }

    /// <summary>The tapes as a flowchart in Mermaid's language, module by module.</summary>
    public static string Mermaid(StepExplanation step) => Tape.ToMermaid(
        [.. step.Nodes.Select(node => node.Node)], node => step.Nodes[node.Id].Module,
        new TapeColumn("value", IsNumber: true, node => Bytes(node.Bytes)),
        new TapeColumn("forward ms", IsNumber: true, node => Time(step.Nodes[node.Id].Forward)),
        new TapeColumn("backward ms", IsNumber: true, node => Time(step.Nodes[node.Id].Backward)));

    /// <summary>The line of sums.</summary>
    public static string Totals(StepExplanation step)
    {
        var forward = step.Nodes.Sum(node => node.Forward.Milliseconds);
        var backward = step.Nodes.Sum(node => node.Backward.Milliseconds);
        var others = step.Others.Sum(other => other.Cost.Milliseconds);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{step.Milliseconds:F2} ms in {step.Calls} calls: forward {forward:F2}, backward {backward:F2}, ")
            + string.Create(CultureInfo.InvariantCulture, $"besides {others:F2}; ")
            + (step.RunsKernels
                ? "the device was waited for after each launch"
                : "of host forms; the kernels are those that an accelerator would launch");
    }

    /// <summary>Bytes for people, in powers of ten: a bias beside an image.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 1000 => $"{bytes} B",
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:F1} kB"),
        _ => StepMemory.InWords(bytes),
    };

    /// <summary>Milliseconds; empty for work without a call.</summary>
    public static string Time(WorkCost cost) =>
        cost.Calls.Count == 0 ? "" : cost.Milliseconds.ToString("F3", CultureInfo.InvariantCulture);

    private static string Kernels(ExplainedNode node, KernelSources kernels)
    {
        var (forward, backward) = (Numbers(kernels.NumbersOf(node.Forward)), Numbers(kernels.NumbersOf(node.Backward)));
        return backward.Length == 0 ? forward : $"{forward} / {backward}".TrimStart();
    }

    private static string Numbers(IEnumerable<int> numbers) => string.Join(' ', numbers.Select(number => $"k{number}"));
}
