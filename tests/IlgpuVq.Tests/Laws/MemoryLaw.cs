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

    [Fact]
    public void What_ops_made_before_their_memory_ran_out_is_taken_back()
    {
        var device = devices.Open("cpu");
        var before = device.Memory.LiveBuffers;
        Assert.All(OpRegistry.Rows, row => FailAtEachLoan(device, row));

        // One collection of garbage for all ops: it takes longer than they do, and all else in the process waits for it.
        if (CountLeft(device) is var left && left != before)
        {
            var by = OpRegistry.Rows.FirstOrDefault(row => Leaves(device, row))?.Name ?? "no op alone";
            Assert.Fail($"expected {before} live buffers after ops that ran out of memory; got {left}, by {by}.");
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

    /// <summary>Runs some cases with no loan, one, and so on, up to those that they take.</summary>
    private static void FailAtEachLoan(Device device, OpRow row)
    {
        foreach (var drawn in row.Cases(Scale.Small).Sample(4, new Rnd(1), 50))
        {
            var total = CountLoans(device, drawn);
            for (var loans = 0; loans < total; loans++)
            {
                Assert.Equal(loans, CountLoans(device, drawn, loans));
            }
        }
    }

    private static bool Leaves(Device device, OpRow row)
    {
        var before = device.Memory.LiveBuffers;
        FailAtEachLoan(device, row);
        return CountLeft(device) != before;
    }

    private static int CountLeft(Device device)
    {
        device.Pool.TakeBackForgotten();
        return device.Memory.LiveBuffers;
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
