using System.Runtime.Intrinsics;

namespace IlgpuVq.Tensors.Host.Gemm;

/// <content>The register tiles, one per vector width. Each holds its whole C tile in registers over all segments; the rows are
/// written out because the JIT keeps locals, not arrays, in registers.</content>
internal static unsafe partial class GemmTile
{
    private static void Tile512(in TileOperands t, float* c, nint cStride)
    {
        Vector512<float> c00, c01;
        Vector512<float> c10, c11;
        Vector512<float> c20, c21;
        Vector512<float> c30, c31;
        Vector512<float> c40, c41;
        Vector512<float> c50, c51;
        Vector512<float> c60, c61;
        Vector512<float> c70, c71;
        if (t.Start != null)
        {
            var start = t.Start;
            c00 = Vector512.Load(start) + Vector512.Create(t.Bias[0]);
            c01 = Vector512.Load(start + Vector512<float>.Count) + Vector512.Create(t.Bias[0]);
            start += t.StartStride;
            c10 = Vector512.Load(start) + Vector512.Create(t.Bias[1]);
            c11 = Vector512.Load(start + Vector512<float>.Count) + Vector512.Create(t.Bias[1]);
            start += t.StartStride;
            c20 = Vector512.Load(start) + Vector512.Create(t.Bias[2]);
            c21 = Vector512.Load(start + Vector512<float>.Count) + Vector512.Create(t.Bias[2]);
            start += t.StartStride;
            c30 = Vector512.Load(start) + Vector512.Create(t.Bias[3]);
            c31 = Vector512.Load(start + Vector512<float>.Count) + Vector512.Create(t.Bias[3]);
            start += t.StartStride;
            c40 = Vector512.Load(start) + Vector512.Create(t.Bias[4]);
            c41 = Vector512.Load(start + Vector512<float>.Count) + Vector512.Create(t.Bias[4]);
            start += t.StartStride;
            c50 = Vector512.Load(start) + Vector512.Create(t.Bias[5]);
            c51 = Vector512.Load(start + Vector512<float>.Count) + Vector512.Create(t.Bias[5]);
            start += t.StartStride;
            c60 = Vector512.Load(start) + Vector512.Create(t.Bias[6]);
            c61 = Vector512.Load(start + Vector512<float>.Count) + Vector512.Create(t.Bias[6]);
            start += t.StartStride;
            c70 = Vector512.Load(start) + Vector512.Create(t.Bias[7]);
            c71 = Vector512.Load(start + Vector512<float>.Count) + Vector512.Create(t.Bias[7]);
        }
        else
        {
            c00 = c01 = Vector512.Create(t.Bias[0]);
            c10 = c11 = Vector512.Create(t.Bias[1]);
            c20 = c21 = Vector512.Create(t.Bias[2]);
            c30 = c31 = Vector512.Create(t.Bias[3]);
            c40 = c41 = Vector512.Create(t.Bias[4]);
            c50 = c51 = Vector512.Create(t.Bias[5]);
            c60 = c61 = Vector512.Create(t.Bias[6]);
            c70 = c71 = Vector512.Create(t.Bias[7]);
        }

        var (row, twoRows) = (t.ARowStride, 2 * t.ARowStride);
        for (var s = 0; s < t.SegmentCount; s++)
        {
            var segment = t.Segments[s];
            var a = t.A + segment.A;
            var rowThree = a + 3 * row;
            var rowSix = rowThree + 3 * row;
            var b = t.B + segment.B;
            for (var k = segment.Count; k > 0; k--)
            {
                var b0 = Vector512.Load(b);
                var b1 = Vector512.Load(b + Vector512<float>.Count);
                var a0 = Vector512.Create(a[0]);
                c00 = Vector512.MultiplyAddEstimate(a0, b0, c00);
                c01 = Vector512.MultiplyAddEstimate(a0, b1, c01);
                var a1 = Vector512.Create(a[row]);
                c10 = Vector512.MultiplyAddEstimate(a1, b0, c10);
                c11 = Vector512.MultiplyAddEstimate(a1, b1, c11);
                var a2 = Vector512.Create(a[twoRows]);
                c20 = Vector512.MultiplyAddEstimate(a2, b0, c20);
                c21 = Vector512.MultiplyAddEstimate(a2, b1, c21);
                var a3 = Vector512.Create(rowThree[0]);
                c30 = Vector512.MultiplyAddEstimate(a3, b0, c30);
                c31 = Vector512.MultiplyAddEstimate(a3, b1, c31);
                var a4 = Vector512.Create(rowThree[row]);
                c40 = Vector512.MultiplyAddEstimate(a4, b0, c40);
                c41 = Vector512.MultiplyAddEstimate(a4, b1, c41);
                var a5 = Vector512.Create(rowThree[twoRows]);
                c50 = Vector512.MultiplyAddEstimate(a5, b0, c50);
                c51 = Vector512.MultiplyAddEstimate(a5, b1, c51);
                var a6 = Vector512.Create(rowSix[0]);
                c60 = Vector512.MultiplyAddEstimate(a6, b0, c60);
                c61 = Vector512.MultiplyAddEstimate(a6, b1, c61);
                var a7 = Vector512.Create(rowSix[row]);
                c70 = Vector512.MultiplyAddEstimate(a7, b0, c70);
                c71 = Vector512.MultiplyAddEstimate(a7, b1, c71);
                a += t.AStride;
                rowThree += t.AStride;
                rowSix += t.AStride;
                b += t.BStride;
            }
        }

        var floor = Vector512.Create(t.Floor);
        Vector512.MaxNative(floor, c00).Store(c);
        Vector512.MaxNative(floor, c01).Store(c + 1 * Vector512<float>.Count);
        Vector512.MaxNative(floor, c10).Store(c + cStride);
        Vector512.MaxNative(floor, c11).Store(c + cStride + 1 * Vector512<float>.Count);
        Vector512.MaxNative(floor, c20).Store(c + 2 * cStride);
        Vector512.MaxNative(floor, c21).Store(c + 2 * cStride + 1 * Vector512<float>.Count);
        Vector512.MaxNative(floor, c30).Store(c + 3 * cStride);
        Vector512.MaxNative(floor, c31).Store(c + 3 * cStride + 1 * Vector512<float>.Count);
        Vector512.MaxNative(floor, c40).Store(c + 4 * cStride);
        Vector512.MaxNative(floor, c41).Store(c + 4 * cStride + 1 * Vector512<float>.Count);
        Vector512.MaxNative(floor, c50).Store(c + 5 * cStride);
        Vector512.MaxNative(floor, c51).Store(c + 5 * cStride + 1 * Vector512<float>.Count);
        Vector512.MaxNative(floor, c60).Store(c + 6 * cStride);
        Vector512.MaxNative(floor, c61).Store(c + 6 * cStride + 1 * Vector512<float>.Count);
        Vector512.MaxNative(floor, c70).Store(c + 7 * cStride);
        Vector512.MaxNative(floor, c71).Store(c + 7 * cStride + 1 * Vector512<float>.Count);
    }

