using ILGPU;
using ILGPU.Runtime.Cuda;

namespace IlgpuVq.Tensors.Kernels.Tiles;

/// <summary>
/// A format in which tensor cores multiply; sums are kept in single precision. A warp multiplies 16 rows by 8 columns at a time.
/// </summary>
/// <remarks>
/// <para>Thread 4g + t of a warp holds, of the rows g and g + 8 and of the column g, one word for each of two halves along k:
/// PTX ISA, "Matrix Fragments for mma.m16n8k8" and "mma.m16n8k16". The order of k within an instruction is free, as long as both
/// operands have the same one: here a word begins at step t + 4w or t + 8w, so that both formats read shared memory alike.</para>
/// <para>ILGPU hands values to inline PTX, but takes only one back, and what is passed by reference goes through memory.
/// So the sums and the words of operands live in registers that the PTX names itself; see <see cref="WarpRegisters"/>.</para>
/// </remarks>
internal interface ITensorCoreNumber
{
    /// <summary>Steps along k of one instruction.</summary>
    static abstract int Steps { get; }

    /// <summary>Takes the words of b for 32 columns.</summary>
    /// <param name="tile">The tile, from where this thread's column and step 0 lie: what follows
    /// is at constant distances.</param>
    /// <param name="lane">From one lane to the next.</param>
    /// <param name="step">From one step to the next.</param>
    static abstract void LoadColumns(ArrayView<float> tile, int lane, int step);

    /// <summary>Multiplies 16 rows of a, the first of a warp, with the 32 columns, and adds the products to their sums.</summary>
    /// <inheritdoc cref="LoadColumns"/>
    static abstract void MultiplyRows0(ArrayView<float> tile, int lane, int step);

    /// <inheritdoc cref="MultiplyRows0"/>
    static abstract void MultiplyRows1(ArrayView<float> tile, int lane, int step);

    /// <inheritdoc cref="MultiplyRows0"/>
    static abstract void MultiplyRows2(ArrayView<float> tile, int lane, int step);

    /// <inheritdoc cref="MultiplyRows0"/>
    static abstract void MultiplyRows3(ArrayView<float> tile, int lane, int step);
}

/// <summary>TF32: 8 bits of exponent, 10 of mantissa, rounded to the nearest.</summary>
internal readonly struct TensorFloat32 : ITensorCoreNumber
{
    private const string Words =
        "cvt.rna.tf32.f32 wa0, %0; cvt.rna.tf32.f32 wa1, %1; cvt.rna.tf32.f32 wa2, %2; cvt.rna.tf32.f32 wa3, %3; ";

    private const string Mma = "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 ";

    public static int Steps => 8;

    public static void LoadColumns(ArrayView<float> tile, int lane, int step) => CudaAsm.Emit(
        "cvt.rna.tf32.f32 wb0, %0; cvt.rna.tf32.f32 wb1, %1; cvt.rna.tf32.f32 wb2, %2; cvt.rna.tf32.f32 wb3, %3; " +
        "cvt.rna.tf32.f32 wb4, %4; cvt.rna.tf32.f32 wb5, %5; cvt.rna.tf32.f32 wb6, %6; cvt.rna.tf32.f32 wb7, %7;",
        tile[0], tile[4 * step],
        tile[8 * lane], tile[8 * lane + 4 * step],
        tile[16 * lane], tile[16 * lane + 4 * step],
        tile[24 * lane], tile[24 * lane + 4 * step]);

    public static void MultiplyRows0(ArrayView<float> tile, int lane, int step) => CudaAsm.Emit(
        Words +
        Mma + WarpRegisters.Of0And0 + Mma + WarpRegisters.Of0And1 + Mma + WarpRegisters.Of0And2 + Mma + WarpRegisters.Of0And3,
        tile[0], tile[8 * lane], tile[4 * step], tile[8 * lane + 4 * step]);

    public static void MultiplyRows1(ArrayView<float> tile, int lane, int step) => CudaAsm.Emit(
        Words +
        Mma + WarpRegisters.Of1And0 + Mma + WarpRegisters.Of1And1 + Mma + WarpRegisters.Of1And2 + Mma + WarpRegisters.Of1And3,
        tile[0], tile[8 * lane], tile[4 * step], tile[8 * lane + 4 * step]);

    public static void MultiplyRows2(ArrayView<float> tile, int lane, int step) => CudaAsm.Emit(
        Words +
        Mma + WarpRegisters.Of2And0 + Mma + WarpRegisters.Of2And1 + Mma + WarpRegisters.Of2And2 + Mma + WarpRegisters.Of2And3,
        tile[0], tile[8 * lane], tile[4 * step], tile[8 * lane + 4 * step]);

    public static void MultiplyRows3(ArrayView<float> tile, int lane, int step) => CudaAsm.Emit(
        Words +
        Mma + WarpRegisters.Of3And0 + Mma + WarpRegisters.Of3And1 + Mma + WarpRegisters.Of3And2 + Mma + WarpRegisters.Of3And3,
        tile[0], tile[8 * lane], tile[4 * step], tile[8 * lane + 4 * step]);
}

