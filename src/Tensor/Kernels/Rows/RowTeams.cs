using ILGPU;

namespace IlgpuVq.Tensors.Kernels.Rows;

/// <summary>Who works on one row of a tensor: a thread alone, or a group of threads together.</summary>
internal interface IRowTeam
{
    /// <summary>The first element of this thread.</summary>
    static abstract int First { get; }

    /// <summary>From one of its elements to the next.</summary>
    static abstract int Step { get; }

    /// <summary>The sum of what each thread of the team gives, in all of them. The order of additions is fixed.</summary>
    static abstract float Sum(float value);

    /// <summary>The largest of what each thread gives, NaN left out, in all of them.</summary>
    static abstract float Max(float value);
}

/// <summary>What is done with a row: written once, run by either team.</summary>
internal interface IRowBody
{
    void Run<TTeam>(int row)
        where TTeam : struct, IRowTeam;
}

/// <summary>One thread: where groups are slow, or rows short.</summary>
internal readonly struct LoneThread : IRowTeam
{
    public static int First => 0;

    public static int Step => 1;

    public static float Sum(float value) => value;

    public static float Max(float value) => value;
}

/// <summary>A group of threads, which read neighbours and meet in shared memory.</summary>
internal readonly struct ThreadGroup : IRowTeam
{
    public const int Threads = 128;

    public static int First => Group.IdxX;

    public static int Step => Threads;

    public static float Sum(float value)
    {
        var values = SharedMemory.Allocate<float>(Threads);
        values[Group.IdxX] = value;
        Group.Barrier();
        for (var half = Threads / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
            {
                values[Group.IdxX] += values[Group.IdxX + half];
            }

            Group.Barrier();
        }

        var sum = values[0];
        Group.Barrier();
        return sum;
    }

    public static float Max(float value)
    {
        var values = SharedMemory.Allocate<float>(Threads);
        values[Group.IdxX] = value;
        Group.Barrier();
        for (var half = Threads / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
            {
                var (own, other) = (values[Group.IdxX], values[Group.IdxX + half]);
                values[Group.IdxX] = other > own ? other : own;
            }

            Group.Barrier();
        }

        var max = values[0];
        Group.Barrier();
        return max;
    }
}

/// <summary>Sums along a row.</summary>
internal static class RowSum
{
    /// <summary>Terms that are added one after the other before the sum of them is added to the rest,
    /// which keeps rounding small.</summary>
    private const int Piece = 128;

    /// <summary>A term of a sum.</summary>
    internal interface ITerm
    {
        float At(int i);
    }

    public static float Of<TTeam, TTerm>(TTerm term, int count)
        where TTeam : struct, IRowTeam
        where TTerm : struct, ITerm
    {
        var sum = 0f;
        for (var start = 0; start < count; start += Piece * TTeam.Step)
        {
            var end = IntrinsicMath.Min(count, start + Piece * TTeam.Step);
            var part = 0f;
            for (var i = start + TTeam.First; i < end; i += TTeam.Step)
            {
                part += term.At(i);
            }

            sum += part;
        }

        return TTeam.Sum(sum);
    }
}