    private static void Tile512Low(in TileOperands t, float* c, nint cStride)
    {
        Vector512<float> c00, c01;
        Vector512<float> c10, c11;
        Vector512<float> c20, c21;
        Vector512<float> c30, c31;
        if (t.Start != null)
        {
            var start = t.Start;
            c00 = Vector512.Load(start) + Vector512.Create(t.Bias[0]);
            c01 = Vector512.Load(start + Vector512<float>.Count) + Vector512.Create(t.Bias[0]);
            start += t.StartStride;
            c10 = Vector512.Load(start) + Vector512.Create(t.Bias[1]);
            c11 = Vector512.Load(start + Vector512<float>.Count) + Vector512.Create(t.Bias[1]);
            start += t.StartStride;
            c20 = Vector512.Load(start) + Vector512.Create(t.Bias[2]);
            c21 = Vector512.Load(start + Vector512<float>.Count) + Vector512.Create(t.Bias[2]);
            start += t.StartStride;
            c30 = Vector512.Load(start) + Vector512.Create(t.Bias[3]);
            c31 = Vector512.Load(start + Vector512<float>.Count) + Vector512.Create(t.Bias[3]);
        }
        else
        {
            c00 = c01 = Vector512.Create(t.Bias[0]);
            c10 = c11 = Vector512.Create(t.Bias[1]);
            c20 = c21 = Vector512.Create(t.Bias[2]);
            c30 = c31 = Vector512.Create(t.Bias[3]);
        }

        var (row, twoRows) = (t.ARowStride, 2 * t.ARowStride);
        for (var s = 0; s < t.SegmentCount; s++)
        {
            var segment = t.Segments[s];
            var a = t.A + segment.A;
            var rowThree = a + 3 * row;
            var b = t.B + segment.B;
            for (var k = segment.Count; k > 0; k--)
            {
                var b0 = Vector512.Load(b);
                var b1 = Vector512.Load(b + Vector512<float>.Count);
                var a0 = Vector512.Create(a[0]);
                c00 = Vector512.MultiplyAddEstimate(a0, b0, c00);
                c01 = Vector512.MultiplyAddEstimate(a0, b1, c01);
                var a1 = Vector512.Create(a[row]);
                c10 = Vector512.MultiplyAddEstimate(a1, b0, c10);
                c11 = Vector512.MultiplyAddEstimate(a1, b1, c11);
                var a2 = Vector512.Create(a[twoRows]);
                c20 = Vector512.MultiplyAddEstimate(a2, b0, c20);
                c21 = Vector512.MultiplyAddEstimate(a2, b1, c21);
                var a3 = Vector512.Create(rowThree[0]);
                c30 = Vector512.MultiplyAddEstimate(a3, b0, c30);
                c31 = Vector512.MultiplyAddEstimate(a3, b1, c31);
                a += t.AStride;
                rowThree += t.AStride;
                b += t.BStride;
            }
        }

        var floor = Vector512.Create(t.Floor);
        Vector512.MaxNative(floor, c00).Store(c);
        Vector512.MaxNative(floor, c01).Store(c + 1 * Vector512<float>.Count);
        Vector512.MaxNative(floor, c10).Store(c + cStride);
        Vector512.MaxNative(floor, c11).Store(c + cStride + 1 * Vector512<float>.Count);
        Vector512.MaxNative(floor, c20).Store(c + 2 * cStride);
        Vector512.MaxNative(floor, c21).Store(c + 2 * cStride + 1 * Vector512<float>.Count);
        Vector512.MaxNative(floor, c30).Store(c + 3 * cStride);
        Vector512.MaxNative(floor, c31).Store(c + 3 * cStride + 1 * Vector512<float>.Count);
    }

