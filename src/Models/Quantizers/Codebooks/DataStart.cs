using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers.Codebooks;

/// <summary>Codes of the first batch that a model is trained with: rows of it, or the means of its clusters.</summary>
/// <remarks>
/// <para>Rows are drawn one from each of K equal parts of the batch, K different ones where there are so many. Means are
/// those of ten iterations of k-means from such rows; of directions, made as long as 1, for cosines.</para>
/// <para>The codes of an EMA codebook have sums that belong to them: each stands for as many vectors as its cluster has, a
/// drawn row for N/K.</para>
/// <para>Whether it has happened is a number on the device, <c>_codebook_started</c> (), which is saved: the step is the same
/// calls each time, and a run that goes on does not begin again. A file without it is one of codes that have begun.</para>
/// </remarks>
internal sealed class DataStart : Module
{
    /// <summary>As in lucidrains' vector-quantize-pytorch.</summary>
    private const int Iterations = 10;

    private readonly VectorQuantizerOptions options;
    private readonly ulong stream;
    private readonly Tensor<float> started;

    /// <param name="scope">Where its key lies.</param>
    /// <param name="options">K, the distance, and which start.</param>
    public DataStart(ModuleScope scope, VectorQuantizerOptions options)
        : base(scope)
    {
        this.options = options;
        stream = ModuleScope.StreamOf(scope.Key("start"));
        started = AddBuffer("_codebook_started", Primitive.Fill(scope.Device, [], 0), ifMissing: 1);
    }

    /// <summary>Gives a codebook its first codes, once.</summary>
    /// <param name="codebook">The codebook.</param>
    /// <param name="vectors">(N, D).</param>
    /// <param name="mask">(N), which of them count; null for all.</param>
    /// <param name="random">The step's random numbers.</param>
    public void Run(Codebook codebook, Tensor<float> vectors, Tensor<float>? mask, RandomState random)
    {
        var k = options.CodebookSize;
        using var active = Primitive.Map(started, new Affine(-1, 1));
        using var codes = DataSamples.Draw(vectors, mask, k, random, stream);
        using var weights = mask?.Share() ?? Primitive.Fill(Device, [vectors.Shape[0]], 1);
        using var total = Primitive.Sum(weights, []);
        using var share = Primitive.Map(total, new Affine(1f / k, 0));
        using var counts = Primitive.Expand(share, [k]);
        if (options.CodebookStart == CodebookStart.Kmeans)
        {
            Primitive.KMeans(
                codes, counts, vectors, weights, active,
                new KMeansParams(Iterations, IsSpherical: options.Distance == CodeDistance.Cosine));
        }

        codebook.Begin(active, codes, counts);
        Primitive.FillInto(started, 1);
    }
}
