using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Benchmarks;

/// <summary>One op at one size.</summary>
/// <param name="Op">The op, and which of its passes.</param>
/// <param name="Size">Its shapes, in one line.</param>
/// <param name="Flops">Operations that the definition counts, a multiply-add as two; 0 where memory is what limits.</param>
/// <param name="Bytes">Bytes that must be read and written once.</param>
/// <param name="Run">Computes it and frees the result.</param>
internal sealed record OpCase(string Op, string Size, double Flops, double Bytes, Action Run);

/// <summary>The ops of the model at its default sizes, and what other models add; operands are drawn once.</summary>
internal sealed class OpCases(Device device, int batch) : IDisposable
{
    /// <summary>Images whose activations, 256 MB, exceed the caches of accelerators.</summary>
    private const int LargeBatch = 4096;

    private readonly List<OpCase> cases = [];
    private readonly List<Tensor<float>> operands = [];

    public IReadOnlyList<OpCase> All()
    {
        AddProducts();
        AddConvolutions();
        AddElementwise();
        AddRows();
        AddAttention(b: 8, heads: 1, t: 1024, width: 512);
        AddAttention(b: 32, heads: 8, t: 64, width: 256);
        return cases;
    }

    public void Dispose() => operands.ForEach(operand => operand.Dispose());

    private void AddProducts()
    {
        // An accelerator needs more than the processor to show what it can.
        var square = device.IsHost ? 1024 : 4096;
        foreach (var (m, k, n) in new[]
        {
            (square, square, square), (batch * 64, 128, 64), (batch * 64, 64, 512), (64, batch * 64, 128),
        })
        {
            var (a, b) = (Draw([m, k]), Draw([k, n]));
            Add("matmul", $"{m}×{k}×{n}", 2.0 * m * k * n, a.Size + b.Size + (double)m * n,
                () => Primitive.Matmul(a, b).Dispose());
        }

        var (vectors, codes) = (Draw([batch * 64, 64]), Draw([512, 64]));
        Add("nearest-code", $"{vectors.Shape} of {codes.Shape}", 2.0 * vectors.Size * 512, vectors.Size + codes.Size,
            () => Primitive.NearestCode(vectors, codes).Dispose());
    }

    private void AddConvolutions()
    {
        var (one, same, halving) = (new Conv2dParams(), new Conv2dParams(Padding: 1), new Conv2dParams(Stride: 2, Padding: 1));
        AddConvolution([batch, 3, 32, 32], [64, 3, 4, 4], halving);
        AddConvolution([batch, 64, 16, 16], [128, 64, 4, 4], halving);
        AddConvolution([batch, 128, 8, 8], [128, 128, 3, 3], same);
        AddConvolution([batch, 128, 8, 8], [32, 128, 3, 3], same);
        AddConvolution([batch, 32, 8, 8], [128, 32, 1, 1], one);
        AddConvolution([batch, 128, 8, 8], [64, 128, 1, 1], one);
        AddConvolution([batch, 64, 8, 8], [128, 64, 3, 3], same);
        AddTransposed([batch, 128, 8, 8], [128, 64, 4, 4], halving);
        AddTransposed([batch, 64, 16, 16], [64, 3, 4, 4], halving);
    }

    private void AddConvolution(Shape x, Shape weight, Conv2dParams p)
    {
        var (input, w, bias) = (Draw(x), Draw(weight), Draw([weight[0]]));
        var dY = Keep(Primitive.Conv2d(input, w, bias, p));
        var size = $"{x} * {weight} stride {p.Stride}";
        var (flops, bytes) = (2.0 * dY.Size * weight[1] * weight[2] * weight[3], (double)input.Size + w.Size + dY.Size);
        Add("conv2d", size, flops, bytes, () => Primitive.Conv2d(input, w, bias, p).Dispose());
        Add("conv2d dX", size, flops, bytes, () => Primitive.Conv2dInputGradient(dY, w, x, p).Dispose());
        Add("conv2d dW", size, flops, bytes, () => Primitive.Conv2dWeightGradient(input, dY, weight, p).Dispose());
    }

    private void AddTransposed(Shape x, Shape weight, Conv2dParams p)
    {
        var (input, w, bias) = (Draw(x), Draw(weight), Draw([weight[1]]));
        var dY = Keep(Primitive.ConvTranspose2d(input, w, bias, p));
        var size = $"{x} * {weight} stride {p.Stride}";
        var (flops, bytes) = (2.0 * input.Size * weight[1] * weight[2] * weight[3], (double)input.Size + w.Size + dY.Size);
        Add("conv-transpose2d", size, flops, bytes, () => Primitive.ConvTranspose2d(input, w, bias, p).Dispose());
        Add("conv-transpose2d dX", size, flops, bytes, () => Primitive.ConvTranspose2dInputGradient(dY, w, x, p).Dispose());
        Add("conv-transpose2d dW", size, flops, bytes,
            () => Primitive.ConvTranspose2dWeightGradient(input, dY, weight, p).Dispose());
    }

