namespace IlgpuVq.Tests.Laws.Reference;

/// <summary>Reads and writes of whole rows by id.</summary>
internal static class LookupReference
{
    /// <summary>y[n, :] = table[ids[n], :]; NaN for an id outside the table.</summary>
    public static DoubleTensor Embedding(int[] ids, DoubleTensor table) => DoubleTensor.Build(
        [ids.Length, table.Shape[1]],
        at => ids[at[0]] >= 0 && ids[at[0]] < table.Shape[0] ? table[ids[at[0]], at[1]] : double.NaN);

    /// <summary>y[n, :] = Σₜₗ tables[t, ids[t, n, l], :]; an id outside the table adds nothing.</summary>
    public static DoubleTensor EmbeddingBag(int[] ids, int n, int l, DoubleTensor tables)
    {
        var (k, d) = (tables.Shape[1], tables.Shape[2]);
        var y = DoubleTensor.Zeros([n, d]);
        for (var i = 0; i < ids.Length; i++)
        {
            for (var column = 0; column < d && ids[i] >= 0 && ids[i] < k; column++)
            {
                y[i / l % n, column] += tables[i / l / n, ids[i], column];
            }
        }

        return y;
    }

    /// <summary>y[k, :] = Σ of the rows values[n, :] with ids[n] = k; an id outside [0, rows) is dropped.</summary>
    public static DoubleTensor ScatterAdd(DoubleTensor values, int[] ids, int rows)
    {
        var y = DoubleTensor.Zeros([rows, values.Shape[1]]);
        for (var n = 0; n < ids.Length; n++)
        {
            for (var d = 0; d < values.Shape[1] && ids[n] >= 0 && ids[n] < rows; d++)
            {
                y[ids[n], d] += values[n, d];
            }
        }

        return y;
    }

    /// <summary>argminₖ ‖x[n] − codebook[k]‖², the first of equal ones.</summary>
    public static int[] NearestCode(DoubleTensor x, DoubleTensor codebook)
    {
        var ids = new int[x.Shape[0]];
        for (var n = 0; n < ids.Length; n++)
        {
            ids[n] = Enumerable.Range(0, codebook.Shape[0]).MinBy(
                k => Enumerable.Range(0, x.Shape[1]).Sum(d => Math.Pow(x[n, d] - codebook[k, d], 2)));
        }

        return ids;
    }
}
