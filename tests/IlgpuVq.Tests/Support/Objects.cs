using Xunit;

namespace IlgpuVq.Tests.Support;

/// <summary>What code allocates on the managed heap.</summary>
internal static class Objects
{
    private const int Tries = 4;

    /// <summary>
    /// Runs <paramref name="work"/> until it makes no object on this thread, at most four times. Work that makes objects does so
    /// each time; the runtime makes some of its own once in a while, as for a larger cache of casts, on whatever thread it is at.
    /// </summary>
    public static void AssertNone(Action work)
    {
        var made = new long[Tries];
        for (var i = 0; i < Tries; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            work();
            made[i] = GC.GetAllocatedBytesForCurrentThread() - before;
            if (made[i] == 0)
            {
                return;
            }
        }

        Assert.Fail($"expected no object; got {string.Join(", ", made)} bytes in {Tries} runs.");
    }
}