/// <summary>bfloat16: 8 bits of exponent, 7 of mantissa, rounded to the nearest; two in a word,
/// of which PTX names the upper first.</summary>
internal readonly struct BFloat16 : ITensorCoreNumber
{
    private const string Words =
        "cvt.rn.bf16x2.f32 wa0, %1, %0; cvt.rn.bf16x2.f32 wa1, %3, %2; " +
        "cvt.rn.bf16x2.f32 wa2, %5, %4; cvt.rn.bf16x2.f32 wa3, %7, %6; ";

    private const string Mma = "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 ";

    public static int Steps => 16;

    public static void LoadColumns(ArrayView<float> tile, int lane, int step)
    {
        CudaAsm.Emit(
            "cvt.rn.bf16x2.f32 wb0, %1, %0; cvt.rn.bf16x2.f32 wb1, %3, %2; " +
            "cvt.rn.bf16x2.f32 wb2, %5, %4; cvt.rn.bf16x2.f32 wb3, %7, %6;",
            tile[0], tile[4 * step], tile[8 * step], tile[12 * step],
            tile[8 * lane], tile[8 * lane + 4 * step], tile[8 * lane + 8 * step], tile[8 * lane + 12 * step]);
        CudaAsm.Emit(
            "cvt.rn.bf16x2.f32 wb4, %1, %0; cvt.rn.bf16x2.f32 wb5, %3, %2; " +
            "cvt.rn.bf16x2.f32 wb6, %5, %4; cvt.rn.bf16x2.f32 wb7, %7, %6;",
            tile[16 * lane], tile[16 * lane + 4 * step], tile[16 * lane + 8 * step], tile[16 * lane + 12 * step],
            tile[24 * lane], tile[24 * lane + 4 * step], tile[24 * lane + 8 * step], tile[24 * lane + 12 * step]);
    }

    public static void MultiplyRows0(ArrayView<float> tile, int lane, int step) => CudaAsm.Emit(
        Words +
        Mma + WarpRegisters.Of0And0 + Mma + WarpRegisters.Of0And1 + Mma + WarpRegisters.Of0And2 + Mma + WarpRegisters.Of0And3,
        tile[0], tile[4 * step], tile[8 * lane], tile[8 * lane + 4 * step],
        tile[8 * step], tile[12 * step], tile[8 * lane + 8 * step], tile[8 * lane + 12 * step]);

    public static void MultiplyRows1(ArrayView<float> tile, int lane, int step) => CudaAsm.Emit(
        Words +
        Mma + WarpRegisters.Of1And0 + Mma + WarpRegisters.Of1And1 + Mma + WarpRegisters.Of1And2 + Mma + WarpRegisters.Of1And3,
        tile[0], tile[4 * step], tile[8 * lane], tile[8 * lane + 4 * step],
        tile[8 * step], tile[12 * step], tile[8 * lane + 8 * step], tile[8 * lane + 12 * step]);

    public static void MultiplyRows2(ArrayView<float> tile, int lane, int step) => CudaAsm.Emit(
        Words +
        Mma + WarpRegisters.Of2And0 + Mma + WarpRegisters.Of2And1 + Mma + WarpRegisters.Of2And2 + Mma + WarpRegisters.Of2And3,
        tile[0], tile[4 * step], tile[8 * lane], tile[8 * lane + 4 * step],
        tile[8 * step], tile[12 * step], tile[8 * lane + 8 * step], tile[8 * lane + 12 * step]);

    public static void MultiplyRows3(ArrayView<float> tile, int lane, int step) => CudaAsm.Emit(
        Words +
        Mma + WarpRegisters.Of3And0 + Mma + WarpRegisters.Of3And1 + Mma + WarpRegisters.Of3And2 + Mma + WarpRegisters.Of3And3,
        tile[0], tile[4 * step], tile[8 * lane], tile[8 * lane + 4 * step],
        tile[8 * step], tile[12 * step], tile[8 * lane + 8 * step], tile[8 * lane + 12 * step]);
}

