using IlgpuVq.Tests.Train.Runs;
using Xunit.Runner.InProc.SystemConsole;

namespace IlgpuVq.Tests;

/// <summary>Runs the tests, or, asked by one of them, becomes the process that the test kills.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args) => args is [CheckpointingProcess.Mode, var folder]
        ? CheckpointingProcess.Run(folder)
        : await ConsoleRunner.Run(args);
}
