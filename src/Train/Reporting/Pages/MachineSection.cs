using System.Globalization;
using System.Text;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Reporting.Pages;

/// <summary>The part of a page about the machines that runs were trained on, and how fast they were.</summary>
internal static class MachineSection
{
    private const string None = "–";

    /// <param name="names">The runs.</param>
    /// <param name="runs">What is known of each.</param>
    public static string Of(IReadOnlyList<string> names, IReadOnlyList<RunRecord> runs)
    {
        var section = new StringBuilder();
        section.Append("<section aria-labelledby=\"machine\"><h2 id=\"machine\">Machine</h2>\n");
        foreach (var (name, _) in names.Zip(runs).Where(pair => pair.Second.Machines.Count == 0))
        {
            section.Append($"<p>{ReportPage.Text(name)}: the machine is not recorded.</p>\n");
        }

        var machines = names.Zip(runs).SelectMany(pair => Stretches(pair.First, pair.Second)).ToArray();
        if (machines.Length > 0)
        {
            AddTable(section, machines);
        }

        section.Append("</section>\n");
        return section.ToString();
    }

    private static void AddTable(StringBuilder section, Stretch[] machines)
    {
        section.Append("<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Machine\"><table>\n<thead><tr><td></td>");
        foreach (var machine in machines)
        {
            section.Append($"<th scope=\"col\">{ReportPage.Text(machine.Title)}</th>");
        }

        section.Append("</tr></thead>\n<tbody>\n");
        foreach (var (name, value) in Rows)
        {
            section.Append($"<tr><th scope=\"row\">{name}</th>");
            foreach (var machine in machines)
            {
                section.Append($"<td>{ReportPage.Text(value(machine))}</td>");
            }

            section.Append("</tr>\n");
        }

        section.Append("</tbody></table></div>\n");
    }

    private static (string Name, Func<Stretch, string> Value)[] Rows { get; } =
    [
        ("processor", stretch => stretch.Machine.Processor),
        ("processors, threads", stretch => Text($"{stretch.Machine.Processors}, {stretch.Machine.Threads}")),
        ("vectors", stretch => Text($"{stretch.Machine.VectorBits} bits")),
        ("accelerator", stretch => $"{stretch.Machine.Accelerator}: {stretch.Machine.Device}"),
        ("memory", stretch => Text($"{stretch.Machine.MemoryBytes / (double)(1 << 30):F1} GiB")),
        ("system", stretch => stretch.Machine.System),
        ("runtime", stretch => stretch.Machine.Runtime),
        ("program", stretch => stretch.Machine.Program),
        ("training", stretch => stretch.Seconds > 0 ? Duration(stretch.Seconds) : None),
        ("images/s", stretch => stretch.Seconds > 0 ? stretch.Speed.ToString("G4", CultureInfo.InvariantCulture) : None),
    ];

    /// <summary>What each machine of a run did, by the lines of metrics.</summary>
    private static IEnumerable<Stretch> Stretches(string name, RunRecord run)
    {
        for (var i = 0; i < run.Machines.Count; i++)
        {
            var from = run.Machines[i].FromStep;
            var to = i + 1 < run.Machines.Count ? run.Machines[i + 1].FromStep : long.MaxValue;
            var (first, last) = (run.LineAt(from), run.LineAt(to));
            var (steps, seconds) = (last.Step - first.Step, last.Seconds - first.Seconds);
            var done = Math.Max(from, Math.Min(last.Step, to));
            yield return new Stretch(
                Text($"{name}, steps {from + 1} to {done}"), run.Machines[i], seconds, steps * run.ImagesPerStep / seconds);
        }
    }

    private static string Duration(double seconds) => seconds < 120 ? Text($"{seconds:F0} s")
        : seconds < 7200 ? Text($"{seconds / 60:F0} min") : Text($"{seconds / 3600:F1} h");

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    private sealed record Stretch(string Title, MachineRecord Machine, double Seconds, double Speed);
}
