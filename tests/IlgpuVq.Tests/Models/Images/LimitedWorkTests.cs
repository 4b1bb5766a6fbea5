using IlgpuVq.Models;
using IlgpuVq.Models.Images;
using Xunit;

namespace IlgpuVq.Tests.Models.Images;

public class LimitedWorkTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [Fact]
    public void Work_runs_on_another_thread_which_serves_again()
    {
        // Other tests decode at the same time and may take one of the idle threads, so one of several must come back.
        var threads = Enumerable.Range(0, 20).Select(_ => LimitedWork.Run(_ => Environment.CurrentManagedThreadId, Long))
            .ToArray();
        Assert.DoesNotContain(Environment.CurrentManagedThreadId, threads);
        Assert.True(threads.Distinct().Count() < threads.Length);
    }

    [Fact]
    public void What_work_throws_reaches_the_caller()
    {
        var error = Assert.Throws<InvalidDataException>(
            () => LimitedWork.Run<int>(_ => throw new InvalidDataException("so"), Long));
        Assert.Equal("so", error.Message);
        Assert.Equal(3, LimitedWork.Run(_ => 3, Long));
    }

    [Fact]
    public void Work_that_never_looks_at_its_token_is_left_behind()
    {
        using var release = new ManualResetEventSlim();
        using var ended = new ManualResetEventSlim();
        var wasCancelled = false;
        Assert.Throws<TimeoutException>(() => LimitedWork.Run(
            token =>
            {
                release.Wait(CancellationToken.None);
                wasCancelled = token.IsCancellationRequested;
                ended.Set();
                return 0;
            },
            TimeSpan.FromMilliseconds(20)));
        Assert.Equal(5, LimitedWork.Run(_ => 5, Long));
        release.Set();
        Assert.True(ended.Wait(Long, TestContext.Current.CancellationToken));
        Assert.True(wasCancelled);
    }

    [Fact]
    public void An_image_that_takes_too_long_is_one_line()
    {
        var error = Assert.Throws<DataException>(() => PackageImages.Decode(
            ImageFormat.Bmp, BmpBuilder.File(1, 1, 24, new byte[4]), (1, 1), channels: 3, "slow.bmp", TimeSpan.Zero));
        Assert.Equal(
            "slow.bmp: expected a BMP image that decodes within 0 s; got no end by then. Save the image as PNG.", error.Message);
    }
}
