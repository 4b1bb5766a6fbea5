using IlgpuVq.Tests.Tensors;
using IlgpuVq.Tests.Train.Runs;
using Xunit.Runner.InProc.SystemConsole;

namespace IlgpuVq.Tests;

/// <summary>Runs the tests, or, asked by one of them, becomes the process that the test needs.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args) => args switch
    {
        [CheckpointingProcess.Mode, var folder] => CheckpointingProcess.Run(folder),
        [ReproducibleProcess.Mode] => ReproducibleProcess.Run(),
        _ => await ConsoleRunner.Run(args),
    };
}
