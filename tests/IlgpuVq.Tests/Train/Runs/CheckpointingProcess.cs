using System.Diagnostics;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Tests.Train.Runs;

/// <summary>
/// A process that saves one checkpoint after the other into a run folder, says so on its output, and never ends by itself.
/// </summary>
internal static class CheckpointingProcess
{
    public const string Mode = "--save-checkpoints-until-killed";

    private const int Elements = 20_000;

    /// <summary>Starts this executable in that mode.</summary>
    public static Process Start(string folder)
    {
        // Under "dotnet test" the assembly may run in a host of another name, so the executable is named by the assembly.
        var assembly = typeof(CheckpointingProcess).Assembly.Location;
        return Process.Start(new ProcessStartInfo("dotnet", ["exec", assembly, Mode, folder])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,

            // A process that lives for milliseconds gains from code that is compiled in haste.
            Environment = { ["DOTNET_TieredCompilation"] = "1" },
        })!;
    }

    /// <summary>
    /// The loop itself: goes on from the newest checkpoint, and prints a step only after its checkpoint was saved.
    /// </summary>
    public static int Run(string folder)
    {
        using var run = RunFolder.OpenForWriting(folder);
        var store = run.OpenCheckpoints();
        for (var step = (store.Latest()?.Step ?? 0) + 1; ; step++)
        {
            store.Save(step, [TensorData.OfFloats("weight", [Elements], Weights(step))]);
            Console.Out.Write($"{step}\n");
            Console.Out.Flush();
        }
    }

    /// <summary>What a checkpoint of that step must hold.</summary>
    public static float[] Weights(long step) => [.. Enumerable.Range(0, Elements).Select(i => (step * 7) + i)];
}
