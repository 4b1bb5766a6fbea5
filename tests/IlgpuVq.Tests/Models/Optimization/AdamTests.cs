using IlgpuVq.Autograd;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tests.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Models.Optimization;

/// <summary>What an optimizer does to parameters, under schedules and clipping.</summary>
[Collection(TensorTests.Name)]
public sealed class AdamTests(TensorDevices devices)
{
    private static readonly float[][] Gradients = [[3, -1, 2], [0.5f], [-4, 0]];

    [Fact]
    public void The_first_steps_are_as_long_as_the_schedule_says()
    {
        foreach (var device in devices.All)
        {
            // Under gradients that do not change each step of Adam is as long as the learning rate.
            using var parameter = new Parameter("p", Primitive.Fill(device, [1], 0));
            var options = new AdamOptions { LearningRate = 0.5, Schedule = new ConstantSchedule { WarmupSteps = 4 } };
            using var adam = new Adam([parameter], options);
            var last = 0f;
            foreach (var length in (float[])[0.125f, 0.25f, 0.375f, 0.5f, 0.5f])
            {
                SetGradients([parameter], [[7]]);
                adam.Step();
                var now = parameter.Value.Item();
                Assert.Equal(length, last - now, 1e-5f);
                last = now;
            }
        }
    }

    [Fact]
    public void Clipping_scales_all_gradients_by_one_factor_to_the_norm()
    {
        var norm = Math.Sqrt(Gradients.SelectMany(g => g).Sum(g => (double)g * g));
        foreach (var maxNorm in (float[])[0.25f, 3])
        {
            devices.Check([maxNorm / (norm + 1e-6)], 3e-7, s =>
            {
                var parameters = Parameters(s.Device);
                try
                {
                    SetGradients(parameters, Gradients);
                    return GradientClipping.Factor(parameters, maxNorm)!;
                }
                finally
                {
                    Array.ForEach(parameters, parameter => parameter.Dispose());
                }
            });
        }
    }

    [Fact]
    public void Gradients_within_the_norm_keep_their_bits_and_larger_ones_move_weights_as_if_they_were_smaller()
    {
        foreach (var device in devices.All)
        {
            var norm = Math.Sqrt(Gradients.SelectMany(g => g).Sum(g => (double)g * g));
            Assert.Equal(Train(device, Gradients, clipNorm: 0), Train(device, Gradients, clipNorm: norm * 1.0001));

            // Beside a step of gradients without norm, the moments tell how large the others were.
            var halved = Train(device, [.. Gradients.Select(g => g.Select(x => x / 2).ToArray())], clipNorm: 0);
            Assert.All(
                halved.Zip(Train(device, Gradients, clipNorm: norm / 2)), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
            Assert.NotEqual(halved, Train(device, Gradients, clipNorm: 0));
        }
    }

    [Fact]
    public void A_norm_that_is_NaN_spreads_and_no_gradients_have_no_factor()
    {
        devices.Check([double.NaN], 0, s =>
        {
            var parameters = Parameters(s.Device);
            SetGradients(parameters, [[1, 2, 3], [float.NaN], [0, 0]]);
            var factor = GradientClipping.Factor(parameters, maxNorm: 1)!;
            Array.ForEach(parameters, parameter => parameter.Dispose());
            return factor;
        });
        var without = Parameters(devices.Cpu);
        Assert.Null(GradientClipping.Factor(without, maxNorm: 1));
        Array.ForEach(without, parameter => parameter.Dispose());
    }

    /// <summary>All weights and moments after two steps, the second under other gradients.</summary>
    private static float[] Train(Device device, float[][] gradients, double clipNorm)
    {
        var parameters = Parameters(device);
        using var adam = new Adam(parameters, new AdamOptions { ClipNorm = clipNorm });
        SetGradients(parameters, gradients);
        adam.Step();
        SetGradients(parameters, [[0.01f, 0.02f, 0], [-0.01f], [0, 0.01f]]);
        adam.Step();
        float[] numbers =
        [
            .. parameters.SelectMany(parameter => parameter.Value.ToArray()),
            .. adam.State.SelectMany(named => named.Tensor.ToArray()),
        ];
        Array.ForEach(parameters, parameter => parameter.Dispose());
        return numbers;
    }

    private static Parameter[] Parameters(Device device) =>
        [.. Gradients.Select((g, i) => new Parameter($"p{i}", Primitive.Fill(device, [g.Length], 0)))];

    /// <summary>By a tape: the sum of g·p has gradient g.</summary>
    private static void SetGradients(Parameter[] parameters, float[][] gradients)
    {
        using var scope = new TensorScope(parameters[0].Value.Device);
        using var tape = new Tape(scope.Device);
        Variable? loss = null;
        foreach (var (parameter, gradient) in parameters.Zip(gradients))
        {
            var g = tape.Constant(scope.Floats(gradient, [gradient.Length]));
            var part = Sum.Apply(Multiply.Apply(tape.Watch(parameter), g));
            loss = loss is null ? part : loss + part;
        }

        tape.Backward(loss!);
    }
}