    private static void Tile256(in TileOperands t, float* c, nint cStride)
    {
        Vector256<float> c00, c01;
        Vector256<float> c10, c11;
        Vector256<float> c20, c21;
        Vector256<float> c30, c31;
        Vector256<float> c40, c41;
        Vector256<float> c50, c51;
        if (t.Start != null)
        {
            var start = t.Start;
            c00 = Vector256.Load(start) + Vector256.Create(t.Bias[0]);
            c01 = Vector256.Load(start + Vector256<float>.Count) + Vector256.Create(t.Bias[0]);
            start += t.StartStride;
            c10 = Vector256.Load(start) + Vector256.Create(t.Bias[1]);
            c11 = Vector256.Load(start + Vector256<float>.Count) + Vector256.Create(t.Bias[1]);
            start += t.StartStride;
            c20 = Vector256.Load(start) + Vector256.Create(t.Bias[2]);
            c21 = Vector256.Load(start + Vector256<float>.Count) + Vector256.Create(t.Bias[2]);
            start += t.StartStride;
            c30 = Vector256.Load(start) + Vector256.Create(t.Bias[3]);
            c31 = Vector256.Load(start + Vector256<float>.Count) + Vector256.Create(t.Bias[3]);
            start += t.StartStride;
            c40 = Vector256.Load(start) + Vector256.Create(t.Bias[4]);
            c41 = Vector256.Load(start + Vector256<float>.Count) + Vector256.Create(t.Bias[4]);
            start += t.StartStride;
            c50 = Vector256.Load(start) + Vector256.Create(t.Bias[5]);
            c51 = Vector256.Load(start + Vector256<float>.Count) + Vector256.Create(t.Bias[5]);
        }
        else
        {
            c00 = c01 = Vector256.Create(t.Bias[0]);
            c10 = c11 = Vector256.Create(t.Bias[1]);
            c20 = c21 = Vector256.Create(t.Bias[2]);
            c30 = c31 = Vector256.Create(t.Bias[3]);
            c40 = c41 = Vector256.Create(t.Bias[4]);
            c50 = c51 = Vector256.Create(t.Bias[5]);
        }

        var (row, twoRows) = (t.ARowStride, 2 * t.ARowStride);
        for (var s = 0; s < t.SegmentCount; s++)
        {
            var segment = t.Segments[s];
            var a = t.A + segment.A;
            var rowThree = a + 3 * row;
            var b = t.B + segment.B;
            for (var k = segment.Count; k > 0; k--)
            {
                var b0 = Vector256.Load(b);
                var b1 = Vector256.Load(b + Vector256<float>.Count);
                var a0 = Vector256.Create(a[0]);
                c00 = Vector256.MultiplyAddEstimate(a0, b0, c00);
                c01 = Vector256.MultiplyAddEstimate(a0, b1, c01);
                var a1 = Vector256.Create(a[row]);
                c10 = Vector256.MultiplyAddEstimate(a1, b0, c10);
                c11 = Vector256.MultiplyAddEstimate(a1, b1, c11);
                var a2 = Vector256.Create(a[twoRows]);
                c20 = Vector256.MultiplyAddEstimate(a2, b0, c20);
                c21 = Vector256.MultiplyAddEstimate(a2, b1, c21);
                var a3 = Vector256.Create(rowThree[0]);
                c30 = Vector256.MultiplyAddEstimate(a3, b0, c30);
                c31 = Vector256.MultiplyAddEstimate(a3, b1, c31);
                var a4 = Vector256.Create(rowThree[row]);
                c40 = Vector256.MultiplyAddEstimate(a4, b0, c40);
                c41 = Vector256.MultiplyAddEstimate(a4, b1, c41);
                var a5 = Vector256.Create(rowThree[twoRows]);
                c50 = Vector256.MultiplyAddEstimate(a5, b0, c50);
                c51 = Vector256.MultiplyAddEstimate(a5, b1, c51);
                a += t.AStride;
                rowThree += t.AStride;
                b += t.BStride;
            }
        }

        var floor = Vector256.Create(t.Floor);
        Vector256.MaxNative(floor, c00).Store(c);
        Vector256.MaxNative(floor, c01).Store(c + 1 * Vector256<float>.Count);
        Vector256.MaxNative(floor, c10).Store(c + cStride);
        Vector256.MaxNative(floor, c11).Store(c + cStride + 1 * Vector256<float>.Count);
        Vector256.MaxNative(floor, c20).Store(c + 2 * cStride);
        Vector256.MaxNative(floor, c21).Store(c + 2 * cStride + 1 * Vector256<float>.Count);
        Vector256.MaxNative(floor, c30).Store(c + 3 * cStride);
        Vector256.MaxNative(floor, c31).Store(c + 3 * cStride + 1 * Vector256<float>.Count);
        Vector256.MaxNative(floor, c40).Store(c + 4 * cStride);
        Vector256.MaxNative(floor, c41).Store(c + 4 * cStride + 1 * Vector256<float>.Count);
        Vector256.MaxNative(floor, c50).Store(c + 5 * cStride);
        Vector256.MaxNative(floor, c51).Store(c + 5 * cStride + 1 * Vector256<float>.Count);
    }

