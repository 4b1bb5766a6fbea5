namespace IlgpuVq.Tensors.Primitives;

/// <summary>Which element of an axis is read for each place of a result, <c>y[i] = x[Source(i)]</c>, and the way back. A plain
/// value: kernels take it as a parameter.</summary>
internal interface IAxisMap
{
    /// <summary>What place i reads; below 0 for nothing.</summary>
    int Source(int i);

    /// <summary>How many places may read element k.</summary>
    int Readers(int k);

    /// <summary>The j-th of them, in rising order; one that is outside of the result does not.</summary>
    int Reader(int k, int j);
}

/// <summary>Every step-th element from start on.</summary>
internal readonly record struct StepMap(int Start, int Step) : IAxisMap
{
    public int Source(int i) => Start + i * Step;

    public int Readers(int k) => 1;

    public int Reader(int k, int j)
    {
        var place = (k - Start) / Step;
        return place * Step == k - Start ? place : -1;
    }
}

/// <summary>An axis of so many elements behind <paramref name="Before"/> mirrored ones (fewer than it has), or without as many as
/// that is below 0.</summary>
internal readonly record struct ReflectMap(int Before, int Length) : IAxisMap
{
    public int Source(int i)
    {
        var k = i - Before;
        k = k < 0 ? -k : k;
        return k < Length ? k : 2 * (Length - 1) - k;
    }

    public int Readers(int k) => 3;

    public int Reader(int k, int j)
    {
        // The outermost elements are their own images.
        var left = k > 0 ? Before - k : -1;
        var right = k < Length - 1 ? Before + 2 * (Length - 1) - k : -1;
        return j == 0 ? left : j == 1 ? Before + k : right;
    }
}

/// <summary>An axis of so many elements behind <paramref name="Before"/> copies of the first one, in a result of
/// <paramref name="Count"/>; without as many as Before is below 0.</summary>
internal readonly record struct ReplicateMap(int Before, int Length, int Count) : IAxisMap
{
    public int Source(int i)
    {
        var k = i - Before;
        return k < 0 ? 0 : k < Length ? k : Length - 1;
    }

    public int Readers(int k) => (k == Length - 1 ? Count : Before + k + 1) - Reader(k, 0);

    public int Reader(int k, int j) => (k == 0 ? 0 : Before + k) + j;
}
