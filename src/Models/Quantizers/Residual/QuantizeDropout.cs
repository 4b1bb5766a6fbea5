using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Quantizers.Residual;

/// <summary>Which levels of a <see cref="ResidualQuantizer"/> a training step keeps: chosen on the device, so that a recorded
/// step chooses anew each time.</summary>
internal sealed class QuantizeDropout : IDisposable
{
    private readonly Tensor<float>?[] keeps;

    /// <param name="options">How many levels, and which may be left out.</param>
    /// <param name="random">The step's random numbers.</param>
    /// <param name="stream">Those of this use.</param>
    public QuantizeDropout(ResidualOptions options, RandomState random, ulong stream)
    {
        var (cutoff, multiple) = (options.QuantizeDropoutCutoff, options.QuantizeDropoutMultiple);
        keeps = new Tensor<float>?[options.Layers];
        using var draw = random.Uniform([], cutoff, options.Layers, stream);
        var count = Primitive.Fill(draw.Device, [], 0);
        for (var l = 0; l < keeps.Length; l++)
        {
            // ⌊l/m⌋·m ≤ c, and it is always below v.
            var first = l / multiple * multiple;
            keeps[l] = first <= cutoff ? null : IsBelow(first, draw);
            var next = keeps[l] is { } keep
                ? Primitive.Zip("quantize-dropout", count, keep, default(Add))
                : Primitive.Map(count, new Affine(1, 1));
            count.Dispose();
            count = next;
        }

        Share = Primitive.Map(count, default(Reciprocal));
        count.Dispose();
    }

    /// <summary>1 divided by how many levels are kept, ().</summary>
    public Tensor<float> Share { get; }

    /// <summary>1 or 0 for a level, (); null for one that is always kept.</summary>
    public Tensor<float>? Keep(int level) => keeps[level];

    public void Dispose()
    {
        Share.Dispose();
        Array.ForEach(keeps, keep => keep?.Dispose());
    }

    /// <summary>1 where the number is below v, else 0.</summary>
    private static Tensor<float> IsBelow(int number, Tensor<float> v)
    {
        using var distance = Primitive.Map(v, new Affine(1, -number));
        using var sign = Primitive.Map(distance, default(Sign));
        return Primitive.Map(sign, new Clamp(0, 1));
    }
}

/// <summary>What a module's buffers were before a forward pass that is perhaps left out.</summary>
internal sealed class BufferCopies : IDisposable
{
    private readonly (Tensor<float> Buffer, Tensor<float> Copy)[] buffers;

    public BufferCopies(Module module)
    {
        var trained = module.Parameters.Select(parameter => parameter.Name).ToHashSet();
        buffers = [.. module.State.Where(named => !trained.Contains(named.Key) && named.WholeNumbers is null)
            .Select(named => (named.Tensor, CopyOf(named.Tensor)))];
    }

    /// <summary>Puts the copies back where the number is 0.</summary>
    public void RestoreUnless(Tensor<float> keep)
    {
        foreach (var (buffer, copy) in buffers)
        {
            using var chosen = Primitive.Where(keep, buffer, copy);
            Primitive.CopyInto(buffer, chosen);
        }
    }

    public void Dispose() => Array.ForEach(buffers, buffer => buffer.Copy.Dispose());

    private static Tensor<float> CopyOf(Tensor<float> tensor)
    {
        var copy = tensor.Device.Empty<float>(tensor.Shape);
        Primitive.CopyInto(copy, tensor);
        return copy;
    }
}
