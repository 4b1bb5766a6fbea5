namespace IlgpuVq.Models.Optimization;

/// <summary>What a learning rate is multiplied by from step to step: one record per kind.</summary>
/// <remarks>A function of the step alone, so that a run that goes on has the rates of one that never stopped.</remarks>
public abstract record ScheduleOptions
{
    /// <summary>Refuses values that make no schedule.</summary>
    /// <exception cref="OptionException">A value is outside of its range.</exception>
    public virtual void Validate()
    {
    }

    /// <summary>The factor of a step t = 1, 2, ….</summary>
    /// <exception cref="InvalidOperationException">The schedule has a length, and it is not known.</exception>
    public double At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        return Factor(step);
    }

    /// <summary>The last step of a schedule whose length is known: what comes after it is one value, or the schedule from its
    /// start again; null for one without an end.</summary>
    public virtual long? LastStep() => null;

    /// <summary>The same schedule, which takes the steps of a run where it says nothing of its own length.</summary>
    public virtual ScheduleOptions Over(long steps) => this;

    /// <summary>The same schedule, with steps for what it says in epochs of so many.</summary>
    public virtual ScheduleOptions InSteps(long stepsPerEpoch) => this;

    /// <inheritdoc cref="At"/>
    protected abstract double Factor(long step);
}

/// <summary>Schedules that may begin with a linear warm-up of W steps: factor t / W in step t ≤ W, then what the kind says of
/// the steps after these.</summary>
public abstract record WarmedSchedule : ScheduleOptions
{
    /// <summary>Length W of the warm-up.</summary>
    [Option("steps in which the learning rate climbs linearly to its value", MayChange = true)]
    public long WarmupSteps { get; init; }

    public override void Validate() => Check.That("warmup-steps", "a whole number of at least 0", WarmupSteps, WarmupSteps >= 0);

    /// <summary>The factor after i = 0, 1, … steps since the warm-up.</summary>
    protected abstract double FactorAfter(long steps);

    protected sealed override double Factor(long step) =>
        step <= WarmupSteps ? (double)step / WarmupSteps : FactorAfter(step - 1 - WarmupSteps);
}

/// <summary>The learning rate stays as it is; with a warm-up, from then on.</summary>
public sealed record ConstantSchedule : WarmedSchedule
{
    protected override double FactorAfter(long steps) => 1;
}

/// <summary>Step decay: factorⁿ after n times so many steps.</summary>
public sealed record StepSchedule : WarmedSchedule
{
    /// <summary>So that their steps are a number.</summary>
    private const long MostEpochs = int.MaxValue;

    /// <summary>Steps between two drops.</summary>
    [Option("steps after which schedule step multiplies the learning rate", Name = "decay-every", MayChange = true)]
    public long Every { get; init; } = 1000;

    /// <summary>Epochs between two drops, which <see cref="InSteps"/> makes steps of; 0 for <see cref="Every"/>.</summary>
    [Option("epochs after which schedule step multiplies the learning rate; 0: after --decay-every", Name = "decay-epochs",
        MayChange = true)]
    public long EveryEpochs { get; init; }

    /// <summary>What each drop multiplies by.</summary>
    [Option("what schedule step multiplies the learning rate by", Name = "decay-factor", MayChange = true)]
    public double Multiplier { get; init; } = 0.5;

    public override void Validate()
    {
        base.Validate();
        Check.That("decay-every", "a whole number of at least 1", Every, Every >= 1);
        Check.That("decay-epochs", $"a whole number from 0 to {MostEpochs}", EveryEpochs, EveryEpochs is >= 0 and <= MostEpochs);
        Check.Weight("decay-factor", Multiplier);
    }

    public override ScheduleOptions InSteps(long stepsPerEpoch) =>
        EveryEpochs > 0 ? this with { Every = EveryEpochs * stepsPerEpoch, EveryEpochs = 0 } : this;

    protected override double FactorAfter(long steps) => EveryEpochs == 0
        ? Math.Pow(Multiplier, steps / Every)
        : throw new InvalidOperationException(
            $"schedule: expected steps between two drops; got {EveryEpochs} epochs. Take the schedule InSteps of an epoch.");
}

