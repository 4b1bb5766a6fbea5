using System.Globalization;
using System.Text;
using Xunit;

namespace IlgpuVq.Tests.Ptx.Tests;

/// <summary>Products of tensor cores against the plain ones of their rounded operands.</summary>
public sealed class MatrixTests : IDisposable
{
    private readonly PtxMachine machine = new();

    public void Dispose() => machine.Dispose();

    // Where the elements of a lane lie, in the words of the manual: a_i and b_i with groupID = lane / 4 and threadID = lane % 4.
    [Fact]
    public void Tf32_m16n8k8() => Check(
        "m16n8k8",
        "tf32",
        k: 8,
        a: (lane, i) => (i is 0 or 2 ? lane / 4 : (lane / 4) + 8, i < 2 ? lane % 4 : (lane % 4) + 4),
        b: (lane, i) => (i == 0 ? lane % 4 : (lane % 4) + 4, lane / 4));

    [Fact]
    public void Tf32_m16n8k4() => Check(
        "m16n8k4",
        "tf32",
        k: 4,
        a: (lane, i) => (i == 0 ? lane / 4 : (lane / 4) + 8, lane % 4),
        b: (lane, _) => (lane % 4, lane / 4));

    [Theory]
    [InlineData("bf16")]
    [InlineData("f16")]
    public void Pairs_m16n8k16(string format) => Check(
        "m16n8k16",
        format,
        k: 16,
        a: (lane, i) => (i is 0 or 1 or 4 or 5 ? lane / 4 : (lane / 4) + 8, ((lane % 4) * 2) + (i & 1) + (i >= 4 ? 8 : 0)),
        b: (lane, i) => (((lane % 4) * 2) + (i & 1) + (i >= 2 ? 8 : 0), lane / 4));

    [Theory]
    [InlineData("bf16")]
    [InlineData("f16")]
    public void Pairs_m16n8k8(string format) => Check(
        "m16n8k8",
        format,
        k: 8,
        a: (lane, i) => (i < 2 ? lane / 4 : (lane / 4) + 8, ((lane % 4) * 2) + (i & 1)),
        b: (lane, i) => (((lane % 4) * 2) + (i & 1), lane / 4));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ldmatrix_gives_each_lane_two_elements_of_a_row_or_of_a_column(bool isTransposed)
    {
        // Four matrices of 8 rows of 8 halves; element (m, r, c) is 64 · m + 8 · r + c.
        var words = Enumerable.Range(0, 128).Select(i => (uint)((2 * i) | ((2 * i + 1) << 16))).ToArray();
        var values = machine.Run(
            $$"""
            .shared .align 16 .b8 tile[512];
            mul.wide.u32 %rd2, %r0, 16; add.s64 %rd2, %rd1, %rd2;
            ld.global.v4.b32 {%r1, %r2, %r3, %r4}, [%rd2];
            mov.u32 %r5, tile; mad.lo.s32 %r6, %r0, 16, %r5;
            st.shared.v4.b32 [%r6], {%r1, %r2, %r3, %r4};
            bar.sync 0;
            ldmatrix.sync.aligned.m8n8.x4{{(isTransposed ? ".trans" : "")}}.shared.b16 {%r1, %r2, %r3, %r4}, [%r6];
            mul.wide.u32 %rd2, %r0, 16; add.s64 %rd2, %rd0, %rd2;
            st.global.v4.b32 [%rd2], {%r1, %r2, %r3, %r4};
            """,
            words,
            128);
        for (var lane = 0; lane < 32; lane++)
        {
            for (var m = 0; m < 4; m++)
            {
                var (row, column) = (lane / 4, 2 * (lane % 4));
                var (low, high) = isTransposed
                    ? ((64 * m) + (8 * column) + row, (64 * m) + (8 * (column + 1)) + row)
                    : ((64 * m) + (8 * row) + column, (64 * m) + (8 * row) + column + 1);
                Assert.Equal((uint)(low | (high << 16)), values[(4 * lane) + m]);
            }
        }
    }

    [Fact]
    public void All_lanes_have_to_take_part_in_a_product() => Assert.Contains(
        "expected all lanes of the warp; got 0x0000FFFF",
        machine.Fault(
            "mov.b32 %r1, 0; mov.f32 %f0, 0f00000000; mma.sync.aligned.m16n8k4.row.col.f32.tf32.tf32.f32 " +
            "{%f1, %f2, %f3, %f4}, {%r1, %r1}, {%r1}, {%f0, %f0, %f0, %f0};",
            threads: 16),
        StringComparison.Ordinal);