/// <summary>
/// Registers that inline PTX names. <c>acc0</c> to <c>acc63</c> are the sums of a warp, up to 64 rows by 32 columns, four
/// for each instruction, in the order of its columns, then its rows; <c>wa</c> and <c>wb</c> the words of the operands;
/// <c>shared</c> the address of the kernel's only allocation of shared memory, which ILGPU names <c>__shared_alloca0</c>,
/// and <c>place</c> one in it.
/// </summary>
internal static class WarpRegisters
{
    /// <summary>Rows of one instruction.</summary>
    public const int Rows = 16;

    /// <summary>Columns of one instruction.</summary>
    public const int Columns = 8;

    // Operands of mma: sums, words of a, words of b, sums; rows i, columns j.
    public const string Of0And0 =
        "{acc0, acc1, acc2, acc3}, {wa0, wa1, wa2, wa3}, {wb0, wb1}, {acc0, acc1, acc2, acc3}; ";
    public const string Of0And1 =
        "{acc4, acc5, acc6, acc7}, {wa0, wa1, wa2, wa3}, {wb2, wb3}, {acc4, acc5, acc6, acc7}; ";
    public const string Of0And2 =
        "{acc8, acc9, acc10, acc11}, {wa0, wa1, wa2, wa3}, {wb4, wb5}, {acc8, acc9, acc10, acc11}; ";
    public const string Of0And3 =
        "{acc12, acc13, acc14, acc15}, {wa0, wa1, wa2, wa3}, {wb6, wb7}, {acc12, acc13, acc14, acc15};";
    public const string Of1And0 =
        "{acc16, acc17, acc18, acc19}, {wa0, wa1, wa2, wa3}, {wb0, wb1}, {acc16, acc17, acc18, acc19}; ";
    public const string Of1And1 =
        "{acc20, acc21, acc22, acc23}, {wa0, wa1, wa2, wa3}, {wb2, wb3}, {acc20, acc21, acc22, acc23}; ";
    public const string Of1And2 =
        "{acc24, acc25, acc26, acc27}, {wa0, wa1, wa2, wa3}, {wb4, wb5}, {acc24, acc25, acc26, acc27}; ";
    public const string Of1And3 =
        "{acc28, acc29, acc30, acc31}, {wa0, wa1, wa2, wa3}, {wb6, wb7}, {acc28, acc29, acc30, acc31};";
    public const string Of2And0 =
        "{acc32, acc33, acc34, acc35}, {wa0, wa1, wa2, wa3}, {wb0, wb1}, {acc32, acc33, acc34, acc35}; ";
    public const string Of2And1 =
        "{acc36, acc37, acc38, acc39}, {wa0, wa1, wa2, wa3}, {wb2, wb3}, {acc36, acc37, acc38, acc39}; ";
    public const string Of2And2 =
        "{acc40, acc41, acc42, acc43}, {wa0, wa1, wa2, wa3}, {wb4, wb5}, {acc40, acc41, acc42, acc43}; ";
    public const string Of2And3 =
        "{acc44, acc45, acc46, acc47}, {wa0, wa1, wa2, wa3}, {wb6, wb7}, {acc44, acc45, acc46, acc47};";
    public const string Of3And0 =
        "{acc48, acc49, acc50, acc51}, {wa0, wa1, wa2, wa3}, {wb0, wb1}, {acc48, acc49, acc50, acc51}; ";
    public const string Of3And1 =
        "{acc52, acc53, acc54, acc55}, {wa0, wa1, wa2, wa3}, {wb2, wb3}, {acc52, acc53, acc54, acc55}; ";
    public const string Of3And2 =
        "{acc56, acc57, acc58, acc59}, {wa0, wa1, wa2, wa3}, {wb4, wb5}, {acc56, acc57, acc58, acc59}; ";
    public const string Of3And3 =
        "{acc60, acc61, acc62, acc63}, {wa0, wa1, wa2, wa3}, {wb6, wb7}, {acc60, acc61, acc62, acc63};";

