using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Priors.MaskGit;

/// <summary>The masks by which a prior that predicts hidden indices is measured.</summary>
/// <remarks>Part i hides ⌈cos(π/2·(i + ½)/8)·N⌉ of an image's N indices: the middles of eight equal parts of what training draws
/// from. Which ones follows from the image's own indices, so that a score does not depend on the images beside it.</remarks>
internal static class ScoreMasks
{
    /// <summary>Masks of an image.</summary>
    public const int Parts = 8;

    /// <summary>1 where an index is hidden, of all images (B·N).</summary>
    /// <param name="ids">(B·N).</param>
    /// <param name="perImage">N.</param>
    /// <param name="part">From 0 to below <see cref="Parts"/>.</param>
    public static float[] Of(ReadOnlySpan<int> ids, int perImage, int part)
    {
        var count = (int)Math.Ceiling(perImage * Math.Cos(Math.PI / 2 * (part + 0.5) / Parts));
        var (mask, order, places) = (new float[ids.Length], new ulong[perImage], new int[perImage]);
        for (var first = 0; first < ids.Length; first += perImage)
        {
            var seed = SeedOf(ids.Slice(first, perImage));
            for (var i = 0; i < perImage; i++)
            {
                var (x, y, _, _) = Philox.Block(seed, (ulong)part, (ulong)i);
                (order[i], places[i]) = (((ulong)x << 32) | y, i);
            }

            Array.Sort(order, places);
            foreach (var place in places.AsSpan(0, count))
            {
                mask[first + place] = 1;
            }
        }

        return mask;
    }

    /// <summary>A hash of an image's indices, FNV-1a of whole numbers.</summary>
    private static ulong SeedOf(ReadOnlySpan<int> ids)
    {
        var hash = 0xCBF2_9CE4_8422_2325;
        foreach (var id in ids)
        {
            hash = (hash ^ (uint)id) * 0x0000_0100_0000_01B3;
        }

        return hash;
    }
}
