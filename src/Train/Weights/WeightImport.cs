using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Weights;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Memory;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Training;

namespace IlgpuVq.Train.Weights;

/// <summary>Brings the weights of a file into a model.</summary>
internal static class WeightImport
{
    /// <summary>Refuses a file that does not fit a model, before memory is taken for it.</summary>
    /// <param name="view">The file's tensors under the model's keys.</param>
    /// <param name="path">The file.</param>
    /// <param name="options">The model.</param>
    /// <param name="device">Where the model is going to be.</param>
    /// <exception cref="RunException">The machine has no room for it, or keys are missing or left over.</exception>
    /// <exception cref="StateDictionaryException">A tensor has another shape or type.</exception>
    public static void Check(TensorView view, string path, AutoencoderOptions options, Device device)
    {
        using var dry = Device.OpenDry();
        using var model = options.Build(new ModuleScope(dry, seed: 0));
        if (StepMemory.IsInMachine(device) && MachineMemory.Free() is var free && dry.Memory.LiveBytes > free / 4)
        {
            throw new RunException(
                "memory", $"about {StepMemory.InWords(4 * dry.Memory.LiveBytes)} for this model and its moments",
                $"{StepMemory.InWords(free)} free", "Choose a file of smaller weights.");
        }

        using var form = Choose(view, model);
        CheckKeys(view, path, form.Tensors, options);
        StateDictionary.CheckFile(view, path, form.Tensors);
    }

    /// <summary>Fills a model.</summary>
    /// <exception cref="RunException">A number is NaN or infinite, also in 32 bits.</exception>
    /// <exception cref="UserException">The file cannot be read.</exception>
    /// <inheritdoc cref="Check"/>
    public static void Load(TensorView view, string path, Autoencoder model)
    {
        using (var form = Choose(view, model))
        {
            StateDictionary.FromFile(view, path, form.Tensors);
            CheckFinite(path, form.Tensors);
            form.TakeOver();
        }

        CheckFinite(path, [.. model.State]);
    }

    /// <summary>The program's form of the model, or this program's own where the file has that.</summary>
    private static SourceState Choose(TensorView view, Autoencoder model)
    {
        var source = model.ToSource();
        if (Fits(source.Tensors) || !Fits([.. model.State]))
        {
            return source;
        }

        source.Dispose();
        return new SourceState(model);

        bool Fits(IReadOnlyList<NamedTensor> state)
        {
            var (unknown, missing) = Compare(view, state);
            return unknown.Length == 0 && missing.Length == 0;
        }
    }

    private static (string[] Unknown, string[] Missing) Compare(TensorView view, IReadOnlyList<NamedTensor> state)
    {
        var known = state.Select(named => named.Key).ToHashSet(StringComparer.Ordinal);
        return (
            [.. view.Tensors.Select(entry => entry.Name).Where(name => !known.Contains(name))],
            [.. state.Where(named => named.IfMissing is null && view.Find(named.Key) is null).Select(named => named.Key)]);
    }

    private static void CheckKeys(
        TensorView view, string path, IReadOnlyList<NamedTensor> state, AutoencoderOptions options)
    {
        var (unknown, missing) = Compare(view, state);
        if (unknown.Length == 0 && missing.Length == 0)
        {
            return;
        }

        string[] differences =
        [
            .. missing.Length > 0 ? [$"{missing.Length} missing ({WeightRecognition.Some(missing)})"] : Array.Empty<string>(),
            .. unknown.Length > 0 ? [$"{unknown.Length} unused ({WeightRecognition.Some(unknown)})"] : Array.Empty<string>(),
        ];
        throw new RunException(
            path, $"the tensors of this {options.Family}, such as {state[0].Key}", string.Join(" and ", differences),
            "Choose the --preset, or the --model and its options, that the weights are of.");
    }

    private static void CheckFinite(string path, IReadOnlyList<NamedTensor> state)
    {
        if (Finiteness.FirstKeyWithout(state) is { } key)
        {
            throw new RunException(
                path, "numbers that are finite in 32 bits", $"NaN or ∞ in {key}", "Choose weights of an earlier moment.");
        }
    }
}
