using System.Runtime.InteropServices;

namespace IlgpuVq.Train.Commands;

/// <summary>Turns the first Ctrl+C or SIGTERM into a request to stop; the second ends the process as ever.</summary>
internal sealed class StopSignals : IDisposable
{
    private const int SignalBase = 128;
    private readonly CancellationTokenSource stop = new();
    private readonly PosixSignalRegistration interrupt;
    private readonly PosixSignalRegistration terminate;
    private volatile int exitCode;

    public StopSignals()
    {
        interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Request(context, SignalBase + 2));
        terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Request(context, SignalBase + 15));
    }

    public CancellationToken Token => stop.Token;

    /// <summary>0, or 130 after Ctrl+C and 143 after SIGTERM.</summary>
    public int ExitCode => exitCode;

    public void Dispose()
    {
        interrupt.Dispose();
        terminate.Dispose();
        stop.Dispose();
    }

    private void Request(PosixSignalContext context, int code)
    {
        if (exitCode == 0)
        {
            context.Cancel = true;
            exitCode = code;
            stop.Cancel();
        }
    }
}