    private void Check(
        string shape, string format, int k, Func<int, int, (int Row, int Column)> a, Func<int, int, (int Row, int Column)> b)
    {
        var random = new Random(5);
        float[,] left = Draw(random, 16, k), right = Draw(random, k, 8), sums = Draw(random, 16, 8);
        var perRegister = format == "tf32" ? 1 : 2;
        var (ofA, ofB) = (16 * k / 32 / perRegister, 8 * k / 32 / perRegister);

        // A lane reads its words of a, of b and of c, one after the other.
        var input = new List<uint>();
        for (var lane = 0; lane < 32; lane++)
        {
            input.AddRange(Enumerable.Range(0, ofA).Select(i => Word(format, left, a, lane, i)));
            input.AddRange(Enumerable.Range(0, ofB).Select(i => Word(format, right, b, lane, i)));
            input.AddRange(Enumerable.Range(0, 4).Select(i =>
                BitConverter.SingleToUInt32Bits(sums[(lane / 4) + (8 * (i / 2)), (2 * (lane % 4)) + (i % 2)])));
        }

        var values = machine.Run(Body(shape, format, ofA, ofB), [.. input], 128);
        for (var lane = 0; lane < 32; lane++)
        {
            for (var i = 0; i < 4; i++)
            {
                var (row, column) = ((lane / 4) + (8 * (i / 2)), (2 * (lane % 4)) + (i % 2));
                var expected = (double)sums[row, column];
                for (var step = 0; step < k; step++)
                {
                    expected += (double)Round(format, left[row, step]) * Round(format, right[step, column]);
                }

                Assert.Equal((float)expected, BitConverter.UInt32BitsToSingle(values[(4 * lane) + i]));
            }
        }
    }

    private static float[,] Draw(Random random, int rows, int columns)
    {
        var drawn = new float[rows, columns];
        for (var i = 0; i < drawn.Length; i++)
        {
            drawn[i / columns, i % columns] = random.NextSingle() - 0.5f;
        }

        return drawn;
    }

    private static uint Word(string format, float[,] matrix, Func<int, int, (int Row, int Column)> place, int lane, int register)
    {
        float At(int element) => matrix[place(lane, element).Row, place(lane, element).Column];
        return format == "tf32"
            ? BitConverter.SingleToUInt32Bits(At(register))
            : Bits(format, At(2 * register)) | ((uint)Bits(format, At((2 * register) + 1)) << 16);
    }

    private static ushort Bits(string format, float x) =>
        format == "f16" ? BitConverter.HalfToUInt16Bits((Half)x) : (ushort)(BitConverter.SingleToUInt32Bits(x) >> 16);

    private static float Round(string format, float x) => format switch
    {
        "tf32" => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(x) & ~0x1FFFu),
        "bf16" => BitConverter.UInt32BitsToSingle((uint)Bits(format, x) << 16),
        _ => (float)(Half)x,
    };

    private static string Body(string shape, string format, int ofA, int ofB)
    {
        var body = new StringBuilder();
        var words = ofA + ofB + 4;
        body.AppendLine(
            CultureInfo.InvariantCulture, $"mul.wide.u32 %rd2, %r0, {4 * words}; add.s64 %rd2, %rd1, %rd2;");
        for (var i = 0; i < words; i++)
        {
            var register = i < ofA ? $"%r{10 + i}" : i < ofA + ofB ? $"%r{20 + i - ofA}" : $"%f{i - ofA - ofB}";
            body.AppendLine(CultureInfo.InvariantCulture, $"ld.global.b32 {register}, [%rd2+{4 * i}];");
        }

        string List(char letter, int first, int count) =>
            "{" + string.Join(", ", Enumerable.Range(first, count).Select(i => $"%{letter}{i}")) + "}";
        body.AppendLine(
            CultureInfo.InvariantCulture,
            $"mma.sync.aligned.{shape}.row.col.f32.{format}.{format}.f32 " +
            $"{List('f', 4, 4)}, {List('r', 10, ofA)}, {List('r', 20, ofB)}, {List('f', 0, 4)};");
        body.AppendLine("mul.wide.u32 %rd2, %r0, 16; add.s64 %rd2, %rd0, %rd2; st.global.v4.f32 [%rd2], {%f4, %f5, %f6, %f7};");
        return body.ToString();
    }
}
