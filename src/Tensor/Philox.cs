namespace IlgpuVq.Tensors;

/// <summary>Counter-based random numbers, Philox-4×32 with 10 rounds: the same (key, counter) gives the same
/// four words on every device.</summary>
/// <remarks>
/// <para>Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011,
/// section 3.3 and its constants.</para>
/// <para>A key is (seed), a counter is (stream, index): streams separate the uses of one seed (data order of an epoch, one op at
/// one step), the index addresses a block of four words within it. No state is kept, so a resumed run needs only its step.</para>
/// <para>Used by host code and inside kernels: nothing but 32- and 64-bit integer arithmetic.</para>
/// </remarks>
public static class Philox
{
    internal const uint MultiplierA = 0xD2511F53;
    internal const uint MultiplierB = 0xCD9E8D57;
    internal const uint WeylA = 0x9E3779B9;
    internal const uint WeylB = 0xBB67AE85;
    internal const int Rounds = 10;

    /// <summary>The four random words of block <paramref name="index"/> of <paramref name="stream"/>
    /// under <paramref name="seed"/>.</summary>
    public static (uint X, uint Y, uint Z, uint W) Block(ulong seed, ulong stream, ulong index)
    {
        var (x, y, z, w) = ((uint)index, (uint)(index >> 32), (uint)stream, (uint)(stream >> 32));
        var (keyA, keyB) = ((uint)seed, (uint)(seed >> 32));
        for (var round = 0; round < Rounds; round++)
        {
            var productA = (ulong)MultiplierA * x;
            var productB = (ulong)MultiplierB * z;
            x = (uint)(productB >> 32) ^ y ^ keyA;
            y = (uint)productB;
            z = (uint)(productA >> 32) ^ w ^ keyB;
            w = (uint)productA;
            keyA += WeylA;
            keyB += WeylB;
        }

        return (x, y, z, w);
    }

    /// <summary>A float in [0, 1) with 24 random bits.</summary>
    /// <remarks>From a signed number: of an unsigned one C# makes a double first, which not every device has.</remarks>
    public static float ToUniform(uint word) => (int)(word >> 8) * (1f / (1 << 24));

    /// <summary>A whole number in [0, bound), from 32 random bits by multiplication (bias below bound / 2³²).</summary>
    public static uint ToRange(uint word, uint bound) => (uint)(((ulong)word * bound) >> 32);
}
