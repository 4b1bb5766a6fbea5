using System.Globalization;
using System.Runtime.InteropServices;

namespace IlgpuVq.Train.Commands;

/// <summary>Turns the first Ctrl+C, SIGTERM or SIGHUP into a request to stop; the second ends the process as ever.</summary>
/// <remarks>
/// <para>The end of <c>dotnet run</c>, however it comes, counts as SIGTERM: who ended it meant this program, which would train on
/// unseen. The end of any other parent, such as a shell, means nothing.</para>
/// <para>Made before any device is opened: drivers of OpenCL bring handlers of their own, which hand a signal on to the one that
/// was there first, and end the process where that was none. Until <see cref="Arm"/>, signals end the process as ever.</para>
/// <para>A SIGHUP that was ignored when the program started, as under <c>nohup</c>, stays ignored.</para>
/// </remarks>
internal sealed class StopSignals : IDisposable
{
    private const int NotArmed = -1;
    private const int SignalBase = 128;
    private const int Hangup = 1;
    private const int Interrupt = 2;
    private const int Terminate = 15;
    private readonly CancellationTokenSource stop = new();
    private readonly PosixSignalRegistration[] registrations;
    private readonly Timer? watch;
    private int exitCode = NotArmed;

    public StopSignals()
        : this(ParentProcess.IsDotnetRun ? () => ParentProcess.Id : null, TimeSpan.FromSeconds(1))
    {
    }

    /// <param name="parent">Gives the parent's number, whose change is a request too; null for no watch.</param>
    /// <param name="interval">How often it is asked for.</param>
    internal StopSignals(Func<int>? parent, TimeSpan interval)
    {
        registrations =
        [
            Register(PosixSignal.SIGINT, Interrupt), Register(PosixSignal.SIGTERM, Terminate),
            .. IsHangupIgnored() ? Array.Empty<PosixSignalRegistration>() : [Register(PosixSignal.SIGHUP, Hangup)],
        ];
        if (parent is not null)
        {
            var first = parent();
            watch = new Timer(_ => StopUnless(parent() == first), null, interval, interval);
        }
    }

    public CancellationToken Token => stop.Token;

    /// <summary>0, or 129 after SIGHUP, 130 after Ctrl+C and 143 after SIGTERM.</summary>
    public int ExitCode => Math.Max(0, Volatile.Read(ref exitCode));

    /// <summary>From now on the first signal is a request.</summary>
    public void Arm() => Interlocked.CompareExchange(ref exitCode, 0, NotArmed);

    public void Dispose()
    {
        Array.ForEach(registrations, registration => registration.Dispose());
        if (watch is not null)
        {
            // No callback may run on when the token's source is gone.
            using var done = new ManualResetEvent(initialState: false);
            if (watch.Dispose(done))
            {
                done.WaitOne();
            }
        }

        stop.Dispose();
    }

    /// <summary>Whether the signal is ignored by the process, as Linux shows it: bit 0 of a mask in hexadecimal digits.</summary>
    private static bool IsHangupIgnored()
    {
        const string field = "SigIgn:";
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            var line = File.ReadLines("/proc/self/status").First(text => text.StartsWith(field, StringComparison.Ordinal));
            return (ulong.Parse(line.AsSpan(field.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & 1) != 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return false;
        }
    }

    private PosixSignalRegistration Register(PosixSignal signal, int number) =>
        PosixSignalRegistration.Create(signal, context => context.Cancel = Request(number));

    private void StopUnless(bool isFine)
    {
        if (!isFine)
        {
            Request(Terminate);
        }
    }

    /// <summary>Whether it is the first request since <see cref="Arm"/>.</summary>
    private bool Request(int signal)
    {
        if (Interlocked.CompareExchange(ref exitCode, SignalBase + signal, 0) != 0)
        {
            return false;
        }

        stop.Cancel();
        return true;
    }
}
