using System.CommandLine;
using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Data;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Safetensors;
using IlgpuVq.Tensors;

namespace IlgpuVq.Benchmarks;

/// <summary><c>first-step</c>: one training step with all that is needed to repeat it elsewhere, as torch_oracle.py
/// does.</summary>
internal static class FirstStep
{
    private const int Batch = 32;
    private const ulong Seed = 1;

    public static Command Create()
    {
        var dataRoot = new Argument<string>("DATA_ROOT") { Description = "the folder of CIFAR-10" };
        var folder = new Argument<string>("FOLDER") { Description = "where state.safetensors and step.safetensors are written" };
        var command = new Command("first-step", "Writes weights, images, loss and gradients of a first training step.")
        {
            dataRoot, folder,
        };
        command.SetAction(parsed => Write(parsed.GetValue(dataRoot)!, parsed.GetValue(folder)!));
        return command;
    }

    private static int Write(string dataRoot, string folder)
    {
        var data = DataSets.Open(DataSets.Cifar10, new DataSetOptions { Root = dataRoot });
        using var device = Device.Open("cpu");
        // What torch_model.py does unless told otherwise.
        using var model = new VqVaeModel(
            new ModuleScope(device, Seed),
            new VqVaeOptions { Init = Initialization.Torch, ResidualSkip = ResidualSkip.Rectified });
        using var loader = new BatchLoader(data, Batch, Seed);
        using var images = device.From<float>(loader.Next().Images, [Batch, data.Channels, data.Height, data.Width]);
        using var variance = device.From<float>([(float)data.Variance], []);
        Directory.CreateDirectory(folder);
        Save(Path.Combine(folder, "state.safetensors"), model.State);

        using var tape = new Tape(device);
        var x = tape.Constant(images);
        using var output = model.Forward(x, StepContext.Training);
        var loss = MeanSquaredError.Apply(output.Reconstruction, x) * (1 / variance.Item()) + output.Loss!;
        tape.Backward(loss);
        Save(Path.Combine(folder, "step.safetensors"),
        [
            new NamedTensor("images", images), new NamedTensor("variance", variance), new NamedTensor("loss", loss.Value),
            .. model.Parameters.Select(parameter => new NamedTensor($"gradient.{parameter.Name}", parameter.Gradient!)),
        ]);
        return 0;
    }

    private static void Save(string path, IEnumerable<NamedTensor> tensors)
    {
        using var stream = File.Create(path);
        SafetensorsWriter.Write(stream, StateDictionary.ToFile(tensors));
    }
}
