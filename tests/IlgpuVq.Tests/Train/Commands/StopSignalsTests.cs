using IlgpuVq.Train;
using IlgpuVq.Train.Commands;
using Xunit;

namespace IlgpuVq.Tests.Train.Commands;

public sealed class StopSignalsTests
{
    [Fact]
    public async Task The_end_of_the_parent_counts_as_SIGTERM()
    {
        var parent = 7;
        using var signals = new StopSignals(() => Volatile.Read(ref parent), TimeSpan.FromMilliseconds(5));
        signals.Arm();
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.False(signals.Token.IsCancellationRequested);

        Volatile.Write(ref parent, 1);
        signals.Token.WaitHandle.WaitOne(TimeSpan.FromSeconds(30));

        Assert.True(signals.Token.IsCancellationRequested);
        Assert.Equal(143, signals.ExitCode);
    }

    [Theory]
    [InlineData(true, "/usr/share/dotnet/dotnet", "run", "--project", "src/Train")]
    [InlineData(true, "dotnet", "run")]
    [InlineData(false, "dotnet", "test")]
    [InlineData(false, "dotnet")]
    [InlineData(false, "bash", "run")]
    public void Only_dotnet_run_is_watched(bool expected, params string[] words) =>
        Assert.Equal(expected, ParentProcess.IsRun(words));
}
