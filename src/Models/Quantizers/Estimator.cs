using System.Text.Json.Serialization;
using IlgpuVq.Autograd;

namespace IlgpuVq.Models.Quantizers;

/// <summary>How a gradient passes the choice of a code.</summary>
public enum Estimator
{
    /// <summary>As it is, <see cref="Autograd.StraightThrough"/>.</summary>
    [JsonStringEnumMemberName("straight-through")]
    StraightThrough,

    /// <summary>Turned and scaled as the row is on its way to the code, <see cref="RotationTrick"/>.</summary>
    [JsonStringEnumMemberName("rotation")]
    Rotation,

    /// <summary>By a noisy step of the error's length, which moves the codes too, <see cref="Autograd.Diveq"/>.</summary>
    [JsonStringEnumMemberName("diveq")]
    Diveq,
}

/// <summary>What stands for the chosen codes behind a quantizer.</summary>
internal static class Estimators
{
    /// <summary>Passes codes q on in the place of x. Outside of training the value is q's, bit for bit.</summary>
    /// <param name="estimator">The way of the gradient.</param>
    /// <param name="x">The rows (N, D).</param>
    /// <param name="q">Their codes (N, D).</param>
    /// <param name="context">Random numbers, for those that draw some in training.</param>
    /// <param name="stream">Whose.</param>
    public static Variable Pass(this Estimator estimator, Variable x, Variable q, in StepContext context, ulong stream) =>
        estimator switch
        {
            Estimator.Rotation => RotationTrick.Apply(x, q),
            Estimator.Diveq when context.IsTraining => Autograd.Diveq.Apply(x, q, context.RandomFor("diveq"), stream),
            _ => Autograd.StraightThrough.Apply(x, q),
        };
}
