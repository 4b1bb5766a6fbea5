using IlgpuVq.Tensors;

namespace IlgpuVq.Autograd;

/// <summary>Compares a tape's gradients with central differences of the same function, on any device.</summary>
/// <remarks>
/// <para>For y = f(leaves) and a random upstream gradient u: d Σ u·y / d x[i] ≈ Σ u·(f(x + h·eᵢ) − f(x − h·eᵢ)) / 2h, with f
/// computed in float on the device and the rest in double on the host. u has no element near 0, so that an output whose gradient
/// is lost shows.</para>
/// <para>h is <see cref="GradCheckOptions.Step"/> times the element's size (at least 1/16 of the leaf's root mean square, at most
/// 1), so an element that is not at a kink at 0 does not step over it. Elements at other kinks get a slope between those of both
/// sides.</para>
/// <para>What float can tell: outputs of size |y| are rounded by about 2⁻²⁴·|y|, which a difference turns into 2⁻²⁴·|y| / 2h.
/// Eight times that is allowed on top of the tolerance, because f rounds at every op; where an element moves no output at all, as
/// much as would move none. A loss that is a mean over very many elements hides the gradient of a single one behind it: check the
/// tensor before the mean.</para>
/// <para>Stop-gradient, straight-through and whatever else defines its gradient differently disagrees, rightly.</para>
/// </remarks>
public static class GradCheck
{
    private const double UnitRoundoff = 1.0 / (1 << 24);
    private const double RoundingsOfAnOutput = 8;
    private const double SmallestScale = 1.0 / 16;
    private const double SmallestStep = 1.0 / (1 << 16);
    private const ulong UpstreamStream = 0;
    private const ulong SampleStream = 1;

    /// <summary>Checks the gradients of a function of tensors.</summary>
    /// <param name="function">From variables for the leaves, in their order, to a variable on the same tape; called many times
    /// and the same each time.</param>
    /// <param name="leaves">Where to check; copied.</param>
    /// <param name="options">Null for the defaults.</param>
    public static GradCheckResult Run(
        Func<IReadOnlyList<Variable>, Variable> function, IReadOnlyList<Tensor<float>> leaves, GradCheckOptions? options = null)
    {
        var parameters = new List<Parameter>();
        try
        {
            foreach (var leaf in leaves)
            {
                parameters.Add(new Parameter($"leaf {parameters.Count}", leaf.Device.From<float>(leaf.ToArray(), leaf.Shape)));
            }

            return Run(tape => function(parameters.ConvertAll(tape.Watch)), parameters, options);
        }
        finally
        {
            parameters.ForEach(parameter => parameter.Dispose());
        }
    }

    /// <summary>Checks the gradients of a function of parameters, of a whole model for example.</summary>
    /// <param name="function">Computes on the given tape; called many times and the same each time.</param>
    /// <param name="parameters">Where to check, at least one. They have their old values afterwards and no gradient.</param>
    /// <param name="options">Null for the defaults.</param>
    public static GradCheckResult Run(
        Func<Tape, Variable> function, IReadOnlyList<Parameter> parameters, GradCheckOptions? options = null)
    {
        options ??= new GradCheckOptions();
        if (parameters.Count == 0 || options.Step is not (> 0 and < 1) || options.Tolerance is not > 0 || options.Samples < 1)
        {
            throw new ArgumentException(
                "gradcheck: expected a leaf or more, a step in (0, 1), a tolerance above 0 and a sample or more; "
                + $"got {parameters.Count} leaves, {options}.");
        }

        var (upstream, rms) = ComputeGradients(function, parameters, options.Seed);
        var gradients = parameters.Select(leaf => leaf.Gradient?.ToArray() ?? new float[leaf.Shape.Size]).ToArray();
        var check = new Differences(function, parameters[0].Value.Device, upstream, rms, options);
        var leaves = new GradCheckLeaf[parameters.Count];
        for (var i = 0; i < leaves.Length; i++)
        {
            parameters[i].ClearGradient();
            leaves[i] = check.Compare(parameters[i], gradients[i], (ulong)i);
        }

        return new GradCheckResult(leaves, options.Tolerance);
    }

    /// <summary>Fills the parameters' gradients; returns the upstream gradient and the root mean square of the outputs.</summary>
    private static (float[] Upstream, double OutputSize) ComputeGradients(
        Func<Tape, Variable> function, IReadOnlyList<Parameter> parameters, ulong seed)
    {
        var device = parameters[0].Value.Device;
        foreach (var parameter in parameters)
        {
            parameter.ClearGradient();
        }

        using var tape = new Tape(device);
        var y = function(tape);
        var outputs = y.Value.ToArray();
        if (!Evaluate(function, device).AsSpan().SequenceEqual(outputs))
        {
            throw new ArgumentException(
                "gradcheck: expected a function that gives the same numbers each time; got others in a second call. "
                + "Draw its random numbers from a fixed seed and stream.");
        }

        var values = Upstream(outputs.Length, seed);
        using var upstream = device.From<float>(values, y.Shape);
        tape.Backward(y, upstream);
        return (values, RootMeanSquare(outputs));
    }

