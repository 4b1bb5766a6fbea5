using ILGPU;
using ILGPU.Runtime.Cuda;

namespace IlgpuVq.Tensors.Kernels.Tiles;

/// <summary>
/// A format in which tensor cores multiply; sums are kept in single precision. A warp multiplies 16 rows by 8 columns at a time.
/// </summary>
/// <remarks>
/// Thread 4g + t of a warp holds, of the rows g and g + 8 and of the column g, one word for each of two steps along k: PTX ISA, "Matrix
/// Fragments for mma.m16n8k8" and "mma.m16n8k16". The order of k within an instruction is free, as long as both operands have the same
/// one: here a word is that of step t + 4w, so that both formats read shared memory alike.
/// </remarks>
internal interface ITensorCoreNumber
{
    /// <summary>Steps along k of one instruction.</summary>
    static abstract int Steps { get; }

    /// <summary>The w-th word: what it is read from begins at step 0 of this thread.</summary>
    /// <param name="tile">The tile.</param>
    /// <param name="place">Where step 0 lies.</param>
    /// <param name="step">From one step to the next.</param>
    /// <param name="w">0 or 1.</param>
    static abstract uint Word(ArrayView<float> tile, int place, int step, int w);

    /// <summary>Adds the product of four words of a and two of b to four sums: (g, 2t), (g, 2t + 1), (g + 8, 2t), (g + 8, 2t + 1).</summary>
    static abstract void MultiplyAdd(ArrayView<uint> a, int firstA, ArrayView<uint> b, int firstB, ArrayView<float> sums, int firstSum);
}

/// <summary>TF32: 8 bits of exponent, 10 of mantissa, rounded to the nearest.</summary>
internal readonly struct TensorFloat32 : ITensorCoreNumber
{
    public static int Steps => 8;

    public static uint Word(ArrayView<float> tile, int place, int step, int w)
    {
        CudaAsm.Emit("cvt.rna.tf32.f32 %0, %1;", out uint word, tile[place + 4 * w * step]);
        return word;
    }

    public static void MultiplyAdd(ArrayView<uint> a, int firstA, ArrayView<uint> b, int firstB, ArrayView<float> sums, int firstSum) =>
        TensorCores.MultiplyAdd(
            "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};",
            a, firstA, b, firstB, sums, firstSum);
}

/// <summary>bfloat16: 8 bits of exponent, 7 of mantissa, rounded to the nearest; two in a word.</summary>
internal readonly struct BFloat16 : ITensorCoreNumber
{
    public static int Steps => 16;

    public static uint Word(ArrayView<float> tile, int place, int step, int w)
    {
        // The first source is the upper half.
        CudaAsm.Emit("cvt.rn.bf16x2.f32 %0, %1, %2;", out uint word, tile[place + (8 * w + 4) * step], tile[place + 8 * w * step]);
        return word;
    }

    public static void MultiplyAdd(ArrayView<uint> a, int firstA, ArrayView<uint> b, int firstB, ArrayView<float> sums, int firstSum) =>
        TensorCores.MultiplyAdd(
            "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};",
            a, firstA, b, firstB, sums, firstSum);
}

/// <summary>What the formats have in common.</summary>
internal static class TensorCores
{
    /// <summary>One instruction, whose words and sums stay in registers.</summary>
    public static void MultiplyAdd(
        string instruction, ArrayView<uint> a, int firstA, ArrayView<uint> b, int firstB, ArrayView<float> sums, int firstSum)
    {
        Ref<float> s0 = sums[firstSum], s1 = sums[firstSum + 1], s2 = sums[firstSum + 2], s3 = sums[firstSum + 3];
        Input<uint> a0 = a[firstA], a1 = a[firstA + 1], a2 = a[firstA + 2], a3 = a[firstA + 3];
        Input<uint> b0 = b[firstB], b1 = b[firstB + 1];
        CudaAsm.EmitRef(instruction, ref s0, ref s1, ref s2, ref s3, ref a0, ref a1, ref a2, ref a3, ref b0, ref b1);
        sums[firstSum] = s0.Value;
        sums[firstSum + 1] = s1.Value;
        sums[firstSum + 2] = s2.Value;
        sums[firstSum + 3] = s3.Value;
    }
}