    private const string Clear0 =
        "mov.f32 acc0, 0f00000000; mov.f32 acc1, 0f00000000; mov.f32 acc2, 0f00000000; mov.f32 acc3, 0f00000000; " +
        "mov.f32 acc4, 0f00000000; mov.f32 acc5, 0f00000000; mov.f32 acc6, 0f00000000; mov.f32 acc7, 0f00000000; " +
        "mov.f32 acc8, 0f00000000; mov.f32 acc9, 0f00000000; mov.f32 acc10, 0f00000000; mov.f32 acc11, 0f00000000; " +
        "mov.f32 acc12, 0f00000000; mov.f32 acc13, 0f00000000; mov.f32 acc14, 0f00000000; mov.f32 acc15, 0f00000000; ";

    private const string Clear1 =
        "mov.f32 acc16, 0f00000000; mov.f32 acc17, 0f00000000; mov.f32 acc18, 0f00000000; mov.f32 acc19, 0f00000000; " +
        "mov.f32 acc20, 0f00000000; mov.f32 acc21, 0f00000000; mov.f32 acc22, 0f00000000; mov.f32 acc23, 0f00000000; " +
        "mov.f32 acc24, 0f00000000; mov.f32 acc25, 0f00000000; mov.f32 acc26, 0f00000000; mov.f32 acc27, 0f00000000; " +
        "mov.f32 acc28, 0f00000000; mov.f32 acc29, 0f00000000; mov.f32 acc30, 0f00000000; mov.f32 acc31, 0f00000000; ";

    private const string Clear2 =
        "mov.f32 acc32, 0f00000000; mov.f32 acc33, 0f00000000; mov.f32 acc34, 0f00000000; mov.f32 acc35, 0f00000000; " +
        "mov.f32 acc36, 0f00000000; mov.f32 acc37, 0f00000000; mov.f32 acc38, 0f00000000; mov.f32 acc39, 0f00000000; " +
        "mov.f32 acc40, 0f00000000; mov.f32 acc41, 0f00000000; mov.f32 acc42, 0f00000000; mov.f32 acc43, 0f00000000; " +
        "mov.f32 acc44, 0f00000000; mov.f32 acc45, 0f00000000; mov.f32 acc46, 0f00000000; mov.f32 acc47, 0f00000000; ";

    private const string Clear3 =
        "mov.f32 acc48, 0f00000000; mov.f32 acc49, 0f00000000; mov.f32 acc50, 0f00000000; mov.f32 acc51, 0f00000000; " +
        "mov.f32 acc52, 0f00000000; mov.f32 acc53, 0f00000000; mov.f32 acc54, 0f00000000; mov.f32 acc55, 0f00000000; " +
        "mov.f32 acc56, 0f00000000; mov.f32 acc57, 0f00000000; mov.f32 acc58, 0f00000000; mov.f32 acc59, 0f00000000; " +
        "mov.f32 acc60, 0f00000000; mov.f32 acc61, 0f00000000; mov.f32 acc62, 0f00000000; mov.f32 acc63, 0f00000000; ";