    private static void Tile128(in TileOperands t, float* c, nint cStride)
    {
        Vector128<float> c00, c01;
        Vector128<float> c10, c11;
        Vector128<float> c20, c21;
        Vector128<float> c30, c31;
        Vector128<float> c40, c41;
        Vector128<float> c50, c51;
        Vector128<float> c60, c61;
        Vector128<float> c70, c71;
        if (t.Start != null)
        {
            var start = t.Start;
            c00 = Vector128.Load(start) + Vector128.Create(t.Bias[0]);
            c01 = Vector128.Load(start + Vector128<float>.Count) + Vector128.Create(t.Bias[0]);
            start += t.StartStride;
            c10 = Vector128.Load(start) + Vector128.Create(t.Bias[1]);
            c11 = Vector128.Load(start + Vector128<float>.Count) + Vector128.Create(t.Bias[1]);
            start += t.StartStride;
            c20 = Vector128.Load(start) + Vector128.Create(t.Bias[2]);
            c21 = Vector128.Load(start + Vector128<float>.Count) + Vector128.Create(t.Bias[2]);
            start += t.StartStride;
            c30 = Vector128.Load(start) + Vector128.Create(t.Bias[3]);
            c31 = Vector128.Load(start + Vector128<float>.Count) + Vector128.Create(t.Bias[3]);
            start += t.StartStride;
            c40 = Vector128.Load(start) + Vector128.Create(t.Bias[4]);
            c41 = Vector128.Load(start + Vector128<float>.Count) + Vector128.Create(t.Bias[4]);
            start += t.StartStride;
            c50 = Vector128.Load(start) + Vector128.Create(t.Bias[5]);
            c51 = Vector128.Load(start + Vector128<float>.Count) + Vector128.Create(t.Bias[5]);
            start += t.StartStride;
            c60 = Vector128.Load(start) + Vector128.Create(t.Bias[6]);
            c61 = Vector128.Load(start + Vector128<float>.Count) + Vector128.Create(t.Bias[6]);
            start += t.StartStride;
            c70 = Vector128.Load(start) + Vector128.Create(t.Bias[7]);
            c71 = Vector128.Load(start + Vector128<float>.Count) + Vector128.Create(t.Bias[7]);
        }
        else
        {
            c00 = c01 = Vector128.Create(t.Bias[0]);
            c10 = c11 = Vector128.Create(t.Bias[1]);
            c20 = c21 = Vector128.Create(t.Bias[2]);
            c30 = c31 = Vector128.Create(t.Bias[3]);
            c40 = c41 = Vector128.Create(t.Bias[4]);
            c50 = c51 = Vector128.Create(t.Bias[5]);
            c60 = c61 = Vector128.Create(t.Bias[6]);
            c70 = c71 = Vector128.Create(t.Bias[7]);
        }

        var (row, twoRows) = (t.ARowStride, 2 * t.ARowStride);
        for (var s = 0; s < t.SegmentCount; s++)
        {
            var segment = t.Segments[s];
            var a = t.A + segment.A;
            var rowThree = a + 3 * row;
            var rowSix = rowThree + 3 * row;
            var b = t.B + segment.B;
            for (var k = segment.Count; k > 0; k--)
            {
                var b0 = Vector128.Load(b);
                var b1 = Vector128.Load(b + Vector128<float>.Count);
                var a0 = Vector128.Create(a[0]);
                c00 = Vector128.MultiplyAddEstimate(a0, b0, c00);
                c01 = Vector128.MultiplyAddEstimate(a0, b1, c01);
                var a1 = Vector128.Create(a[row]);
                c10 = Vector128.MultiplyAddEstimate(a1, b0, c10);
                c11 = Vector128.MultiplyAddEstimate(a1, b1, c11);
                var a2 = Vector128.Create(a[twoRows]);
                c20 = Vector128.MultiplyAddEstimate(a2, b0, c20);
                c21 = Vector128.MultiplyAddEstimate(a2, b1, c21);
                var a3 = Vector128.Create(rowThree[0]);
                c30 = Vector128.MultiplyAddEstimate(a3, b0, c30);
                c31 = Vector128.MultiplyAddEstimate(a3, b1, c31);
                var a4 = Vector128.Create(rowThree[row]);
                c40 = Vector128.MultiplyAddEstimate(a4, b0, c40);
                c41 = Vector128.MultiplyAddEstimate(a4, b1, c41);
                var a5 = Vector128.Create(rowThree[twoRows]);
                c50 = Vector128.MultiplyAddEstimate(a5, b0, c50);
                c51 = Vector128.MultiplyAddEstimate(a5, b1, c51);
                var a6 = Vector128.Create(rowSix[0]);
                c60 = Vector128.MultiplyAddEstimate(a6, b0, c60);
                c61 = Vector128.MultiplyAddEstimate(a6, b1, c61);
                var a7 = Vector128.Create(rowSix[row]);
                c70 = Vector128.MultiplyAddEstimate(a7, b0, c70);
                c71 = Vector128.MultiplyAddEstimate(a7, b1, c71);
                a += t.AStride;
                rowThree += t.AStride;
                rowSix += t.AStride;
                b += t.BStride;
            }
        }

        var floor = Vector128.Create(t.Floor);
        Vector128.MaxNative(floor, c00).Store(c);
        Vector128.MaxNative(floor, c01).Store(c + 1 * Vector128<float>.Count);
        Vector128.MaxNative(floor, c10).Store(c + cStride);
        Vector128.MaxNative(floor, c11).Store(c + cStride + 1 * Vector128<float>.Count);
        Vector128.MaxNative(floor, c20).Store(c + 2 * cStride);
        Vector128.MaxNative(floor, c21).Store(c + 2 * cStride + 1 * Vector128<float>.Count);
        Vector128.MaxNative(floor, c30).Store(c + 3 * cStride);
        Vector128.MaxNative(floor, c31).Store(c + 3 * cStride + 1 * Vector128<float>.Count);
        Vector128.MaxNative(floor, c40).Store(c + 4 * cStride);
        Vector128.MaxNative(floor, c41).Store(c + 4 * cStride + 1 * Vector128<float>.Count);
        Vector128.MaxNative(floor, c50).Store(c + 5 * cStride);
        Vector128.MaxNative(floor, c51).Store(c + 5 * cStride + 1 * Vector128<float>.Count);
        Vector128.MaxNative(floor, c60).Store(c + 6 * cStride);
        Vector128.MaxNative(floor, c61).Store(c + 6 * cStride + 1 * Vector128<float>.Count);
        Vector128.MaxNative(floor, c70).Store(c + 7 * cStride);
        Vector128.MaxNative(floor, c71).Store(c + 7 * cStride + 1 * Vector128<float>.Count);
    }
}
