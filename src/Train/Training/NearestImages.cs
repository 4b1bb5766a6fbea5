using System.Runtime.ExceptionServices;
using IlgpuVq.Models.Data;

namespace IlgpuVq.Train.Training;

/// <summary>An image of a set and how far it is from another.</summary>
/// <param name="Image">Its number in the set.</param>
/// <param name="Squared">Σ (a − b)² over its bytes.</param>
internal readonly record struct Neighbour(int Image, long Squared) : IComparable<Neighbour>
{
    /// <summary>The Euclidean distance of pixels from 0 to 1.</summary>
    public double Distance => Math.Sqrt(Squared) / 255;

    /// <summary>The nearer first, of equally near ones that of the lower number.</summary>
    public int CompareTo(Neighbour other) => (Squared, Image).CompareTo((other.Squared, other.Image));
}

/// <summary>Finds the images of a set that are nearest to given ones, by a pass over the set.</summary>
internal static class NearestImages
{
    /// <summary>Images after which it tells how far it is.</summary>
    private const int Part = 4096;

    /// <summary>The nearest images of each query, the nearest first.</summary>
    /// <param name="data">The set; it is read once, by all processors.</param>
    /// <param name="queries">Images of its size, as planes of bytes.</param>
    /// <param name="count">How many for each; all where the set has fewer.</param>
    /// <param name="advance">Gets the images that are done; null for nobody.</param>
    /// <exception cref="Models.DataException">An image cannot be read.</exception>
    public static Neighbour[][] Find(
        ImageDataSet data, IReadOnlyList<byte[]> queries, int count, Action<long>? advance = null)
    {
        var (nearest, gate) = (new Nearest(queries.Count, count), new Lock());
        advance?.Invoke(0);
        for (var first = 0; first < data.Count; first += Part)
        {
            var end = Math.Min(data.Count, first + Part);
            try
            {
                Parallel.For(
                    first, end, () => (Pixels: new byte[data.ImageLength], Nearest: new Nearest(queries.Count, count)),
                    (image, _, own) =>
                    {
                        data.Read(image, own.Pixels);
                        for (var query = 0; query < queries.Count; query++)
                        {
                            own.Nearest.Add(query, new Neighbour(image, PixelDistance.Squared(queries[query], own.Pixels)));
                        }

                        return own;
                    },
                    own =>
                    {
                        lock (gate)
                        {
                            nearest.AddAll(own.Nearest);
                        }
                    });
            }
            catch (AggregateException error)
            {
                ExceptionDispatchInfo.Throw(error.InnerExceptions[0]);
            }

            advance?.Invoke(end);
        }

        return nearest.ToArray();
    }

    /// <summary>The nearest so far, in order; which they are does not depend on the order in which images come.</summary>
    private sealed class Nearest(int queries, int count)
    {
        private readonly List<Neighbour>[] all = [.. Enumerable.Range(0, queries).Select(_ => new List<Neighbour>(count + 1))];

        public void Add(int query, Neighbour image)
        {
            var own = all[query];
            if (own.Count == count && own[^1].CompareTo(image) < 0)
            {
                return;
            }

            own.Insert(~own.BinarySearch(image), image);
            if (own.Count > count)
            {
                own.RemoveAt(count);
            }
        }

        public void AddAll(Nearest other)
        {
            for (var query = 0; query < all.Length; query++)
            {
                other.all[query].ForEach(image => Add(query, image));
            }
        }

        public Neighbour[][] ToArray() => Array.ConvertAll(all, own => own.ToArray());
    }
}