    /// <summary>Once in a kernel: PTX has no two registers of one name.</summary>
    public static void Declare() => CudaAsm.Emit(
        ".reg .f32 acc<64>; .reg .b32 wa<4>; .reg .b32 wb<8>; .reg .u32 shared, place; mov.u32 shared, __shared_alloca0;");

    /// <summary>Sets the sums of two or four times 16 rows to zero.</summary>
    public static void Clear(bool hasFourRows)
    {
        CudaAsm.Emit(Clear0 + Clear1);
        if (hasFourRows)
        {
            CudaAsm.Emit(Clear2 + Clear3);
        }
    }

    /// <summary>Stores this thread's sums of the i-th 16 rows to shared memory, the first of them so
    /// many bytes behind its begin.</summary>
    /// <remarks>Columns 2t and 2t + 1 of the rows g and g + 8; eight columns are 32 bytes, eight rows of
    /// <see cref="WarpTile.Pitch"/> floats 2112.</remarks>
    public static void StoreRows0(int bytes) => CudaAsm.Emit(
        "add.u32 place, shared, %0; " +
        "st.shared.v2.f32 [place], {acc0, acc1}; st.shared.v2.f32 [place+2112], {acc2, acc3}; " +
        "st.shared.v2.f32 [place+32], {acc4, acc5}; st.shared.v2.f32 [place+2144], {acc6, acc7}; " +
        "st.shared.v2.f32 [place+64], {acc8, acc9}; st.shared.v2.f32 [place+2176], {acc10, acc11}; " +
        "st.shared.v2.f32 [place+96], {acc12, acc13}; st.shared.v2.f32 [place+2208], {acc14, acc15};",
        bytes);

    /// <inheritdoc cref="StoreRows0"/>
    public static void StoreRows1(int bytes) => CudaAsm.Emit(
        "add.u32 place, shared, %0; " +
        "st.shared.v2.f32 [place], {acc16, acc17}; st.shared.v2.f32 [place+2112], {acc18, acc19}; " +
        "st.shared.v2.f32 [place+32], {acc20, acc21}; st.shared.v2.f32 [place+2144], {acc22, acc23}; " +
        "st.shared.v2.f32 [place+64], {acc24, acc25}; st.shared.v2.f32 [place+2176], {acc26, acc27}; " +
        "st.shared.v2.f32 [place+96], {acc28, acc29}; st.shared.v2.f32 [place+2208], {acc30, acc31};",
        bytes);

    /// <inheritdoc cref="StoreRows0"/>
    public static void StoreRows2(int bytes) => CudaAsm.Emit(
        "add.u32 place, shared, %0; " +
        "st.shared.v2.f32 [place], {acc32, acc33}; st.shared.v2.f32 [place+2112], {acc34, acc35}; " +
        "st.shared.v2.f32 [place+32], {acc36, acc37}; st.shared.v2.f32 [place+2144], {acc38, acc39}; " +
        "st.shared.v2.f32 [place+64], {acc40, acc41}; st.shared.v2.f32 [place+2176], {acc42, acc43}; " +
        "st.shared.v2.f32 [place+96], {acc44, acc45}; st.shared.v2.f32 [place+2208], {acc46, acc47};",
        bytes);

    /// <inheritdoc cref="StoreRows0"/>
    public static void StoreRows3(int bytes) => CudaAsm.Emit(
        "add.u32 place, shared, %0; " +
        "st.shared.v2.f32 [place], {acc48, acc49}; st.shared.v2.f32 [place+2112], {acc50, acc51}; " +
        "st.shared.v2.f32 [place+32], {acc52, acc53}; st.shared.v2.f32 [place+2144], {acc54, acc55}; " +
        "st.shared.v2.f32 [place+64], {acc56, acc57}; st.shared.v2.f32 [place+2176], {acc58, acc59}; " +
        "st.shared.v2.f32 [place+96], {acc60, acc61}; st.shared.v2.f32 [place+2208], {acc62, acc63};",
        bytes);
}
