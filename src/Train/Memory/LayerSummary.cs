using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Reporting;

namespace IlgpuVq.Train.Memory;

/// <summary>A part of a model in the order of computation.</summary>
/// <param name="Layer">The key that its parameters share; the name of the constant where it begins with one, such as the
/// <c>codes</c> of a codebook that averages teach.</param>
/// <param name="Output">What it hands on; losses apart.</param>
/// <param name="Parameters">Numbers that are learnt by gradients.</param>
/// <param name="Bytes">All that its ops made.</param>
internal sealed record LayerRow(string Layer, Shape Output, long Parameters, long Bytes);

/// <summary>What each layer of a model learns and makes, read off the tape of one forward pass.</summary>
/// <remarks>A row begins with an op on parameters of another layer, or on a constant; the ops behind it that have neither
/// belong to it.</remarks>
internal sealed class LayerSummary
{
    /// <summary>Beyond that, rows with the same beginning of their keys become one.</summary>
    private const int MostRows = 24;

    private LayerSummary(IReadOnlyList<LayerRow> rows) => Rows = rows;

    public IReadOnlyList<LayerRow> Rows { get; }

    /// <summary>Of a model's forward pass; on a device that computes nothing.</summary>
    /// <param name="model">The model.</param>
    /// <param name="images">The batch (B, C, H, W).</param>
    /// <param name="context">That of a training step.</param>
    public static LayerSummary Of(Autoencoder model, Shape images, in StepContext context)
    {
        using var x = model.Device.Empty<float>(images);
        using var tape = new Tape(model.Device);
        using var output = model.Forward(tape.Constant(x, "images"), context);
        var parameters = model.Parameters.ToDictionary(parameter => parameter.Name, parameter => (long)parameter.Value.Size);
        List<LayerRow> rows = [];
        foreach (var variable in tape.Variables.Where(variable => variable.Inputs.Count > 0))
        {
            var keys = variable.Inputs.Where(input => input.Inputs.Count == 0).Select(input => input.Op).ToArray();
            var learnt = keys.Where(parameters.ContainsKey).ToArray();
            var layer = learnt.Length > 0 ? LayerOf(learnt[0]) : keys.FirstOrDefault();
            if (rows.Count == 0 || (layer is not null && layer != rows[^1].Layer))
            {
                rows.Add(new LayerRow(layer ?? variable.Op, variable.Shape, Parameters: 0, Bytes: 0));
            }

            // What is used twice is learnt once.
            var added = learnt.Sum(key => parameters.Remove(key, out var size) ? size : 0);
            rows[^1] = rows[^1] with
            {
                Output = variable.Shape.Rank > 1 ? variable.Shape : rows[^1].Output,
                Parameters = rows[^1].Parameters + added,
                Bytes = rows[^1].Bytes + sizeof(float) * (long)variable.Shape.Size,
            };
        }

        return new LayerSummary(Shorten(rows));
    }

    /// <summary>The rows for people.</summary>
    public TextTable ToTable()
    {
        var table = new TextTable("layer", "output", "parameters", "activations");
        foreach (var row in Rows)
        {
            table.Add(row.Layer, $"{row.Output}", $"{row.Parameters}", StepMemory.InWords(row.Bytes));
        }

        return table;
    }

    private static string LayerOf(string key) => key.LastIndexOf('.') is > 0 and var end ? key[..end] : key;

    private static List<LayerRow> Shorten(List<LayerRow> rows)
    {
        for (var depth = rows.Max(row => row.Layer.Split('.').Length); rows.Count > MostRows && depth > 0; depth--)
        {
            rows = Join(rows, depth);
        }

        return rows;
    }

    private static List<LayerRow> Join(List<LayerRow> rows, int depth)
    {
        List<LayerRow> joined = [];
        foreach (var row in rows)
        {
            var layer = string.Join('.', row.Layer.Split('.').Take(depth));
            if (joined.Count > 0 && joined[^1].Layer == layer)
            {
                var last = joined[^1];
                joined[^1] = new LayerRow(layer, row.Output, last.Parameters + row.Parameters, last.Bytes + row.Bytes);
            }
            else
            {
                joined.Add(row with { Layer = layer });
            }
        }

        return joined;
    }
}
