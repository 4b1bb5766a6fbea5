using System.Diagnostics;
using System.Security.Cryptography;
using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Models.Entropy;
using IlgpuVq.Models.Layers;
using IlgpuVq.Models.Priors;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Models.Priors;

namespace IlgpuVq.Tests.Tensors;

/// <summary>A process that prints what a reproducible device computes, of primitives that it takes and of each prior.</summary>
internal static class ReproducibleProcess
{
    public const string Mode = "--print-reproducible-results";

    /// <summary>Starts this executable in that mode, with settings of the runtime.</summary>
    public static Process Start(params string[] settings)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(ReproducibleProcess).Assembly.Location, Mode])
        {
            RedirectStandardOutput = true,
        };
        foreach (var setting in settings)
        {
            start.Environment[$"DOTNET_{setting.Split('=')[0]}"] = setting.Split('=')[1];
        }

        return Process.Start(start)!;
    }

    public static int Run()
    {
        Console.Out.Write(Results());
        return 0;
    }

    /// <summary>A line for each result, its name and a hash of its bits.</summary>
    public static string Results()
    {
        using var device = Device.Open("cpu", new DeviceOptions(Reproducible: true));
        var lines = new List<string>();
        using (var tape = new Tape(device, recording: false))
        {
            var scope = new ModuleScope(device, seed: 3);
            var x = tape.Constant(Of([5, 37], 1));
            var square = tape.Constant(Of([2, 9, 9], 2));
            var image = tape.Constant(Of([2, 6, 7, 9], 3));
            using var conv = new Conv2dLayer(scope.In("conv"), new ConvShape(6, 5, 3), new Conv2dParams(Padding: 1));
            using var layerNorm = new LayerNormLayer(scope.In("norm"), 37);
            using var groupNorm = new GroupNormLayer(scope.In("group"), 2, 6);
            Add("relu", Relu.Apply(x));
            Add("gelu", Gelu.Apply(x));
            Add("silu", Silu.Apply(x));
            Add("tanh", Tanh.Apply(x));
            Add("sigmoid", Sigmoid.Apply(x));
            Add("softplus", Softplus.Apply(x));
            Add("exp", Exp.Apply(x));
            Add("log", Log.Apply(Square.Apply(x)));
            Add("softmax", Softmax.Apply(x));
            Add("softmax along axis 1", Softmax.Apply(image, axis: 1));
            Add("log-softmax", LogSoftmax.Apply(x));
            Add("causal softmax", CausalSoftmax.Apply(square, 0));
            Add("sum", Sum.Apply(x, [0]));
            Add("sum of rows", Sum.Apply(x, [1]));
            Add("quotient", x / Sqrt.Apply(Sum.Apply(Square.Apply(x), [1], keepDims: true)));
            Add("conv2d", conv.Forward(image, StepContext.Inference));
            Add("layer norm", layerNorm.Forward(x, StepContext.Inference));
            Add("group norm", groupNorm.Forward(image, StepContext.Inference));
            Add("matmul", Matmul.Apply(square, square));

            Tensor<float> Of(Shape shape, int stream) => device.From<float>(
                Array.ConvertAll(Numbers.Uniform(7, shape.Size, stream), value => 5 * value), shape);
        }

        foreach (var family in PriorTests.Small.Keys)
        {
            using var prior = PriorTests.Build(device, family);
            if (PriorCoder.Suits(prior))
            {
                using var codes = new PriorTests.Codes(device);
                var encoder = new RangeEncoder();
                new PriorCoder(prior).Encode([codes.Coarse.Ids.ToArray(), codes.Fine.Ids.ToArray()], [2, 0, 1], encoder);
                lines.Add($"{family}: {Convert.ToHexStringLower(encoder.Finish())}");
            }
        }

        return string.Join('\n', lines);

        void Add(string name, Variable result)
        {
            var bits = result.Value.ToArray().SelectMany(BitConverter.GetBytes).ToArray();
            lines.Add($"{name}: {Convert.ToHexStringLower(SHA256.HashData(bits).AsSpan(0, 8))}");
        }
    }
}
