using System.Collections.Immutable;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Train.Runs;

namespace IlgpuVq.Train.Codes;

/// <summary>A <see cref="CodeRemap"/> for a model, from a table that its user has.</summary>
internal static class RemapTable
{
    /// <summary>The remap of a model's only codebook.</summary>
    /// <param name="subject">What messages are about: an option, or a file of codes.</param>
    /// <param name="used">The table.</param>
    /// <param name="model">The model.</param>
    /// <param name="unknown">What stands for other codes.</param>
    /// <param name="fixedIndex">That index, where it is fixed.</param>
    /// <exception cref="RunException">The model has another number of codebooks than one, or the table does not fit
    /// it.</exception>
    public static CodeRemap Of(
        string subject, ImmutableArray<int> used, Autoencoder model, UnknownCode unknown, int fixedIndex = 0)
    {
        var layouts = model.Layouts(model.Options.Downsampling, model.Options.Downsampling);
        if (layouts is not [{ CodebookSizes: [var codes] }])
        {
            throw new RunException(
                subject, "a model of one grid with one codebook",
                $"{model.Options.Family} of " + string.Join(
                    " and ", layouts.Select(layout => $"{layout.Levels} in {layout.Name}").DefaultIfEmpty("none")),
                "Leave the table out.");
        }

        try
        {
            return new CodeRemap(used, codes, unknown, fixedIndex);
        }
        catch (OptionException exception)
        {
            throw exception.Option == "unknown"
                ? new RunException("--unknown-code", exception.Rule, exception.Value, "Give another index.", exception)
                : new RunException(
                    subject, exception.Rule, exception.Value, "Take the table that was made for this model.", exception);
        }
    }
}
