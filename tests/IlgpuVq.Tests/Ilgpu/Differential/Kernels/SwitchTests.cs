using ILGPU;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;

namespace IlgpuVq.Tests.Ilgpu.Differential.Kernels;

/// <summary>Switches, patterns and enums.</summary>
public sealed class SwitchTests(DifferentialDevices devices) : KernelTests<SwitchTests>(devices), IKernelSet
{
    private enum Color
    {
        Red,
        Green,
        Blue,
        Ultraviolet = 100,
    }

    private enum Small : byte
    {
        None,
        One = 1,
        Many = 200,
    }

    private enum Negative : sbyte
    {
        Below = -3,
        Zero = 0,
    }

    private enum Wide : long
    {
        Low = 1,
        High = 1L << 40,
    }

    [Flags]
    private enum Sides
    {
        None = 0,
        Left = 1,
        Right = 2,
        Both = Left | Right,
        Top = 4,
    }

    public static void AddTo(KernelSet kernels)
    {
        AddSwitches(kernels);
        AddPatterns(kernels);
        AddEnums(kernels);
    }

    private static void AddSwitches(KernelSet kernels)
    {
        kernels.Unary<int, int>("a dense switch", (i, x, y) =>
        {
            switch (x[i] & 7)
            {
                case 0:
                    y[i] = 10;
                    break;
                case 1:
                case 2:
                    y[i] = 20;
                    break;
                case 3:
                    y[i] = x[i];
                    break;
                case 4:
                    y[i] = -x[i];
                    return;
                case 6:
                    y[i] = 60;
                    break;
                default:
                    y[i] = 99;
                    break;
            }

            y[i] += 1;
        });
        kernels.Unary<int, int>("a sparse switch", (i, x, y) =>
        {
            switch (x[i])
            {
                case 0:
                    y[i] = 1;
                    break;
                case 31:
                    y[i] = 2;
                    break;
                case -7:
                    y[i] = 3;
                    break;
                case int.MaxValue:
                    y[i] = 4;
                    break;
                case int.MinValue:
                    y[i] = 5;
                    break;
                case 1_000_000:
                    y[i] = 6;
                    break;
                default:
                    y[i] = 0;
                    break;
            }
        });
        kernels.Unary<int, int>("a dense switch that does not start at zero", (i, x, y) => y[i] = x[i] switch
        {
            -3 => 1,
            -2 => 2,
            -1 => 3,
            0 => 4,
            1 => 5,
            2 => 6,
            3 => 7,
            _ => 8,
        });
        kernels.Unary<int, int>("goto case and goto default", (i, x, y) =>
        {
            var sum = 0;
            switch (x[i] & 3)
            {
                case 0:
                    sum += 1;
                    goto case 2;
                case 1:
                    sum += 10;
                    goto default;
                case 2:
                    sum += 100;
                    break;
                default:
                    sum += 1000;
                    break;
            }

            y[i] = sum;
        });
        kernels.Unary<int, int>("a switch in a loop, with break and continue", (i, x, y) =>
        {
            var (state, steps) = (x[i] & 3, 0);
            for (var k = 0; k < 12; k++)
            {
                switch (state)
                {
                    case 0:
                        state = (x[i] >> k) & 1;
                        continue;
                    case 1:
                        state = 2;
                        break;
                    case 2:
                        state = (x[i] & (1 << k)) == 0 ? 3 : 0;
                        break;
                    default:
                        state = 0;
                        steps += 100;
                        break;
                }

                steps++;
            }

            y[i] = (steps * 10) + state;
        });
        kernels.Unary<ulong, int>("a switch over ulong", (i, x, y) => y[i] = x[i] switch
        {
            0 => 1,
            7 => 2,
            ulong.MaxValue => 3,
            1ul << 63 => 4,
            _ => 5,
        });
        kernels.Unary<byte, int>("a switch over byte", (i, x, y) =>
            y[i] = x[i] switch { 0 => 5, 1 => 6, 2 => 7, 255 => 8, _ => x[i] });
        kernels.Unary<int, float>("a switch that chooses a function", (i, x, y) => y[i] = (x[i] & 3) switch
        {
            0 => MathF.Abs(x[i]),
            1 => MathF.Sqrt(x[i] & 0xFFFF),
            2 => x[i] / 2f,
            _ => -1,
        });
        kernels.Unary<int, int>("nested switch expressions", (i, x, y) => y[i] = (x[i] & 3) switch
        {
            0 => (x[i] >> 2 & 3) switch { 0 => 1, 1 => 2, _ => 3 },
            1 => (x[i] >> 2 & 1) switch { 0 => 4, _ => 5 },
            _ => 6,
        });
    }

