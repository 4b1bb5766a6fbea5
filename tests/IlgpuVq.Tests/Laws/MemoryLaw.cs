using FsCheck;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws.Registry;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Laws;

/// <summary>An op returns every buffer, and takes no new memory when the same shapes come again.</summary>
public sealed class MemoryLaw(LawDevices devices) : IClassFixture<LawDevices>
{
    [Property]
    [MemberData(nameof(OpRegistry.OnEveryDevice), MemberType = typeof(OpRegistry))]
    public Property No_buffer_leaks_and_a_second_run_allocates_nothing(string op, string device) =>
        Check(devices.Open(device), OpRegistry.Row(op));

    internal static Property Check(Device device, OpRow row) =>
        Law.ForAll(row, device.Name, Scale.Small, (drawn, seed) =>
        {
            var before = device.Memory.LiveBuffers;
            Use(device, drawn, seed);
            var first = device.Memory;
            AssertNoneLeft(before, first.LiveBuffers);
            Use(device, drawn, seed);
            var second = device.Memory;
            AssertNoneLeft(before, second.LiveBuffers);
            Assert.True(second.Allocations == first.Allocations,
                $"expected no allocation in the second run; got {second.Allocations - first.Allocations}.");
        });

    /// <summary>The three ways to use a tape: forward and backward, forward and given up, forward without recording.</summary>
    private static void Use(Device device, OpCase drawn, int seed)
    {
        OpRun.Both(device, drawn, seed);
        OpRun.Forward(device, drawn);
        OpRun.Forward(device, drawn, recording: false);
    }

    private static void AssertNoneLeft(int before, int after) =>
        Assert.True(after == before, $"expected {before} live buffers after tape and inputs are disposed; got {after}.");
}
