using FsCheck;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws.Registry;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Laws;

/// <summary>The same inputs give the same bits: run again, run without recording, run on other numbers of threads.</summary>
public sealed class DeterminismLaw(LawDevices devices, DeterminismLaw.Teams teams)
    : IClassFixture<LawDevices>, IClassFixture<DeterminismLaw.Teams>
{
    [Property]
    [MemberData(nameof(OpRegistry.OnEveryDevice), MemberType = typeof(OpRegistry))]
    public Property Two_runs_are_bit_identical(string op, string device) =>
        CheckTwoRuns(devices.Open(device), OpRegistry.Row(op));

    [Property]
    [MemberData(nameof(OpRegistry.Names), MemberType = typeof(OpRegistry))]
    public Property One_two_and_three_threads_are_bit_identical(string op) => CheckThreads(teams.Devices, OpRegistry.Row(op));

    internal static Property CheckTwoRuns(Device device, OpRow row) =>
        Law.ForAll(row, device.Name, Scale.Small, (drawn, seed) =>
        {
            var first = OpRun.Both(device, drawn, seed);
            OpRun.AssertSameBits(first, OpRun.Both(device, drawn, seed));
            OpRun.AssertSameBits("y without recording", first.Y, OpRun.Forward(device, drawn, recording: false).Y);
        });

    internal static Property CheckThreads(IReadOnlyList<Device> devices, OpRow row) =>
        Law.ForAll(row, "cpu with 1, 2 and 3 threads", Scale.Large, (drawn, seed) =>
        {
            var first = OpRun.Both(devices[0], drawn, seed);
            foreach (var other in devices.Skip(1))
            {
                OpRun.AssertSameBits(first, OpRun.Both(other, drawn, seed));
            }
        });

    /// <summary>Host devices with one, two and three threads.</summary>
    public sealed class Teams : IDisposable
    {
        public IReadOnlyList<Device> Devices { get; } =
            [.. Enumerable.Range(1, 3).Select(threads => Device.Open("cpu", new DeviceOptions(threads, PoisonMemory: true)))];

        public void Dispose()
        {
            foreach (var device in Devices)
            {
                device.Dispose();
            }
        }
    }
}