    private static float[] Evaluate(Func<Tape, Variable> function, Device device)
    {
        using var tape = new Tape(device, recording: false);
        return function(tape).Value.ToArray();
    }

    /// <summary>Sizes from ½ to 1½ with random signs.</summary>
    private static float[] Upstream(int count, ulong seed)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            var (size, sign, _, _) = Philox.Block(seed, UpstreamStream, (ulong)i);
            values[i] = (0.5f + Philox.ToUniform(size)) * (sign >> 31 == 0 ? 1 : -1);
        }

        return values;
    }

    private static double RootMeanSquare(ReadOnlySpan<float> values)
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += (double)value * value;
        }

        return values.IsEmpty ? 0 : Math.Sqrt(sum / values.Length);
    }

    /// <summary>The differences of one function under one upstream gradient.</summary>
    private sealed class Differences(
        Func<Tape, Variable> function, Device device, float[] upstream, double outputSize, GradCheckOptions options)
    {
        public GradCheckLeaf Compare(Parameter leaf, float[] gradient, ulong leafNumber)
        {
            var values = leaf.Value.ToArray();
            var original = (float[])values.Clone();
            var scale = RootMeanSquare(values);
            var samples = Math.Min(options.Samples, values.Length);
            GradCheckElement? worst = null;
            try
            {
                for (var sample = 0; sample < samples; sample++)
                {
                    var element = Check(leaf, values, scale, gradient, Pick(leafNumber, sample, samples, values.Length));
                    if (worst is null || element.RelativeError > worst.RelativeError)
                    {
                        worst = element;
                    }
                }
            }
            finally
            {
                leaf.Value.CopyFrom(original);
            }

            return new GradCheckLeaf(leaf.Name, leaf.Shape, samples, worst);
        }

        /// <summary>One element of each of <paramref name="samples"/> equal parts of the leaf, so that none is picked
        /// twice.</summary>
        private int Pick(ulong leafNumber, int sample, int samples, int size)
        {
            var (start, end) = ((long)sample * size / samples, (sample + 1L) * size / samples);
            var (word, _, _, _) = Philox.Block(options.Seed, SampleStream + leafNumber, (ulong)sample);
            return (int)(start + Philox.ToRange(word, (uint)(end - start)));
        }

        private GradCheckElement Check(Parameter leaf, float[] values, double scale, float[] gradient, int index)
        {
            var x = values[index];
            var size = Math.Max(Math.Abs(x), SmallestScale * scale);
            var step = Math.Max(options.Step * (size > 0 ? Math.Min(size, 1) : 1), Math.Abs(x) * SmallestStep);
            var (above, below) = ((float)(x + step), (float)(x - step));
            values[index] = above;
            leaf.Value.CopyFrom(values);
            var atAbove = Evaluate(function, device);
            values[index] = below;
            leaf.Value.CopyFrom(values);
            var atBelow = Evaluate(function, device);
            values[index] = x;

            // The steps that float could take, which differ from `step` by rounding.
            var distance = (double)above - below;
            var (difference, squaredRounding) = (0.0, 0.0);
            for (var i = 0; i < upstream.Length; i++)
            {
                if (atAbove[i] != atBelow[i])
                {
                    difference += upstream[i] * ((double)atAbove[i] - atBelow[i]);
                    var output = upstream[i] * Math.Max(outputSize, Math.Max(Math.Abs(atAbove[i]), Math.Abs(atBelow[i])));
                    squaredRounding += output * output;
                }
            }

            if (squaredRounding == 0)
            {
                // No output moved: what would have moved them by less than a rounding cannot be told from 0.
                squaredRounding = upstream.Sum(u => (double)u * u) * outputSize * outputSize;
            }

            difference /= distance;
            var feigned = RoundingsOfAnOutput * UnitRoundoff * Math.Sqrt(squaredRounding) / distance;
            var error = Math.Abs(gradient[index] - difference);
            var relative = error / (Math.Max(Math.Abs(gradient[index]), Math.Abs(difference)) + feigned / options.Tolerance);
            return new GradCheckElement(
                index, gradient[index], difference, error == 0 ? 0 : double.IsNaN(relative) ? double.PositiveInfinity : relative);
        }
    }
}
