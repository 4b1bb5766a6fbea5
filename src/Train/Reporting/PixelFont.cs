namespace IlgpuVq.Train.Reporting;

/// <summary>The letters that pictures are labelled with, five pixels wide and nine high, with one column between them.</summary>
internal static class PixelFont
{
    /// <summary>Rows of a letter, two below the line included.</summary>
    public const int Height = 9;

    /// <summary>Columns of a letter and the gap behind it.</summary>
    public const int Advance = 6;

    /// <summary>A row is five bits, the leftmost pixel highest.</summary>
    private static readonly Dictionary<char, int[]> Letters = new()
    {
        ['a'] = [0, 0, 14, 1, 15, 17, 15, 0, 0],
        ['c'] = [0, 0, 14, 17, 16, 17, 14, 0, 0],
        ['e'] = [0, 0, 14, 17, 31, 16, 14, 0, 0],
        ['g'] = [0, 0, 15, 17, 17, 17, 15, 1, 14],
        ['i'] = [4, 0, 12, 4, 4, 4, 14, 0, 0],
        ['l'] = [12, 4, 4, 4, 4, 4, 14, 0, 0],
        ['n'] = [0, 0, 30, 17, 17, 17, 17, 0, 0],
        ['o'] = [0, 0, 14, 17, 17, 17, 14, 0, 0],
        ['r'] = [0, 0, 22, 25, 16, 16, 16, 0, 0],
        ['s'] = [0, 0, 15, 16, 14, 1, 30, 0, 0],
        ['t'] = [8, 8, 30, 8, 8, 9, 6, 0, 0],
        ['u'] = [0, 0, 17, 17, 17, 19, 13, 0, 0],
    };

    /// <summary>Calls <paramref name="paint"/> with column and row of every pixel of a word.</summary>
    /// <exception cref="KeyNotFoundException">The word has another letter than those here.</exception>
    public static void Draw(string word, Action<int, int> paint)
    {
        for (var i = 0; i < word.Length; i++)
        {
            var rows = Letters[word[i]];
            for (var y = 0; y < Height; y++)
            {
                for (var x = 0; x < Advance - 1; x++)
                {
                    if ((rows[y] >> (Advance - 2 - x) & 1) != 0)
                    {
                        paint(i * Advance + x, y);
                    }
                }
            }
        }
    }
}
