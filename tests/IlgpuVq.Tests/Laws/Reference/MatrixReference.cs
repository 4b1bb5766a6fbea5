using IlgpuVq.Tensors;

namespace IlgpuVq.Tests.Laws.Reference;

/// <summary>Matrix products and convolutions from their definitions.</summary>
internal static class MatrixReference
{
    public static DoubleTensor Matmul(DoubleTensor a, DoubleTensor b, Transpose transpose)
    {
        if (a.Shape.Rank == 3)
        {
            var products = Enumerable.Range(0, a.Shape[0]).Select(batch => Matmul(Matrix(a, batch), Matrix(b, batch), transpose));
            var (rows, columns) = ProductSize(a, b, transpose);
            return new DoubleTensor([a.Shape[0], rows, columns], [.. products.SelectMany(product => product.Values)]);
        }

        var (m, n) = ProductSize(a, b, transpose);
        var inner = transpose.HasFlag(Transpose.A) ? a.Shape[0] : a.Shape[1];
        var c = DoubleTensor.Zeros([m, n]);
        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++)
            {
                for (var k = 0; k < inner; k++)
                {
                    c[i, j] += (transpose.HasFlag(Transpose.A) ? a[k, i] : a[i, k])
                        * (transpose.HasFlag(Transpose.B) ? b[j, k] : b[k, j]);
                }
            }
        }

        return c;
    }

    /// <summary>c[…, i, j] = Σₖ a[…, i, k] · b[…, k, j], leading axes of length 1 or missing repeated; a vector is a row on the
    /// left, a column on the right, and c lacks its axis.</summary>
    public static DoubleTensor MatmulOfAnyRank(DoubleTensor a, DoubleTensor b, Transpose transpose)
    {
        var transposeA = transpose.HasFlag(Transpose.A) && a.Shape.Rank > 1;
        var transposeB = transpose.HasFlag(Transpose.B) && b.Shape.Rank > 1;
        var left = a.Shape.Rank == 1 ? new DoubleTensor([1, a.Shape[0]], a.Values) : a;
        var right = b.Shape.Rank == 1 ? new DoubleTensor([b.Shape[0], 1], b.Values) : b;
        var batch = ElementwiseReference.CommonShape([.. left.Shape.SkipLast(2)], [.. right.Shape.SkipLast(2)]);
        var (rows, columns) = ProductSize(left, right, (transposeA ? Transpose.A : 0) | (transposeB ? Transpose.B : 0));
        var inner = transposeA ? left.Shape[^2] : left.Shape[^1];
        var c = DoubleTensor.Build([.. batch, rows, columns], at => Enumerable.Range(0, inner).Sum(k =>
            Element(left, at, transposeA ? (k, at[^2]) : (at[^2], k))
            * Element(right, at, transposeB ? (at[^1], k) : (k, at[^1]))));
        int[] shape = [.. batch, .. a.Shape.Rank == 1 ? (int[])[] : [rows], .. b.Shape.Rank == 1 ? (int[])[] : [columns]];
        return new DoubleTensor(Shape.Create(shape), c.Values);
    }

    /// <summary>Each head and query: the values that it sees, weighted by the softmax of its scores; 0 where it sees
    /// none.</summary>
    public static DoubleTensor Attention(DoubleTensor q, DoubleTensor k, DoubleTensor v, int heads, int? diagonal)
    {
        var (part, partOfV) = (q.Shape[2] / heads, v.Shape[2] / heads);
        return DoubleTensor.Build([q.Shape[0], q.Shape[1], v.Shape[2]], at =>
        {
            var (b, t, head) = (at[0], at[1], at[2] / partOfV);
            var seen = Enumerable.Range(0, k.Shape[1]).Where(s => diagonal is null || s <= t + diagonal).ToList();
            if (seen.Count == 0)
            {
                return 0;
            }

            var width = Enumerable.Range(head * part, part);
            var scores = seen.ConvertAll(s => width.Sum(d => q[b, t, d] * k[b, s, d]) / Math.Sqrt(part));
            var weights = scores.ConvertAll(score => Math.Exp(score - scores.Max()));
            return seen.Sum(s => weights[s] * v[b, s, at[2]]) / weights.Sum();
        });
    }

    /// <summary>y[b, co, oh, ow] = bias[co] + Σ x[b, ci, oh·stride + kh·dilation − pad, …] · weight[co, ci, kh, kw].</summary>
    public static DoubleTensor Conv2d(DoubleTensor x, DoubleTensor weight, DoubleTensor? bias, Conv2dParams p)
    {
        var (batch, h, w) = (x.Shape[0], x.Shape[2], x.Shape[3]);
        var (cOut, cInPerGroup, kernelH, kernelW) = (weight.Shape[0], weight.Shape[1], weight.Shape[2], weight.Shape[3]);
        var outH = (h + p.Padding.Top + p.Padding.Bottom - p.Dilation.H * (kernelH - 1) - 1) / p.Stride.H + 1;
        var outW = (w + p.Padding.Left + p.Padding.Right - p.Dilation.W * (kernelW - 1) - 1) / p.Stride.W + 1;
        return DoubleTensor.Build([batch, cOut, outH, outW], at =>
        {
            var (b, co, oh, ow) = (at[0], at[1], at[2], at[3]);
            var group = co / (cOut / p.Groups);
            var sum = bias?[co] ?? 0;
            for (var ci = 0; ci < cInPerGroup; ci++)
            {
                for (var kh = 0; kh < kernelH; kh++)
                {
                    for (var kw = 0; kw < kernelW; kw++)
                    {
                        var row = oh * p.Stride.H + kh * p.Dilation.H - p.Padding.Top;
                        var column = ow * p.Stride.W + kw * p.Dilation.W - p.Padding.Left;
                        if (row >= 0 && row < h && column >= 0 && column < w)
                        {
                            sum += x[b, group * cInPerGroup + ci, row, column] * weight[co, ci, kh, kw];
                        }
                    }
                }
            }

            return sum;
        });
    }

    /// <summary>Each x[b, ci, ih, iw] · weight[ci, co, kh, kw] is added to y[b, co, ih·stride + kh·dilation − pad, …].</summary>
    public static DoubleTensor ConvTranspose2d(
        DoubleTensor x, DoubleTensor weight, DoubleTensor? bias, Conv2dParams p, Pair outputPadding)
    {
        var (batch, cIn, h, w) = (x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3]);
        var (cOutPerGroup, kernelH, kernelW) = (weight.Shape[1], weight.Shape[2], weight.Shape[3]);
        var outH = (h - 1) * p.Stride.H + p.Dilation.H * (kernelH - 1) + 1 - p.Padding.Top - p.Padding.Bottom + outputPadding.H;
        var outW = (w - 1) * p.Stride.W + p.Dilation.W * (kernelW - 1) + 1 - p.Padding.Left - p.Padding.Right + outputPadding.W;
        var y = DoubleTensor.Build([batch, cOutPerGroup * p.Groups, outH, outW], at => bias?[at[1]] ?? 0);
        foreach (var at in DoubleTensor.Indices(x.Shape))
        {
            var (b, ci, ih, iw) = (at[0], at[1], at[2], at[3]);
            var group = ci / (cIn / p.Groups);
            for (var co = 0; co < cOutPerGroup; co++)
            {
                for (var kh = 0; kh < kernelH; kh++)
                {
                    for (var kw = 0; kw < kernelW; kw++)
                    {
                        var row = ih * p.Stride.H + kh * p.Dilation.H - p.Padding.Top;
                        var column = iw * p.Stride.W + kw * p.Dilation.W - p.Padding.Left;
                        if (row >= 0 && row < outH && column >= 0 && column < outW)
                        {
                            y[b, group * cOutPerGroup + co, row, column] += x[at] * weight[ci, co, kh, kw];
                        }
                    }
                }
            }
        }

        return y;
    }

    /// <summary>An element of the matrix that stands at the leading axes of <paramref name="at"/>.</summary>
    private static double Element(DoubleTensor x, int[] at, (int Row, int Column) place)
    {
        var batch = at[(at.Length - x.Shape.Rank)..^2].Select((index, axis) => x.Shape[axis] == 1 ? 0 : index);
        return x[[.. batch, place.Row, place.Column]];
    }

    private static (int M, int N) ProductSize(DoubleTensor a, DoubleTensor b, Transpose transpose) =>
        (transpose.HasFlag(Transpose.A) ? a.Shape[^1] : a.Shape[^2], transpose.HasFlag(Transpose.B) ? b.Shape[^2] : b.Shape[^1]);

    private static DoubleTensor Matrix(DoubleTensor x, int batch)
    {
        var size = x.Shape[1] * x.Shape[2];
        return new DoubleTensor([x.Shape[1], x.Shape[2]], x.Values[(batch * size)..((batch + 1) * size)]);
    }
}
