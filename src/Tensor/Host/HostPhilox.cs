using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace IlgpuVq.Tensors.Host;

/// <summary><see cref="Philox"/> for sixteen neighbouring blocks at once, lane by lane the same words.</summary>
internal static class HostPhilox
{
    public const int Blocks = 16;

    /// <summary>The words of blocks first … first + 15.</summary>
    public static (Vector512<uint> X, Vector512<uint> Y, Vector512<uint> Z, Vector512<uint> W) Words(
        ulong seed, ulong stream, ulong first)
    {
        var low = Half(seed, stream, first);
        var high = Half(seed, stream, first + Blocks / 2);
        return (Vector512.Narrow(low.X, high.X), Vector512.Narrow(low.Y, high.Y), Vector512.Narrow(low.Z, high.Z),
            Vector512.Narrow(low.W, high.W));
    }

    /// <summary><see cref="Philox.ToUniform"/> of each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> ToUniform(Vector512<uint> words) =>
        Vector512.ConvertToSingle((words >> 8).AsInt32()) * Vector512.Create(1f / (1 << 24));

    /// <summary>Eight blocks; every lane holds 32 bits, so that a product has room for 64.</summary>
    private static (Vector512<ulong> X, Vector512<ulong> Y, Vector512<ulong> Z, Vector512<ulong> W) Half(
        ulong seed, ulong stream, ulong first)
    {
        var mask = Vector512.Create((ulong)uint.MaxValue);
        var index = Vector512.Create(first) + Vector512<ulong>.Indices;
        var (x, y) = (index & mask, index >> 32);
        var (z, w) = (Vector512.Create(stream & uint.MaxValue), Vector512.Create(stream >> 32));
        var (keyA, keyB) = ((uint)seed, (uint)(seed >> 32));
        for (var round = 0; round < Philox.Rounds; round++)
        {
            var productA = x * Vector512.Create((ulong)Philox.MultiplierA);
            var productB = z * Vector512.Create((ulong)Philox.MultiplierB);
            x = (productB >> 32) ^ y ^ Vector512.Create((ulong)keyA);
            y = productB & mask;
            z = (productA >> 32) ^ w ^ Vector512.Create((ulong)keyB);
            w = productA & mask;
            keyA += Philox.WeylA;
            keyB += Philox.WeylB;
        }

        return (x, y, z, w);
    }
}
