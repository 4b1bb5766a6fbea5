using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Priors;

/// <summary>What the layers of a causal network keep of the places that it has gone by, so that the next place costs its own work
/// only.</summary>
/// <remarks>
/// <para>Everything that depends on the place is read on the device, from <see cref="Place"/>: one place is the same calls as any
/// other, so that it can be recorded. What layers keep is made when they first ask; a first pass that is not recorded does
/// that.</para>
/// <para>Memory: B·T·C floats for each layer that looks at other places, T the places of the grid.</para>
/// </remarks>
public sealed class PlaceCache : IDisposable
{
    private readonly Dictionary<object, Tensor<float>> kept = [];
    private readonly Dictionary<object, Tensor<int>> keptIds = [];
    private readonly Dictionary<object, IDisposable> prepared = [];

    /// <param name="device">Of the network.</param>
    /// <param name="batch">Grids that are gone through side by side, B.</param>
    /// <param name="height">Rows of a grid.</param>
    /// <param name="width">Places of a row.</param>
    public PlaceCache(Device device, int batch, int height, int width)
    {
        (Device, Batch, Height, Width) = (device, batch, height, width);
        Place = device.From<int>([0], [1]);
    }

    public Device Device { get; }

    /// <summary>Grids, B.</summary>
    public int Batch { get; }

    /// <summary>Rows of a grid.</summary>
    public int Height { get; }

    /// <summary>Places of a row.</summary>
    public int Width { get; }

    /// <summary>(1): where the network is, row by row; of a row at once its first place.</summary>
    public Tensor<int> Place { get; }

    /// <summary>Goes to a place, from the host.</summary>
    public void GoTo(int place) => Place.CopyFrom([place]);

    /// <summary>What a layer keeps: rows (B·parts, T, C / parts), zeros at first.</summary>
    /// <param name="owner">The layer, or what stands for one of several things that it keeps.</param>
    /// <param name="channels">C.</param>
    /// <param name="parts">Parts of a row that are sequences of their own, such as heads.</param>
    public Tensor<float> Keep(object owner, int channels, int parts = 1)
    {
        if (!kept.TryGetValue(owner, out var rows))
        {
            kept[owner] = rows = Primitive.Fill(Device, [Batch * parts, Height * Width, channels / parts], 0);
        }

        return rows;
    }

    /// <summary>Indices that a layer keeps, (B, levels, h, w): −1, no code, at first.</summary>
    /// <param name="owner">The layer.</param>
    /// <param name="levels">Indices of a place.</param>
    public Tensor<int> KeepIds(object owner, int levels)
    {
        if (!keptIds.TryGetValue(owner, out var ids))
        {
            keptIds[owner] = ids = Device.Empty<int>([Batch, levels, Height, Width]);
            Forget(ids);
        }

        return ids;
    }

    /// <summary>What places see of those up to them, with their keys and values, which are kept:
    /// <c>y[n] = Σₛ softmax(q[n]·k)[s] · v[s]</c> over s ≤ place + n + diagonal.</summary>
    /// <remarks>Shapes: q, k, v (B·heads, N, d) → y the same, the caller's to dispose.</remarks>
    /// <param name="owner">The layer.</param>
    /// <param name="q">Queries, scaled.</param>
    /// <param name="k">Keys of the same places.</param>
    /// <param name="v">Values of the same places.</param>
    /// <param name="heads">Sequences of each grid.</param>
    /// <param name="diagonal">0 where a place sees itself, −1 where not.</param>
    public Tensor<float> Attend(object owner, Tensor<float> q, Tensor<float> k, Tensor<float> v, int heads, int diagonal)
    {
        var channels = heads * q.Shape[2];
        var keys = Keep((owner, nameof(k)), channels, heads); // (B·heads, T, d)
        var values = Keep((owner, nameof(v)), channels, heads);
        Primitive.PutRowsInto(keys, k, Place);
        Primitive.PutRowsInto(values, v, Place);
        return Primitive.PlaceAttention(q, keys, values, Place, diagonal);
    }

    /// <summary>What a layer needs that is the same at each place, such as a weight in another order; made once.</summary>
    public TValue Prepare<TValue>(object owner, Func<TValue> make)
        where TValue : IDisposable
    {
        if (!prepared.TryGetValue(owner, out var value))
        {
            prepared[owner] = value = make();
        }

        return (TValue)value;
    }

    /// <summary>Forgets all places; weights that were prepared stay.</summary>
    public void Clear()
    {
        foreach (var rows in kept.Values)
        {
            Primitive.FillInto(rows, 0);
        }

        foreach (var ids in keptIds.Values)
        {
            Forget(ids);
        }

        GoTo(0);
    }

    public void Dispose()
    {
        IEnumerable<IDisposable> all = [.. kept.Values, .. keptIds.Values, .. prepared.Values];
        foreach (var owned in all)
        {
            owned.Dispose();
        }

        Place.Dispose();
    }

    /// <summary>Rows (B, N, C) of x (B, C, 1, N).</summary>
    internal static Tensor<float> RowsOf(Tensor<float> x)
    {
        var (b, c, n) = (x.Shape[0], x.Shape[1], x.Shape[3]);
        if (n == 1)
        {
            return x.Reshape([b, 1, c]);
        }

        using var flat = x.Reshape([b, c, n]);
        return Primitive.Permute(flat, [0, 2, 1]);
    }

    /// <summary>x (B, C, 1, N) of rows (B, N, C).</summary>
    internal static Tensor<float> ImageOf(Tensor<float> rows)
    {
        var (b, n, c) = (rows.Shape[0], rows.Shape[1], rows.Shape[2]);
        if (n == 1)
        {
            return rows.Reshape([b, c, 1, 1]);
        }

        using var columns = Primitive.Permute(rows, [0, 2, 1]);
        return columns.Reshape([b, c, 1, n]);
    }

    private static void Forget(Tensor<int> ids)
    {
        var none = new int[ids.Size];
        Array.Fill(none, -1);
        ids.CopyFrom(none);
    }
}
