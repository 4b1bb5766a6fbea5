using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws.Reference;
using IlgpuVq.Tests.Laws.Registry;
using Xunit;

namespace IlgpuVq.Tests.Laws;

/// <summary>Inputs that do not fit are refused with the exact text, before anything is allocated or recorded.</summary>
public sealed class BadInputLaw(LawDevices devices) : IClassFixture<LawDevices>
{
    [Theory]
    [MemberData(nameof(OpRegistry.WithBadInputsOnEveryDevice), MemberType = typeof(OpRegistry))]
    public void Bad_inputs_are_refused_with_the_exact_text_and_nothing_is_allocated(string op, string device) =>
        Check(devices.Open(device), OpRegistry.Row(op));

    internal static void Check(Device device, OpRow row)
    {
        foreach (var bad in row.BadInputs)
        {
            using var inputs = new OpInputs(device, [.. bad.Inputs.Select(DoubleTensor.Zeros)]);
            var own = inputs.TensorCount;
            var before = device.Memory;
            var error = Assert.Throws<ShapeException>(() => bad.Op(inputs));
            Assert.Equal(bad.Message, error.Message);
            Assert.Equal(before.LiveBuffers + inputs.TensorCount - own, device.Memory.LiveBuffers);
            Assert.Equal(bad.Inputs.Length, inputs.Tape.Variables.Count);
        }
    }
}
