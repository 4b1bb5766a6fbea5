using FsCheck;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws.Reference;
using IlgpuVq.Tests.Laws.Registry;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Laws;

/// <summary>An op gives what its double-precision reference gives.</summary>
public sealed class ForwardLaw(LawDevices devices) : IClassFixture<LawDevices>
{
    private static readonly double[] SpecialNumbers = [double.NaN, double.PositiveInfinity, double.NegativeInfinity];

    [Property]
    [MemberData(nameof(OpRegistry.OnEveryDevice), MemberType = typeof(OpRegistry))]
    public Property The_value_of_small_tensors_equals_the_double_reference(string op, string device) =>
        Check(devices.Open(device), OpRegistry.Row(op), Scale.Small);

    [Property]
    [MemberData(nameof(OpRegistry.OnEveryDevice), MemberType = typeof(OpRegistry))]
    public Property The_value_of_larger_tensors_equals_the_double_reference(string op, string device) =>
        Check(devices.Open(device), OpRegistry.Row(op), Scale.Medium);

    [Property]
    [MemberData(nameof(OpRegistry.OnEveryDevice), MemberType = typeof(OpRegistry))]
    public Property NaN_and_infinities_go_where_the_reference_sends_them(string op, string device) =>
        CheckSpecialNumbers(devices.Open(device), OpRegistry.Row(op));

    internal static Property Check(Device device, OpRow row, Scale scale) =>
        Law.ForAll(row, device.Name, scale, (drawn, _) =>
        {
            var (shape, y) = OpRun.Forward(device, drawn);
            row.Forward.Check("y", drawn.Reference(drawn.Inputs), shape, y);
        });

    internal static Property CheckSpecialNumbers(Device device, OpRow row) => Law.ForAll(
        row, device.Name, Scale.Small,
        among: drawn => Spoilable(row, drawn).Length > 0,
        (drawn, seed) =>
        {
            var filled = Spoilable(row, drawn);
            var which = filled[seed % filled.Length];
            var special = SpecialNumbers[seed / 7 % SpecialNumbers.Length];
            var inputs = (DoubleTensor[])drawn.Inputs.Clone();
            inputs[which] = inputs[which].With(seed % inputs[which].Shape.Size, special);
            var (shape, y) = OpRun.Forward(device, drawn with { Inputs = inputs });
            row.Forward.Check($"y with {special} in input {which}", drawn.Reference(inputs), shape, y);
        });

    /// <summary>The inputs that have an element and a documented way for a special number in it.</summary>
    private static int[] Spoilable(OpRow row, OpCase drawn) =>
        [.. Enumerable.Range(0, drawn.Inputs.Length)
            .Where(i => i < row.InputsWithSpecialNumbers && drawn.Inputs[i].Shape.Size > 0)];
}
