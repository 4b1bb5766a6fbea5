namespace IlgpuVq.Train.Reporting;

/// <summary>The letters that pictures are labelled with, five pixels wide and nine high, with one column between them: a to z,
/// digits, and a few marks. Capitals are drawn as small letters, all others as a box.</summary>
internal static class PixelFont
{
    /// <summary>Rows of a letter, two below the line included.</summary>
    public const int Height = 9;

    /// <summary>Columns of a letter and the gap behind it.</summary>
    public const int Advance = 6;

    /// <summary>What it draws besides the box and the space.</summary>
    public const string Known = "abcdefghijklmnopqrstuvwxyz0123456789-_./";

    /// <summary>A row is five bits, the leftmost pixel highest.</summary>
    private static readonly int[] Box = [31, 17, 17, 17, 17, 17, 31, 0, 0];

    private static readonly Dictionary<char, int[]> Letters = new()
    {
        [' '] = [0, 0, 0, 0, 0, 0, 0, 0, 0],
        ['a'] = [0, 0, 14, 1, 15, 17, 15, 0, 0],
        ['b'] = [16, 16, 30, 17, 17, 17, 30, 0, 0],
        ['c'] = [0, 0, 14, 17, 16, 17, 14, 0, 0],
        ['d'] = [1, 1, 15, 17, 17, 17, 15, 0, 0],
        ['e'] = [0, 0, 14, 17, 31, 16, 14, 0, 0],
        ['f'] = [6, 8, 28, 8, 8, 8, 8, 0, 0],
        ['g'] = [0, 0, 15, 17, 17, 17, 15, 1, 14],
        ['h'] = [16, 16, 30, 17, 17, 17, 17, 0, 0],
        ['i'] = [4, 0, 12, 4, 4, 4, 14, 0, 0],
        ['j'] = [2, 0, 6, 2, 2, 2, 2, 18, 12],
        ['k'] = [16, 16, 18, 20, 24, 20, 18, 0, 0],
        ['l'] = [12, 4, 4, 4, 4, 4, 14, 0, 0],
        ['m'] = [0, 0, 26, 21, 21, 21, 21, 0, 0],
        ['n'] = [0, 0, 30, 17, 17, 17, 17, 0, 0],
        ['o'] = [0, 0, 14, 17, 17, 17, 14, 0, 0],
        ['p'] = [0, 0, 30, 17, 17, 17, 30, 16, 16],
        ['q'] = [0, 0, 15, 17, 17, 17, 15, 1, 1],
        ['r'] = [0, 0, 22, 25, 16, 16, 16, 0, 0],
        ['s'] = [0, 0, 15, 16, 14, 1, 30, 0, 0],
        ['t'] = [8, 8, 30, 8, 8, 9, 6, 0, 0],
        ['u'] = [0, 0, 17, 17, 17, 19, 13, 0, 0],
        ['v'] = [0, 0, 17, 17, 17, 10, 4, 0, 0],
        ['w'] = [0, 0, 17, 21, 21, 21, 10, 0, 0],
        ['x'] = [0, 0, 17, 10, 4, 10, 17, 0, 0],
        ['y'] = [0, 0, 17, 17, 17, 17, 15, 1, 14],
        ['z'] = [0, 0, 31, 2, 4, 8, 31, 0, 0],
        ['0'] = [14, 17, 19, 21, 25, 17, 14, 0, 0],
        ['1'] = [4, 12, 4, 4, 4, 4, 14, 0, 0],
        ['2'] = [14, 17, 1, 6, 8, 16, 31, 0, 0],
        ['3'] = [14, 17, 1, 6, 1, 17, 14, 0, 0],
        ['4'] = [2, 6, 10, 18, 31, 2, 2, 0, 0],
        ['5'] = [31, 16, 30, 1, 1, 17, 14, 0, 0],
        ['6'] = [6, 8, 16, 30, 17, 17, 14, 0, 0],
        ['7'] = [31, 1, 2, 4, 8, 8, 8, 0, 0],
        ['8'] = [14, 17, 17, 14, 17, 17, 14, 0, 0],
        ['9'] = [14, 17, 17, 15, 1, 2, 12, 0, 0],
        ['-'] = [0, 0, 0, 0, 14, 0, 0, 0, 0],
        ['_'] = [0, 0, 0, 0, 0, 0, 0, 31, 0],
        ['.'] = [0, 0, 0, 0, 0, 12, 12, 0, 0],
        ['/'] = [1, 1, 2, 4, 8, 16, 16, 0, 0],
    };

    /// <summary>Calls <paramref name="paint"/> with column and row of every pixel of a word.</summary>
    public static void Draw(string word, Action<int, int> paint)
    {
        for (var i = 0; i < word.Length; i++)
        {
            var rows = Letters.GetValueOrDefault(char.ToLowerInvariant(word[i]), Box);
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