/// <summary>Schedules that go from 1 to a last factor within the steps that a run has, warm-up included, and stay
/// there.</summary>
public abstract record FallingSchedule : WarmedSchedule
{
    /// <summary>Length T, warm-up included; 0 for that of the run.</summary>
    [Option("steps of a schedule with an end; 0: those of the run", Name = "schedule-steps", MayChange = true)]
    public long Steps { get; init; }

    /// <summary>The last factor.</summary>
    [Option("part of the learning rate that cosine and power end with", Name = "schedule-end", MayChange = true)]
    public double End { get; init; }

    public override void Validate()
    {
        base.Validate();
        ScheduleLength.Check(Steps);
        Check.Weight("schedule-end", End);
    }

    public override long? LastStep() => Steps > 0 ? Math.Max(Steps, WarmupSteps) : null;

    public override ScheduleOptions Over(long steps) => Steps == 0 ? this with { Steps = steps } : this;

    protected sealed override double FactorAfter(long steps)
    {
        var length = ScheduleLength.Known(Steps) - WarmupSteps;
        return End + (1 - End) * Left(length <= 0 ? 1 : Math.Min(1, (double)steps / length));
    }

    /// <summary>What is left of the way to the end, from 1 to 0, when a part of the steps is done.</summary>
    protected abstract double Left(double done);
}

/// <summary>Half a cosine wave, (1 + cos πp) / 2 of the way when the part p of the steps is done (arXiv:1608.03983, equation 5,
/// without restarts).</summary>
public sealed record CosineSchedule : FallingSchedule
{
    protected override double Left(double done) => (1 + Math.Cos(Math.PI * done)) / 2;
}

/// <summary>A power of what is left, (1 − p)ᵉ when the part p of the steps is done; a line for exponent e = 1.</summary>
public sealed record PowerSchedule : FallingSchedule
{
    /// <summary>The exponent e.</summary>
    [Option("exponent of schedule power", Name = "schedule-power", MayChange = true)]
    public double Exponent { get; init; } = 1;

    public override void Validate()
    {
        base.Validate();
        Check.Weight("schedule-power", Exponent);
    }

    protected override double Left(double done) => Math.Pow(1 - done, Exponent);
}

/// <summary>One cycle up and down: in the first steps a line from 1/25 to 1, then half a cosine wave to 1/250 000, then from the
/// start again.</summary>
/// <remarks>With T steps and W = ⌊T·warm-up⌋: 1/25 + (1 − 1/25)·t / W in step t ≤ W; with e = 1/250 000, e + (1 − e)/2·(1 +
/// cos(π·(t − W) / (T − W))) in step t ≤ T. It is that of the widely used VQ-VAE-2 code, whose warm-up is 5 % of a run.</remarks>
public sealed record CycleSchedule : ScheduleOptions
{
    private const double Start = 1.0 / 25;
    private const double End = Start / 1e4;

    /// <summary>Length T of a cycle; 0 for that of the run.</summary>
    [Option("steps of a schedule with an end; 0: those of the run", Name = "schedule-steps", MayChange = true)]
    public long Steps { get; init; }

    /// <summary>The part of the steps that climbs.</summary>
    [Option("part of the steps in which schedule cycle climbs", Name = "cycle-warmup", MayChange = true)]
    public double Warmup { get; init; } = 0.05;

    public override void Validate()
    {
        ScheduleLength.Check(Steps);
        Check.Fraction("cycle-warmup", Warmup);
    }

    public override long? LastStep() => Steps > 0 ? Steps : null;

    public override ScheduleOptions Over(long steps) => Steps == 0 ? this with { Steps = steps } : this;

    protected override double Factor(long step)
    {
        var length = ScheduleLength.Known(Steps);
        var warm = (long)(length * Warmup);
        var t = (step - 1) % length + 1;
        return t <= warm
            ? Start + (1 - Start) * t / warm
            : End + (1 - End) / 2 * (1 + Math.Cos(Math.PI * (t - warm) / (length - warm)));
    }
}

/// <summary>Lengths of schedules, which may be left to the run.</summary>
internal static class ScheduleLength
{
    public static void Check(long steps) =>
        Models.Check.That("schedule-steps", "a whole number of at least 0", steps, steps >= 0);

    public static long Known(long steps) => steps > 0 ? steps : throw new InvalidOperationException(
        "schedule: expected the number of its steps; got 0, for those of a run. "
        + "Give Steps, or take the schedule Over those of the run.");
}
