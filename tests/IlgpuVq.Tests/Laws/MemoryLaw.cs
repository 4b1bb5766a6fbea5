using System.Runtime.CompilerServices;
using FsCheck;
using FsCheck.Fluent;
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

    [Theory]
    [MemberData(nameof(OpRegistry.Names), MemberType = typeof(OpRegistry))]
    public void What_an_op_made_before_its_memory_ran_out_is_taken_back(string op)
    {
        var device = devices.Open("cpu");
        foreach (var drawn in OpRegistry.Row(op).Cases(Scale.Small).Sample(4, new Rnd(1), 50))
        {
            var before = device.Memory.LiveBuffers;
            var total = CountLoans(device, drawn);
            for (var loans = 0; loans < total; loans++)
            {
                Assert.Equal(loans, CountLoans(device, drawn, loans));
            }

            device.Pool.TakeBackForgotten();
            AssertNoneLeft(before, device.Memory.LiveBuffers);
        }
    }

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

    /// <summary>How many loans forward and backward take when there are at most so many.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int CountLoans(Device device, OpCase drawn, int most = int.MaxValue)
    {
        using var inputs = new OpInputs(device, drawn);
        device.Pool.LoansLeft = most;
        try
        {
            var y = drawn.Op(inputs);
            var upstream = inputs.Tensor(Draw.Uniform(y.Shape, -1, 1, seed: 1));
            inputs.Tape.Backward(y, upstream);
        }
        catch (DeviceException) when (most < int.MaxValue)
        {
            return most;
        }
        finally
        {
            most -= device.Pool.LoansLeft ?? 0;
            device.Pool.LoansLeft = null;
        }

        return most;
    }

    private static void AssertNoneLeft(int before, int after) =>
        Assert.True(after == before, $"expected {before} live buffers after tape and inputs are disposed; got {after}.");
}
