using System.Diagnostics;
using System.Globalization;
using IlgpuVq.Train.Runs;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Train.Runs;

/// <summary>A process that saves checkpoints, killed at random moments without a chance to clean up.</summary>
public sealed class KillTests
{
    private const int Kills = 50;

    [Fact]
    public void After_each_of_fifty_kills_a_checkpoint_loads_that_is_no_older_than_the_last_one_reported()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(20240607);
        var reported = 0L;
        var killedInTheMiddle = 0;
        for (var kill = 0; kill < Kills; kill++)
        {
            using var process = CheckpointingProcess.Start(folder.Path);

            // Read without tasks: the thread pool of a test run is often busy for longer than the child should live.
            var first = process.StandardOutput.ReadLine();
            Assert.True(first is not null, first is null ? process.StandardError.ReadToEnd() : "");
            reported = Step(first!);

            // A save takes about a millisecond or two: 50 µs to 6 ms end in every part of one, and between two.
            Spin(TimeSpan.FromMicroseconds(random.Next(50, 6000)));
            process.Kill();
            process.WaitForExit();
            while (process.StandardOutput.ReadLine() is { Length: > 0 } line)
            {
                reported = Step(line);
            }

            killedInTheMiddle += Directory.EnumerateFiles(folder.At("checkpoints"), "*.partial").Any() ? 1 : 0;
            AssertLoads(folder.At("checkpoints"), reported);
        }

        // Else the moments were not random enough for the test to show anything.
        Assert.InRange(killedInTheMiddle, 1, Kills);
        Assert.InRange(reported, Kills, long.MaxValue);
        using var run = RunFolder.OpenForWriting(folder.Path);
        run.OpenCheckpoints();
        Assert.Empty(Directory.EnumerateFiles(run.CheckpointsPath, "*.partial"));
        Assert.InRange(Directory.EnumerateFiles(run.CheckpointsPath).Count(), 1, 3);
    }

    private static void AssertLoads(string checkpoints, long reported)
    {
        var latest = CheckpointStore.ForReading(checkpoints).Latest(damaged => Assert.Fail(damaged));
        Assert.NotNull(latest);
        Assert.InRange(latest.Step, reported, reported + 1);
        using var file = latest.Open();
        var expected = CheckpointingProcess.Weights(latest.Step);
        var actual = new float[expected.Length];
        file.ReadFloats("weight", actual);
        Assert.Equal(expected, actual);
    }

    private static long Step(string line) => long.Parse(line, CultureInfo.InvariantCulture);

    /// <summary>Waits more exactly than the system's timer.</summary>
    private static void Spin(TimeSpan time)
    {
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < time)
        {
            Thread.SpinWait(20);
        }
    }
}