    private static void AddPatterns(KernelSet kernels)
    {
        kernels.Unary<int, int>("relational patterns", (i, x, y) => y[i] = x[i] switch
        {
            < -1000 => 1,
            >= -1000 and < 0 => 2,
            0 => 3,
            > 0 and <= 10 or 12 or 14 => 4,
            > 1000 => 5,
            _ => 6,
        });
        kernels.Binary<int, int>("tuple patterns", (i, a, b, y) => y[i] = (a[i] > 0, b[i] > 0) switch
        {
            (true, true) => 1,
            (true, false) => 2,
            (false, true) => 3,
            _ => 4,
        });
        kernels.Binary<int, int>("patterns with when", (i, a, b, y) => y[i] = a[i] switch
        {
            > 0 when b[i] > a[i] => 1,
            > 0 => 2,
            var value when value == b[i] => 3,
            _ => 4,
        });
        kernels.Unary<int, int>("is with constants and not", (i, x, y) =>
            y[i] = (x[i] is 1 or 2 or 3 ? 1 : 0) + (x[i] is not (7 or 31) ? 2 : 0) + (x[i] is > 0 and not 64 ? 4 : 0));
        kernels.Unary<float, int>("relational patterns of float send NaN to the rest", (i, x, y) => y[i] = x[i] switch
        {
            < 0 => 1,
            >= 0 and <= 1 => 2,
            > 1 => 3,
            float.NaN => 4,
        });
        kernels.Binary<int, int>("property patterns of a structure", (i, a, b, y) => y[i] = new Index2D(a[i], b[i]) switch
        {
            { X: 0, Y: 0 } => 1,
            { X: > 0, Y: > 0 } => 2,
            { X: var only, Y: 0 } => only,
            _ => 4,
        });
    }

    private static void AddEnums(KernelSet kernels)
    {
        kernels.Unary<int, int>("switch over an enum", (i, x, y) => y[i] = (Color)(x[i] & 3) switch
        {
            Color.Red => 1,
            Color.Green => 2,
            Color.Blue => 3,
            _ => 4,
        });
        kernels.Unary<int, Color>("enums as elements of the output", (i, x, y) =>
            y[i] = x[i] > 0 ? Color.Ultraviolet : (Color)(x[i] & 3));
        kernels.Unary<Color, int>("enums as elements of the input", (i, x, y) => y[i] = x[i] == Color.Green ? 100 : (int)x[i] + 1,
            values: [Color.Red, Color.Green, Color.Blue, Color.Ultraviolet, (Color)7]);
        kernels.Unary<int, int>("flags", (i, x, y) =>
        {
            var sides = (Sides)(x[i] & 7);
            var isBoth = (sides & Sides.Both) == Sides.Both;
            sides |= Sides.Top;
            sides &= ~Sides.Left;
            sides ^= Sides.Right;
            y[i] = (int)sides + (isBoth ? 16 : 0) + ((sides & Sides.Right) != Sides.None ? 32 : 0);
        });
        kernels.Unary<int, int>("an enum of 8 bits wraps around", (i, x, y) =>
        {
            var small = (Small)x[i];
            y[i] = small == Small.Many ? -1 : (int)small + (small > Small.One ? 1000 : 0);
        });
        kernels.Unary<Small, Small>("elements of an enum of 8 bits", (i, x, y) =>
            y[i] = x[i] == Small.None ? Small.Many : x[i] - 1,
            values: [Small.None, Small.One, Small.Many, (Small)255]);
        kernels.Unary<Negative, int>("an enum with a sign", (i, x, y) => y[i] = x[i] < Negative.Zero ? (int)x[i] * 2 : 5,
            values: [Negative.Below, Negative.Zero, (Negative)127]);
        kernels.Unary<Wide, Wide>("an enum of 64 bits", (i, x, y) => y[i] = x[i] == Wide.High ? Wide.Low : x[i] | Wide.High,
            values: [Wide.Low, Wide.High, 0]);
        kernels.Unary<int, int>("an enum through a function", (i, x, y) => y[i] = (int)Next((Color)(x[i] & 3)));
    }

    private static Color Next(Color color) => color switch
    {
        Color.Red => Color.Green,
        Color.Green => Color.Blue,
        _ => Color.Red,
    };
}
