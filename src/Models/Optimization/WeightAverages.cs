using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Models.Optimization;

/// <summary>Exponential moving averages of a model's weights, which vary less than the weights of any one step.</summary>
/// <remarks>
/// <para>After step t = 1, 2, …: a ← a + (1 − dₜ)(w − a) with dₜ = min(γ, (1 + t) / (10 + t)), from a = w before the first.
/// The smaller decay of the first steps forgets the initial weights.</para>
/// <para>1 − dₜ is a scalar of the step, so that a step can be recorded.</para>
/// <para>Source: Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992;
/// the decay of the first steps is that of TensorFlow's averages.</para>
/// </remarks>
public sealed class WeightAverages : IDisposable
{
    private const string ScalarName = "weight-ema";

    private readonly List<(Parameter Parameter, Tensor<float> Average)> averages = [];

    /// <param name="parameters">Whose weights.</param>
    /// <param name="decay">γ, in [0, 1).</param>
    public WeightAverages(IEnumerable<Parameter> parameters, double decay)
    {
        Schedule = new ScheduledScalar(ScalarName, step => 1 - Math.Min(decay, (1.0 + step) / (10 + step)));
        foreach (var parameter in parameters)
        {
            averages.Add((parameter, parameter.Value.Device.Empty<float>(parameter.Shape)));
        }

        Restart();
    }

    /// <summary>1 − dₜ, to be among the scalars of <see cref="Update"/>.</summary>
    public ScheduledScalar Schedule { get; }

    /// <summary>The averages, by the keys of their parameters.</summary>
    public IEnumerable<NamedTensor> State => averages.Select(pair => new NamedTensor(pair.Parameter.Name, pair.Average));

    /// <summary>Begins with the weights as they are now.</summary>
    public void Restart() => averages.ForEach(pair => Primitive.CopyInto(pair.Average, pair.Parameter.Value));

    /// <summary>Takes a step's weights in; the same calls every time.</summary>
    public void Update(Scalars scalars)
    {
        using var weight = scalars.Read(ScalarName);
        foreach (var (parameter, average) in averages)
        {
            Primitive.MoveTowards(average, parameter.Value, weight);
        }
    }

    /// <summary>Puts the averages in the place of the weights and the weights in that of the averages; the second time, both are
    /// back in their own bits.</summary>
    public void Swap()
    {
        foreach (var (parameter, average) in averages)
        {
            using var weights = parameter.Value.Device.Empty<float>(parameter.Shape);
            Primitive.CopyInto(weights, parameter.Value);
            Primitive.CopyInto(parameter.Value, average);
            Primitive.CopyInto(average, weights);
        }
    }

    public void Dispose() => averages.ForEach(pair => pair.Average.Dispose());
}
