using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace IlgpuVq.Train.Profiling;

/// <summary>An explained step as one HTML page that refers to nothing outside of itself: the tapes from top to bottom, module
/// by module, with arrows in the margin; a node opens to show its calls, kernels and their texts.</summary>
internal static class ExplainPage
{
    public static byte[] Of(StepExplanation step, KernelSources kernels, SourcePlaces places)
    {
        var page = new StringBuilder();
        Add(page, $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>One step of {Text(step.Title)}</title>
            <style>
            {Resource("explain.css")}
            </style>
            </head>
            <body>
            <main>
            <h1>One training step</h1>
            <p>{Text(step.Title)}</p>
            <p>{Text(ExplainText.Totals(step))}. {step.Nodes.Count} nodes; values
            {ExplainText.Bytes(step.Bytes)} (views counted as copies), kept for backward besides
            {ExplainText.Bytes(step.SavedBytes)}.</p>

            """);
        AddModules(page, step);
        foreach (var tape in step.Tapes)
        {
            AddTape(page, step, tape.Key, [.. tape]);
        }

        AddOthers(page, step);
        Add(page, $"""
            </main>
            <aside id="panel" aria-live="polite" hidden>
            <button type="button" id="close">close</button><div id="content"></div></aside>
            <script type="application/json" id="data">{Data(step, kernels, places)}</script>
            <script>
            {Resource("explain.js")}
            </script>
            </body>
            </html>

            """);
        return Encoding.UTF8.GetBytes(page.ToString());
    }

    /// <summary>What stands below each other: the name of a module, or a node.</summary>
    private static List<(string? Module, ExplainedNode? Node)> Rows(ExplainedNode[] tape)
    {
        List<(string?, ExplainedNode?)> rows = [];
        string? module = null;
        foreach (var node in tape)
        {
            if (node.Module != module)
            {
                rows.Add((module = node.Module, null));
            }

            rows.Add((null, node));
        }

        return rows;
    }

    private static void AddModules(StringBuilder page, StepExplanation step)
    {
        page.Append("<section aria-labelledby=\"modules\"><h2 id=\"modules\">Modules</h2>\n<div class=\"wide\"><table>\n");
        page.Append("<thead><tr><th scope=\"col\">module</th><th scope=\"col\">nodes</th><th scope=\"col\">forward ms</th>");
        page.Append("<th scope=\"col\">backward ms</th><th scope=\"col\">values</th></tr></thead>\n<tbody>\n");
        var all = step.Nodes.Sum(node => node.Forward.Milliseconds + node.Backward.Milliseconds);
        foreach (var module in step.Nodes.GroupBy(node => node.Module))
        {
            var (forward, backward) = (
                module.Sum(node => node.Forward.Milliseconds), module.Sum(node => node.Backward.Milliseconds));
            var share = all > 0 ? 100 * (forward + backward) / all : 0;
            Add(page, $"<tr style=\"--share:{share:F1}%\"><th scope=\"row\"><a href=\"#n{module.First().Node.Id}\">");
            Add(page, $"{Text(module.Key)}</a></th><td>{module.Count()}</td><td>{forward:F2}</td><td>{backward:F2}</td>");
            Add(page, $"<td>{ExplainText.Bytes(module.Sum(node => node.Node.Bytes))}</td></tr>\n");
        }

        page.Append("</tbody></table></div></section>\n");
    }

    private static void AddTape(StringBuilder page, StepExplanation step, string name, ExplainedNode[] tape)
    {
        var rows = Rows(tape);
        var places = new int[step.Nodes.Count];
        for (var row = 0; row < rows.Count; row++)
        {
            if (rows[row].Node is { } node)
            {
                places[node.Node.Id] = row;
            }
        }

        var margin = TapeMargin.Of(tape, places, rows.Count);
        var most = Math.Max(1e-9, step.Nodes.Max(node => Math.Max(node.Forward.Milliseconds, node.Backward.Milliseconds)));
        var title = ExplainText.TapeOf(name);
        Add(page, $"<section aria-labelledby=\"tape-{Text(name)}\"><h2 id=\"tape-{Text(name)}\">");
        Add(page, $"{char.ToUpperInvariant(title[0])}{Text(title[1..])}</h2>\n");
        page.Append("<p class=\"key\"><span class=\"forward\"></span>forward <span class=\"backward\"></span>backward; ");
        page.Append("Enter or a click opens a node, arrow keys go from one to the next, Escape closes.</p>\n");
        Add(page, $"<div class=\"tape\" style=\"--lanes:{margin.Lanes};--rows:{rows.Count}\">\n{margin.Svg}\n<ol>\n");
        foreach (var (module, node) in rows)
        {
            if (node is null)
            {
                Add(page, $"<li class=\"module\"><h3>{Text(module!)}</h3></li>\n");
                continue;
            }

            var kind = node.IsParameter ? "parameter" : node.Node.Inputs.Count == 0 ? "constant" : "op";
            Add(page, $"<li id=\"n{node.Node.Id}\"><button type=\"button\" class=\"{kind}\" data-node=\"{node.Node.Id}\">");
            Add(page, $"<span class=\"id\">%{node.Node.Id}</span> <span class=\"name\">{Text(NameIn(node))}</span> ");
            Add(page, $"<span class=\"shape\">{Text($"{node.Node.Shape}")}</span> ");
            Add(page, $"<span class=\"bytes\">{ExplainText.Bytes(node.Node.Bytes)}</span> ");
            Add(page, $"<span class=\"bars\"><i class=\"forward\" style=\"width:{Share(node.Forward):F2}%\"></i>");
            Add(page, $"<i class=\"backward\" style=\"width:{Share(node.Backward):F2}%\"></i></span> ");
            Add(page, $"<span class=\"times\">{Times(node)}</span></button></li>\n");
        }

        page.Append("</ol></div></section>\n");

        double Share(WorkCost cost) => 100 * cost.Milliseconds / most;
    }

    private static void AddOthers(StringBuilder page, StepExplanation step)
    {
        page.Append("<section aria-labelledby=\"besides\"><h2 id=\"besides\">Besides</h2>\n<ol class=\"others\">\n");
        for (var i = 0; i < step.Others.Count; i++)
        {
            var other = step.Others[i];
            Add(page, $"<li><button type=\"button\" class=\"op\" data-other=\"{i}\">");
            Add(page, $"<span class=\"name\">{Text(other.Name)}</span> ");
            Add(page, $"<span class=\"times\">{ExplainText.Time(other.Cost)} ms</span></button></li>\n");
        }

        page.Append("</ol></section>\n");
    }

    /// <summary>The name without that of the module, which stands above.</summary>
    private static string NameIn(ExplainedNode node) =>
        node.IsParameter && node.Node.Op.StartsWith($"{node.Module}.", StringComparison.Ordinal)
            ? node.Node.Op[(node.Module.Length + 1)..]
            : node.Node.Op;

    private static string Times(ExplainedNode node) => (ExplainText.Time(node.Forward), ExplainText.Time(node.Backward)) switch
    {
        ("", "") => node.Node.Inputs.Count == 0 ? "" : "a view",
        (var forward, "") => $"{forward} ms",
        ("", var backward) => $"– / {backward} ms",
        var (forward, backward) => $"{forward} / {backward} ms",
    };

    /// <summary>What opens, as JSON whose text holds no tag.</summary>
    private static string Data(StepExplanation step, KernelSources kernels, SourcePlaces places)
    {
        var users = step.Nodes.SelectMany(node => node.Node.Inputs.Distinct().Select(input => (input, node.Node.Id)))
            .ToLookup(pair => pair.input, pair => pair.Id);
        return JsonSerializer.Serialize(new
        {
            nodes = step.Nodes.Select(node => new
            {
                name = node.Node.Op,
                shape = $"{node.Node.Shape}",
                module = node.Module,
                bytes = node.Node.Bytes,
                kept = node.KeptUntil,
                saved = node.Node.Saved.Select(saved => saved.Description),
                gradient = node.Node.RequiresGradient,
                inputs = node.Node.Inputs,
                users = users[node.Node.Id],
                forward = Cost(node.Forward),
                backward = Cost(node.Backward),
            }),
            others = step.Others.Select(other => new { name = other.Name, forward = Cost(other.Cost) }),
            kernels = kernels.All.Select(kernel => new
            {
                number = kernel.Number,
                name = kernel.Name,
                places = kernel.Places,
                launches = kernel.Launches,
                text = kernel.Text,
            }),
        });

        object Cost(WorkCost cost) => new
        {
            ms = ExplainText.Time(cost),
            calls = cost.Calls,
            host = cost.Codes.Distinct().SelectMany(places.Of).Distinct(),
            kernels = kernels.NumbersOf(cost),
        };
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Resource(string name)
    {
        using var stream = typeof(ExplainPage).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static void Add(StringBuilder page, FormattableString text) =>
        page.Append(text.ToString(CultureInfo.InvariantCulture));
}
