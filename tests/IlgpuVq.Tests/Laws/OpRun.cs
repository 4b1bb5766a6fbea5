using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws.Reference;
using IlgpuVq.Tests.Laws.Registry;
using Xunit;

namespace IlgpuVq.Tests.Laws;

/// <summary>What an op of a case gave on a device, read back to the host; nothing of it stays on the device.</summary>
/// <param name="TapeName">What the tape calls the op.</param>
/// <param name="Shape">The shape of y.</param>
/// <param name="Y">The values.</param>
/// <param name="Upstream">The gradient that was sent in.</param>
/// <param name="Gradients">d ⟨y, upstream⟩ / d input for each input; null where none arrived.</param>
internal sealed record OpRun(string TapeName, Shape Shape, float[] Y, DoubleTensor Upstream, float[]?[] Gradients)
{
    /// <summary>The value alone, on a tape that records or one that does not.</summary>
    public static (Shape Shape, float[] Y) Forward(Device device, OpCase drawn, bool recording = true)
    {
        using var inputs = new OpInputs(device, drawn, recording);
        var y = drawn.Op(inputs);
        return (y.Shape, y.Value.ToArray());
    }

    /// <summary>Value and gradients under a random upstream gradient.</summary>
    /// <param name="device">Where the op runs.</param>
    /// <param name="drawn">The op and its inputs.</param>
    /// <param name="upstreamSeed">What the upstream gradient is drawn from.</param>
    /// <param name="isConstant">Which inputs want no gradient; null for none.</param>
    public static OpRun Both(Device device, OpCase drawn, int upstreamSeed, bool[]? isConstant = null)
    {
        using var inputs = new OpInputs(device, drawn, isConstant: isConstant);
        var y = drawn.Op(inputs);
        var values = y.Value.ToArray();
        var upstream = Draw.Uniform(y.Shape, -1, 1, upstreamSeed);
        inputs.Tape.Backward(y, inputs.Tensor(upstream));
        var gradients = Array.ConvertAll(inputs.Variables, input => input.Gradient?.ToArray());
        return new OpRun(y.Op, y.Shape, values, upstream, gradients);
    }

    /// <summary>Fails unless both runs have the same bits.</summary>
    public static void AssertSameBits(OpRun expected, OpRun actual)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        AssertSameBits("y", expected.Y, actual.Y);
        for (var i = 0; i < expected.Gradients.Length; i++)
        {
            AssertSameBits($"gradient of input {i}", expected.Gradients[i] ?? [], actual.Gradients[i] ?? []);
        }
    }

    public static void AssertSameBits(string what, float[] expected, float[] actual)
    {
        Assert.True(expected.Length == actual.Length, $"{what}: expected {expected.Length} elements; got {actual.Length}.");
        for (var i = 0; i < expected.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(actual[i]))
            {
                Assert.Fail($"{what}: expected the bits of {expected[i]:G9} at element {i}; got {actual[i]:G9}.");
            }
        }
    }
}
