using System.Collections.Immutable;
using System.Globalization;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Quantizers;

/// <summary>What stands for a code that a <see cref="CodeRemap"/> does not have.</summary>
public enum UnknownCode
{
    /// <summary>Any of those that it has, at random.</summary>
    Random,

    /// <summary>One more than it has.</summary>
    Extra,

    /// <summary>One of them, always the same.</summary>
    Fixed,
}

/// <summary>Indices among the codes of a codebook that are used: of a table u₀, u₁, … of codes, u_j becomes j and j becomes u_j
/// again. A model of the indices then has as many classes as there are such codes.</summary>
/// <remarks>
/// <para>A code that is not in the table becomes a random index, the extra index n behind those of the n codes, or a fixed one;
/// the extra index becomes u₀ again. Of a code that is there twice, the first place counts.</para>
/// <para>Random indices are functions of the seed and the place of the index (<see cref="Philox"/>).</para>
/// <para>Source: the remapping of the vector quantizers of taming-transformers and diffusers (<c>remap</c>,
/// <c>unknown_index</c>), which draws other random numbers.</para>
/// </remarks>
public sealed class CodeRemap
{
    private const ulong Stream = 0x52454D41_50000000; // "REMAP"

    private readonly int[] places;
    private readonly int fixedIndex;
    private readonly ulong seed;

    /// <param name="used">The table: codes that are used.</param>
    /// <param name="codes">K, the codes that there are.</param>
    /// <param name="unknown">What stands for the others.</param>
    /// <param name="fixedIndex">That index, where it is fixed.</param>
    /// <param name="seed">Another seed gives other random indices.</param>
    /// <exception cref="OptionException">The table is empty or has a code that is not there, or the fixed index is none of the
    /// table's.</exception>
    public CodeRemap(
        ImmutableArray<int> used, int codes, UnknownCode unknown = UnknownCode.Random, int fixedIndex = 0, ulong seed = 0)
    {
        Check.That("used", "at least one code", "none", !used.IsDefaultOrEmpty);
        Check.That(
            "used", $"codes from 0 to {codes - 1}", used.FirstOrDefault(code => code < 0 || code >= codes),
            used.All(code => code >= 0 && code < codes));
        Check.That("unknown", "random, extra or a fixed index", unknown, Enum.IsDefined(unknown));
        Check.That(
            "unknown", $"an index of the table, from 0 to {used.Length - 1}", fixedIndex,
            unknown != UnknownCode.Fixed || (fixedIndex >= 0 && fixedIndex < used.Length));
        (Used, Unknown, this.fixedIndex, this.seed) = (used, unknown, fixedIndex, seed);
        places = new int[codes];
        Array.Fill(places, -1);
        for (var j = used.Length - 1; j >= 0; j--)
        {
            places[used[j]] = j;
        }
    }

    /// <summary>The table.</summary>
    public ImmutableArray<int> Used { get; }

    /// <summary>What stands for codes that it does not have.</summary>
    public UnknownCode Unknown { get; }

    /// <summary>How many indices there are: one for each code of the table, and the extra one.</summary>
    public int Count => Used.Length + (Unknown == UnknownCode.Extra ? 1 : 0);

    /// <summary>All that it does, as a line of text: another table, or another rule, has another one.</summary>
    public string Description => string.Create(
        CultureInfo.InvariantCulture, $"{string.Join(',', Used)} of {places.Length}, {Unknown} {fixedIndex} {seed}");

    /// <summary>Indices of the codebook to those of the table, in place.</summary>
    /// <param name="ids">Each from 0 to K − 1.</param>
    /// <param name="first">The place of the first among all indices.</param>
    public void ToUsed(Span<int> ids, long first = 0)
    {
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = places[ids[i]] is >= 0 and var place ? place : Stand(first + i);
        }
    }

    /// <summary>Indices of the table to those of the codebook, in place.</summary>
    /// <param name="ids">Each from 0 to <see cref="Count"/> − 1.</param>
    public void ToAll(Span<int> ids)
    {
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = Used[ids[i] < Used.Length ? ids[i] : 0];
        }
    }

    private int Stand(long place) => Unknown switch
    {
        UnknownCode.Extra => Used.Length,
        UnknownCode.Fixed => fixedIndex,
        _ => (int)Philox.ToRange(Philox.Block(seed, Stream, (ulong)place).X, (uint)Used.Length),
    };
}
