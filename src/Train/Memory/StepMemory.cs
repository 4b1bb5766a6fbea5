using System.Globalization;
using IlgpuVq.Models;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;

namespace IlgpuVq.Train.Memory;

/// <summary>What a training step needs, known before anything is allocated: from one step on a device that only counts.</summary>
/// <remarks>The tensors are counted exactly. What primitives borrow within themselves, such as weights that Winograd's
/// convolutions transform, images that are read ahead and the program itself are not: the peak adds a quarter of the tensors,
/// three times the weights and <see cref="ProgramBytes"/> for them, which is more than was seen for models of several
/// sizes.</remarks>
/// <param name="Parameters">Numbers that are learnt by gradients.</param>
/// <param name="StateBytes">Weights, moments, codebooks, averages and one batch.</param>
/// <param name="StepBytes">Activations and gradients of a step.</param>
internal sealed record StepMemory(long Parameters, long StateBytes, long StepBytes)
{
    /// <summary>The runtime, the program's code and drivers, by observation.</summary>
    private const long ProgramBytes = 150_000_000;

    /// <summary>The model's layers; null where they were not looked at.</summary>
    public LayerSummary? Layers { get; init; }

    /// <summary>All memory at the most.</summary>
    public long PeakBytes => (StateBytes + StepBytes) / 4 * 5 + 3 * sizeof(float) * Parameters + ProgramBytes;

    /// <summary>Of a config whose data are known.</summary>
    /// <exception cref="ShapeException">A tensor has more elements than there can be.</exception>
    public static StepMemory Of(RunConfig config)
    {
        using var dry = Device.OpenDry();
        using var state = new TrainingState(dry, config);
        var before = dry.Memory.ReservedBytes;
        using var step = new TrainingStep(state);
        state.Begin();
        step.Recording.Run();
        var counted = dry.Memory.ReservedBytes - before;
        return new StepMemory(state.Parameters.Sum(parameter => (long)parameter.Value.Size), before, counted)
        {
            Layers = LayerSummary.Of(
                state.Model, [config.Run.Batch, config.Data.Channels, config.Data.Height, config.Data.Width],
                state.Context with { Recomputation = Recomputation.Off }),
        };
    }

    /// <summary>The line that training begins with.</summary>
    public string Describe(Device device) => string.Create(
        CultureInfo.InvariantCulture,
        $"memory, by a dry run of one step: {Parameters} parameters, with moments and batch {InWords(StateBytes)}; "
        + $"activations and gradients {InWords(StepBytes)}; about {InWords(PeakBytes)} at the peak{FreeInWords(device)}");

    /// <exception cref="RunException">The machine has less.</exception>
    public void CheckFits(Device device) => CheckFits(device, MachineMemory.Free());

    /// <exception cref="RunException">The machine has less.</exception>
    internal void CheckFits(Device device, long free)
    {
        if (IsInMachine(device) && PeakBytes > free)
        {
            throw new RunException(
                "memory", $"about {InWords(PeakBytes)} for this model and batch", $"{InWords(free)} free",
                "Lower --batch, --hidden or the images' size, keep less with --recompute, or try all the same with --force.");
        }
    }

    /// <summary>Bytes for people, in powers of ten.</summary>
    internal static string InWords(long bytes) => bytes switch
    {
        < 10_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:F1} MB"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:F0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:F1} GB"),
    };

    private static string FreeInWords(Device device) =>
        IsInMachine(device) ? $" of {InWords(MachineMemory.Free())} free" : "";

    /// <summary>Whether the device's memory is the machine's; a card has its own, and its driver says when that is
    /// full.</summary>
    internal static bool IsInMachine(Device device) => device.IsHost || device.Name == "kernels";
}
