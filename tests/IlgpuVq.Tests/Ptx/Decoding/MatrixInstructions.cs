using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>Matrices spread over the registers of a warp.</summary>
internal static unsafe class MatrixInstructions
{
    public static IEnumerable<(string Opcode, Decoder Decode)> All =>
    [
        ("mma", MultiplyAccumulate),
        ("ldmatrix", LoadMatrix),
    ];

    /// <summary>D = A·B + C, 16 × k by k × 8.</summary>
    private static Step MultiplyAccumulate(InstructionReader reader)
    {
        reader.Expect("sync");
        reader.Expect("aligned");
        var shape = reader.Expect("m16n8k4", "m16n8k8", "m16n8k16");
        reader.Expect("row");
        reader.Expect("col");
        reader.Expect("f32");
        var format = reader.Expect(shape switch
        {
            "m16n8k4" => ["tf32"],
            "m16n8k8" => ["tf32", "bf16", "f16"],
            _ => (string[])["bf16", "f16"],
        });
        reader.Expect(format);
        reader.Expect("f32");
        var isOldest = format == "f16" && shape == "m16n8k8";
        reader.Require(isOldest ? 6 : 7, isOldest ? 5 : 0, isOldest ? 75 : 80);
        reader.EndModifiers();

        var layout = new FragmentLayout(int.Parse(shape.AsSpan(6), System.Globalization.CultureInfo.InvariantCulture), format);
        var (b32, f32) = (PtxType.B32, PtxType.Get("f32"));
        int[] d = [.. reader.Vector(4).Select(element => reader.Destination(element, f32, isWide: false).Offset)];
        int[] a = [.. reader.Vector(layout.RegistersOfA).Select(element => reader.Source(element, b32, isWide: false).Offset)];
        int[] b = [.. reader.Vector(layout.RegistersOfB).Select(element => reader.Source(element, b32, isWide: false).Offset)];
        int[] c = [.. reader.Vector(4).Select(element => reader.Source(element, f32, isWide: false).Offset)];
        return new WholeWarpStep(warp => Multiply(warp, layout, d, a, b, c));
    }

    private static void Multiply(Warp warp, FragmentLayout layout, int[] d, int[] a, int[] b, int[] c)
    {
        var left = stackalloc double[16 * 16];
        var right = stackalloc double[16 * 8];
        for (var lane = 0; lane < Warp.Size; lane++)
        {
            for (var i = 0; i < layout.ElementsOfA; i++)
            {
                var (row, column) = layout.PlaceInA(lane, i);
                left[(row * layout.K) + column] = layout.Read(warp.Register<uint>(a[i / layout.PerRegister])[lane], i);
            }

            for (var i = 0; i < layout.ElementsOfB; i++)
            {
                var (row, column) = layout.PlaceInB(lane, i);
                right[(row * 8) + column] = layout.Read(warp.Register<uint>(b[i / layout.PerRegister])[lane], i);
            }
        }

        for (var lane = 0; lane < Warp.Size; lane++)
        {
            for (var i = 0; i < 4; i++)
            {
                var (row, column) = FragmentLayout.PlaceInC(lane, i);
                var sum = (double)warp.Register<float>(c[i])[lane];
                for (var k = 0; k < layout.K; k++)
                {
                    sum += left[(row * layout.K) + k] * right[(k * 8) + column];
                }

                warp.Register<float>(d[i])[lane] = FloatModes.Result<PlainMode>((float)sum);
            }
        }
    }

    /// <summary>Matrices of 8 rows of 16 bytes. Lanes 8·i to 8·i + 7 give the addresses of the rows of matrix i.</summary>
    private static Step LoadMatrix(InstructionReader reader)
    {
        reader.Expect("sync");
        reader.Expect("aligned");
        reader.Expect("m8n8");
        var count = reader.Expect("x1", "x2", "x4")[1] - '0';
        var isTransposed = reader.Take("trans");
        if (reader.Expect("shared", "shared::cta") == "shared::cta")
        {
            reader.Require(7, 8, 75);
        }

        reader.Expect("b16");
        reader.Require(6, 5, 75);
        reader.EndModifiers();
        int[] d = [.. reader.Vector(count).Select(element => reader.Destination(element, PtxType.B32, isWide: false).Offset)];
        var address = AddressReader.Read(reader, StateSpace.Shared);
        return new WholeWarpStep(warp =>
        {
            var rows = stackalloc ushort*[8];
            for (var matrix = 0; matrix < count; matrix++)
            {
                for (var row = 0; row < 8; row++)
                {
                    var giver = (8 * matrix) + row;
                    rows[row] = (ushort*)SharedSpace.Resolve(warp, giver, address.Of(warp, giver), 16);
                }

                for (var lane = 0; lane < Warp.Size; lane++)
                {
                    var (row, column) = (lane / 4, 2 * (lane % 4));
                    var (low, high) = isTransposed
                        ? (rows[column][row], rows[column + 1][row])
                        : (rows[row][column], rows[row][column + 1]);
                    warp.Register<uint>(d[matrix])[lane] = ((uint)high << 16) | low;
                }
            }
        });
    }

    /// <summary>All lanes of a warp have to be there.</summary>
    private sealed class WholeWarpStep(Action<Warp> body) : Step
    {
        public override Flow Flow => Flow.Meet;

        public override uint Companions(Warp warp, uint active) => warp.Alive == uint.MaxValue
            ? uint.MaxValue
            : throw new PtxFault(FaultKind.Undefined, $"expected all lanes of the warp; got 0x{warp.Alive:X8}");

        public override void Run(Warp warp, uint active) => body(warp);
    }
}
