namespace IlgpuVq.Tests.Support;

/// <summary>Damages files at random.</summary>
internal static class ChangedBytes
{
    /// <summary>One to four bytes anew, or some left out, or some put in; more often near the start, where the header
    /// is.</summary>
    public static byte[] Of(byte[] whole, Random random)
    {
        var changed = whole.ToList();
        for (var i = random.Next(4); i >= 0 && changed.Count > 0; i--)
        {
            var at = random.Next(random.Next(2) == 0 ? Math.Min(changed.Count, 64) : changed.Count);
            switch (random.Next(6))
            {
                case 0:
                    changed[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    changed[at] = 0xFF;
                    break;
                case 2:
                    changed.RemoveRange(at, Math.Min(random.Next(1, 9), changed.Count - at));
                    break;
                case 3:
                    changed.Insert(at, (byte)random.Next(256));
                    break;
                default:
                    changed[at] = (byte)random.Next(256);
                    break;
            }
        }

        return [.. changed];
    }
}
