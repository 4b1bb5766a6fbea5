namespace IlgpuVq.Train.Config;

/// <summary>Guesses what was meant by a name that is not known.</summary>
internal static class Spelling
{
    /// <summary>Letters that a guess may differ by: one of every so many.</summary>
    private const int LettersPerSlip = 3;

    /// <summary>The known name that the word is nearest to, or begins; null where none is near.</summary>
    public static string? Closest(string word, IEnumerable<string> known)
    {
        var slips = Math.Max(1, word.TrimStart('-').Length / LettersPerSlip);
        var names = known.ToArray();
        return names.Select(name => (Name: name, Distance: Distance(word.ToLowerInvariant(), name.ToLowerInvariant())))
            .Where(candidate => candidate.Distance <= slips)
            .OrderBy(candidate => candidate.Distance)
            .Select(candidate => candidate.Name)
            .FirstOrDefault()
            ?? (names.Where(name => IsBeginning(word, name)).ToArray() is [var only] ? only : null);
    }

    /// <summary>A question that ends a message; nothing where no name is near.</summary>
    public static string DidYouMean(string word, IEnumerable<string> known) =>
        Closest(word, known) is { } name ? $"Did you mean {name}?" : "";

    private static bool IsBeginning(string word, string name) =>
        word.TrimStart('-').Length > 1 && name.StartsWith(word, StringComparison.OrdinalIgnoreCase);

    /// <summary>Letters to insert, remove, replace or swap with their neighbour until one word is the other.</summary>
    private static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                rows[i, j] = i == 0 || j == 0 ? i + j : Math.Min(
                    Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1, rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
                }
            }
        }

        return rows[a.Length, b.Length];
    }
}
