using System.Globalization;
using System.Text;
using IlgpuVq.Train.Training;

namespace IlgpuVq.Train.Reporting.Pages;

/// <summary>Codes as points of a plane, SVG within a page: coloured and sized by their use, the most used above; those that are
/// not used are crosses, or nowhere. Each point has a title.</summary>
internal static class CodebookMap
{
    /// <summary>Colours of use in the page's styles.</summary>
    public const int Colours = 6;

    private const int Width = 480, Height = 400;

    // The frame, with room for names of axes left and below.
    private const int Left = 24, Right = Width - 4, Top = 4, Bottom = Height - 24;
    private const double Border = 12;
    private const double LeastRadius = 2.2, GreatestRadius = 6.5;

    // Points are drawn smaller where more than so many would hide each other.
    private const int ManyCodes = 512;

    /// <param name="title">What places them.</param>
    /// <param name="codes">The codes.</param>
    /// <param name="x">Where each lies; NaN for nowhere.</param>
    /// <param name="y">The same.</param>
    /// <param name="axes">What the axes are called; null where they mean nothing.</param>
    public static string Of(string title, SurveyedLevel codes, double[] x, double[] y, (string X, string Y)? axes = null)
    {
        var places = new Places(x, y);
        var sizes = new Sizes(codes);
        var map = new StringBuilder();
        Append($"<figure class=\"map\"><figcaption>{ReportPage.Text(title)} <output></output></figcaption>\n");
        Append($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" tabindex=\"0\" ");
        Append($"aria-label=\"{ReportPage.Text(Describe(title, codes, x))}\">\n");
        Append($"<rect class=\"grid\" x=\"{Left}\" y=\"{Top}\" width=\"{Right - Left}\" height=\"{Bottom - Top}\"/>\n");
        if (axes is { } names)
        {
            Append($"<text x=\"{(Left + Right) / 2}\" y=\"{Height - 6}\" text-anchor=\"middle\">");
            Append($"{ReportPage.Text(names.X)}</text><text transform=\"translate(14 {(Top + Bottom) / 2}) rotate(-90)\" ");
            Append($"text-anchor=\"middle\">{ReportPage.Text(names.Y)}</text>\n");
        }

        foreach (var i in Enumerable.Range(0, codes.Codes.Count).Where(i => !double.IsNaN(x[i])).OrderBy(sizes.CountOf))
        {
            var (left, top) = places.Of(i);
            var (r, kind) = sizes.Of(i);
            var (tag, shape) = kind == "dead"
                ? ("path", Invariant($"d=\"M{left - r:F1} {top - r:F1}l{2 * r} {2 * r}m0 {-2 * r}l{-2 * r} {2 * r}\""))
                : ("circle", Invariant($"cx=\"{left:F1}\" cy=\"{top:F1}\" r=\"{r:F1}\""));
            Append($"<{tag} class=\"code {kind}\" data-code=\"{codes.Codes[i]}\" {shape}>");
            Append($"<title>{NameOf(codes, i)}</title></{tag}>\n");
        }

        map.Append("</svg></figure>\n");
        return map.ToString();

        void Append(FormattableString text) => map.Append(Invariant(text));
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    /// <summary>A code and its share.</summary>
    private static string NameOf(SurveyedLevel codes, int i) => codes.Counts.Count == 0 ? $"code {codes.Codes[i]}"
        : codes.Counts[i] == 0 ? $"code {codes.Codes[i]}: not used"
        : $"code {codes.Codes[i]}: {Percent(codes.Counts[i] / codes.Indices)} of the indices";

    private static string Describe(string title, SurveyedLevel codes, double[] x)
    {
        var text = $"{title}: {codes.Codes.Count} codes";
        var outside = Enumerable.Range(0, x.Length).Count(
            i => double.IsNaN(x[i]) && (codes.Counts.Count == 0 || codes.Counts[i] > 0));
        if (codes.Counts.Count > 0)
        {
            var dead = codes.Counts.Count(count => count == 0);
            var most = Enumerable.Range(0, codes.Counts.Count).MaxBy(i => codes.Counts[i]);
            text += $", {codes.Counts.Count - dead} used and {dead} not; the most used is {NameOf(codes, most)}";
        }

        return text + (outside > 0 ? $"; {outside} are not finite and not shown" : "") + ". Arrow keys go from code to code.";
    }

    private static string Percent(double share) => (100 * share).ToString("G3", CultureInfo.InvariantCulture) + " %";

    /// <summary>Numbers to pixels, the same number of pixels along both axes.</summary>
    private sealed class Places
    {
        private readonly double[] x, y;
        private readonly double middleX, middleY, scale;

        public Places(double[] x, double[] y)
        {
            (this.x, this.y) = (x, y);
            int[] inside = [.. Enumerable.Range(0, x.Length).Where(i => !double.IsNaN(x[i]))];
            if (inside.Length > 0)
            {
                var (left, right) = (inside.Min(i => x[i]), inside.Max(i => x[i]));
                var (bottom, top) = (inside.Min(i => y[i]), inside.Max(i => y[i]));
                (middleX, middleY) = ((left + right) / 2, (bottom + top) / 2);
                var fits = Math.Min(
                    (Right - Left - (2 * Border)) / (right - left), (Bottom - Top - (2 * Border)) / (top - bottom));
                scale = double.IsFinite(fits) ? fits : 0; // all at one place
            }
        }

        public (double Left, double Top) Of(int i) => (
            ((CodebookMap.Left + Right) / 2.0) + (scale * (x[i] - middleX)),
            ((CodebookMap.Top + Bottom) / 2.0) - (scale * (y[i] - middleY)));
    }

    /// <summary>How large a point is, and in which colour: by the logarithm of its use.</summary>
    private sealed class Sizes(SurveyedLevel codes)
    {
        private readonly double size = codes.Codes.Count > ManyCodes ? 0.6 : 1;
        private readonly double least = Math.Log(codes.Counts.Where(count => count > 0).DefaultIfEmpty(1).Min());
        private readonly double most = Math.Log(Math.Max(1, codes.Counts.DefaultIfEmpty(1).Max()));

        public double CountOf(int i) => codes.Counts.Count == 0 ? 0 : codes.Counts[i];

        public (double Radius, string Kind) Of(int i)
        {
            if (codes.Counts.Count == 0)
            {
                return (size * 3, "plain");
            }

            if (codes.Counts[i] == 0)
            {
                return (size * 3, "dead");
            }

            var part = most > least ? (Math.Log(codes.Counts[i]) - least) / (most - least) : 1;
            return (size * (LeastRadius + ((GreatestRadius - LeastRadius) * part)),
                Invariant($"u{Math.Min(Colours - 1, (int)(Colours * part))}"));
        }
    }
}
