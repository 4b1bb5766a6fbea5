namespace IlgpuVq.Models.Quantizers;

/// <summary>Options of a <see cref="GumbelQuantizer"/>; defaults as in VQGAN's.</summary>
public sealed record GumbelQuantizerOptions : CodebookOptions
{
    /// <summary>The temperature τ of the draw.</summary>
    [Option("temperature of the Gumbel softmax", MayChange = true)]
    public double Temperature { get; init; } = 1;

    /// <summary>What τ is after <see cref="TemperatureSteps"/>.</summary>
    [Option("temperature after temperature-steps", MayChange = true)]
    public double TemperatureEnd { get; init; } = 0.0625;

    /// <summary>Steps in which τ goes to its end, each time by the same factor; 0 for a τ that stays.</summary>
    [Option("steps in which the temperature goes to its end; 0: it stays", MayChange = true)]
    public long TemperatureSteps { get; init; }

    /// <summary>Whether the decoder sees one code in training, with the gradient of the mixture, rather than the mixture
    /// itself.</summary>
    [Option("whether training passes one code on rather than a mixture")]
    public bool Hard { get; init; } = true;

    /// <summary>Weight of the divergence from equal probabilities.</summary>
    [Option("weight of the divergence from equal probabilities", MayChange = true)]
    public double KlWeight { get; init; } = 5e-4;

    public override void Validate()
    {
        base.Validate();
        CheckTemperature("temperature", Temperature);
        CheckTemperature("temperature-end", TemperatureEnd);
        Check.That("temperature-steps", "a whole number of at least 0", TemperatureSteps, TemperatureSteps >= 0);
        Check.Weight("kl-weight", KlWeight);
    }

    public override Quantizer Build(ModuleScope scope) => new GumbelQuantizer(scope, this);

    private static void CheckTemperature(string name, double value) => Check.That(
        name, "a finite number of more than 0", value, (float)value > 0 && float.IsFinite((float)(1 / value)) &&
        float.IsFinite((float)value));
}