    private void AddElementwise()
    {
        var large = device.IsHost ? batch : Math.Max(batch, LargeBatch);
        var (a, b, bias) = (Draw([large, 64, 16, 16]), Draw([large, 64, 16, 16]), Draw([64, 1, 1]));
        var n = (double)a.Size;
        AddStream("relu", a.Shape, 2 * n, () => Primitive.Map(a, default(Relu)).Dispose());
        AddStream("relu dX", a.Shape, 3 * n, () => Primitive.Zip("relu", a, b, default(OutputGradient<Relu>)).Dispose());
        AddStream("silu", a.Shape, 2 * n, () => Primitive.Map(a, default(Silu)).Dispose());
        AddStream("add", a.Shape, 3 * n, () => Primitive.Zip("add", a, b, default(Add)).Dispose());
        AddStream("add bias", a.Shape, 2 * n, () => Primitive.Zip("add", a, bias, default(Add)).Dispose());
        AddStream("sum to bias", a.Shape, n, () => Primitive.Sum(a, [0, 2, 3]).Dispose());
        AddStream("sum", a.Shape, n, () => Primitive.Sum(a, []).Dispose());
        AddStream("mean-squared-error", a.Shape, 2 * n, () => Primitive.MeanSquaredError(a, b).Dispose());
        var latents = Draw([batch, 64, 8, 8]);
        AddStream("permute", latents.Shape, 2.0 * latents.Size, () => Primitive.Permute(latents, [0, 2, 3, 1]).Dispose());

        // The default model has 663 000 parameters.
        var (parameter, gradient) = (Draw([663_000]), Draw([663_000]));
        var (mean, square) = (Keep(Primitive.Fill(device, [663_000], 0)), Keep(Primitive.Fill(device, [663_000], 0)));
        var step = new AdamStep(1e-3f, 0.9f, 0.999f, 1e-8f, 0, 1);
        AddStream("adam", parameter.Shape, 7.0 * parameter.Size,
            () => Primitive.UpdateAdam(parameter, gradient, mean, square, step));
    }

    private void AddRows()
    {
        var logits = Draw([batch * 64, 512]);
        var softmax = Keep(Primitive.Softmax(logits));
        AddStream("softmax", logits.Shape, 2.0 * logits.Size, () => Primitive.Softmax(logits).Dispose());
        AddStream("softmax dX", logits.Shape, 3.0 * logits.Size, () => Primitive.SoftmaxGradient(softmax, logits).Dispose());
        var (x, weight, bias) = (Draw([batch, 128, 16, 16]), Draw([128]), Draw([128]));
        AddStream("group-norm", x.Shape, 2.0 * x.Size, () =>
        {
            var (y, m, r) = Primitive.GroupNorm(x, weight, bias, groups: 32, epsilon: 1e-5f);
            Free(y, m, r);
        });
        AddStream("batch-norm", x.Shape, 2.0 * x.Size, () =>
        {
            var (y, m, r) = Primitive.BatchNorm(x, weight, bias, epsilon: 1e-5f);
            Free(y, m, r);
        });
    }

    private void AddAttention(int b, int heads, int t, int width)
    {
        Shape shape = [b, t, width];
        var (q, k, v, dY) = (Draw(shape), Draw(shape), Draw(shape), Draw(shape));
        var (result, sums, kept) = Primitive.Attention(q, k, v, heads, diagonal: null, isForGradient: true);
        var (y, logSums, scores) = (Keep(result), Keep(sums), kept is null ? null : Keep(kept));
        var (size, product) = ($"{shape}, {heads} heads", 2.0 * shape.Size * t);
        Add("attention", size, 2 * product, 4.0 * shape.Size, () =>
        {
            var (own, ownSums) = Primitive.Attention(q, k, v, heads);
            Free(own, ownSums);
        });
        Add("attention dQKV", size, 4 * product, 8.0 * shape.Size, () =>
        {
            var (dQ, dK, dV) = Primitive.AttentionGradient(dY, q, k, v, y, logSums, heads, scores: scores);
            Free(dQ, dK, dV);
        });
    }

    private void AddStream(string op, Shape shape, double floats, Action run) => Add(op, $"{shape}", flops: 0, floats, run);

    private void Add(string op, string size, double flops, double floats, Action run) =>
        cases.Add(new OpCase(op, size, flops, sizeof(float) * floats, run));

    private Tensor<float> Draw(Shape shape) =>
        Keep(Primitive.RandomUniform(device, shape, -0.5f, 0.5f, seed: 1, stream: (ulong)operands.Count));

    private Tensor<float> Keep(Tensor<float> tensor)
    {
        operands.Add(tensor);
        return tensor;
    }

    private static void Free(params ReadOnlySpan<Tensor<float>> tensors)
    {
        foreach (var tensor in tensors)
        {
            tensor.Dispose();
        }
    }
}
