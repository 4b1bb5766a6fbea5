using IlgpuVq.Models;
using IlgpuVq.Models.Optimization;
using Xunit;

namespace IlgpuVq.Tests.Models.Optimization;

/// <summary>Schedules against their formulas, written out.</summary>
public sealed class ScheduleTests
{
    private const long Length = 1000;

    private static readonly Dictionary<string, (ScheduleOptions Schedule, Func<long, double> Factor)> Formulas = new()
    {
        ["constant"] = (new ConstantSchedule(), _ => 1),
        ["constant, warm-up"] = (new ConstantSchedule { WarmupSteps = 100 }, t => Math.Min(1, t / 100.0)),
        ["step"] = (new StepSchedule { Every = 30, Multiplier = 0.5 }, t => Math.Pow(0.5, Math.Floor((t - 1) / 30.0))),
        ["step, warm-up"] = (
            new StepSchedule { Every = 30, Multiplier = 0.1, WarmupSteps = 7 },
            t => t <= 7 ? t / 7.0 : Math.Pow(0.1, Math.Floor((t - 8) / 30.0))),
        ["cosine"] = (new CosineSchedule { Steps = Length }, t => (1 + Math.Cos(Math.PI * Part(t - 1, Length))) / 2),
        ["cosine, end, warm-up"] = (
            new CosineSchedule { Steps = Length, End = 0.1, WarmupSteps = 50 },
            t => t <= 50 ? t / 50.0 : 0.1 + 0.9 * (1 + Math.Cos(Math.PI * Part(t - 51, Length - 50))) / 2),
        ["power, a line"] = (new PowerSchedule { Steps = Length }, t => 1 - Part(t - 1, Length)),
        ["power 2, end"] = (
            new PowerSchedule { Steps = Length, Exponent = 2, End = 0.01 },
            t => 0.01 + 0.99 * Math.Pow(1 - Part(t - 1, Length), 2)),
        ["warm-up of all steps"] = (
            new CosineSchedule { Steps = 10, End = 0.5, WarmupSteps = 10 }, t => t <= 10 ? t / 10.0 : 0.5),
    };

    public static TheoryData<string> Names { get; } = [.. Formulas.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_factor_is_that_of_the_formula_at_every_step(string name)
    {
        var (schedule, factor) = Formulas[name];
        for (var t = 1L; t <= 2 * Length; t++)
        {
            Assert.Equal(factor(t), schedule.At(t), 1e-14);
        }
    }

    [Theory]
    [InlineData(1000, 0.05)]
    [InlineData(40, 0.3)]
    [InlineData(7, 0.05)]
    [InlineData(1, 0.5)]
    public void A_cycle_is_that_of_two_phases_which_are_counted_on(int length, double warmup)
    {
        // The phases as the code has them that it comes from: each counts its own steps, and the last starts the first anew.
        const double rate = 3e-4;
        var schedule = new CycleSchedule { Steps = length, Warmup = warmup };
        var (least, climb) = (rate / 25, (int)(length * warmup));
        var (phase, n) = (climb > 0 ? 0 : 1, 0);
        for (var t = 1L; t <= 3 * length; t++)
        {
            n++;
            var expected = phase == 0
                ? least + (double)n / climb * (rate - least)
                : least / 1e4 + (rate - least / 1e4) / 2 * (Math.Cos(Math.PI * n / (length - climb)) + 1);
            Assert.Equal(expected, rate * schedule.At(t), 1e-14 * rate);
            if (n == (phase == 0 ? climb : length - climb))
            {
                (phase, n) = (phase == 0 || climb == 0 ? 1 : 0, 0);
            }
        }
    }

    [Fact]
    public void A_cycle_of_default_options_climbs_over_5_percent_and_ends_at_a_250_000th()
    {
        var schedule = new CycleSchedule { Steps = 2000 };
        Assert.Equal(1, schedule.At(100));
        Assert.Equal(1.0 / 25 + 24.0 / 25 / 100, schedule.At(1), 1e-15);
        Assert.Equal(1.0 / 250_000, schedule.At(2000), 1e-15);
        Assert.Equal(schedule.At(1), schedule.At(2001));
    }

    [Fact]
    public void A_length_that_is_left_to_the_run_must_be_given_before_a_factor_is_asked_for()
    {
        foreach (var kind in ScheduleKinds.All)
        {
            var isLong = kind.Default is FallingSchedule or CycleSchedule;
            if (isLong)
            {
                Assert.Equal(
                    "schedule: expected the number of its steps; got 0, for those of a run. "
                    + "Give Steps, or take the schedule Over those of the run.",
                    Assert.Throws<InvalidOperationException>(() => kind.Default.At(1)).Message);
            }

            var known = kind.Default.Over(10);
            Assert.Equal(isLong, known != kind.Default);
            Assert.InRange(known.At(1), 0, 1);
            Assert.Equal(known, known.Over(20));
            Assert.Throws<ArgumentOutOfRangeException>(() => known.At(0));
        }
    }

    [Fact]
    public void What_comes_after_the_last_step_is_one_value_or_the_start_again()
    {
        foreach (var (schedule, _) in Formulas.Values.Append((new CycleSchedule { Steps = 40 }, null!)))
        {
            switch (schedule.LastStep())
            {
                case { } last when schedule is CycleSchedule:
                    Assert.All(Enumerable.Range(1, 80), t => Assert.Equal(schedule.At(t), schedule.At(last + t)));
                    break;
                case { } last:
                    Assert.NotEqual(schedule.At(last), schedule.At(last + 1));
                    Assert.All(Enumerable.Range(1, 80), t => Assert.Equal(schedule.At(last + 1), schedule.At(last + t)));
                    break;
                default:
                    Assert.False(schedule is FallingSchedule or CycleSchedule);
                    break;
            }
        }

        Assert.Equal(12, new PowerSchedule { Steps = 5, WarmupSteps = 12 }.LastStep());
        Assert.All(ScheduleKinds.All, kind => Assert.Null(kind.Default.LastStep())); // left to the run
    }

    [Fact]
    public void A_step_schedule_in_epochs_is_one_in_steps_once_an_epoch_is_known()
    {
        var schedule = new StepSchedule { EveryEpochs = 3, Multiplier = 0.5 };
        Assert.Equal(
            "schedule: expected steps between two drops; got 3 epochs. Take the schedule InSteps of an epoch.",
            Assert.Throws<InvalidOperationException>(() => schedule.At(1)).Message);

        var known = schedule.InSteps(10);
        Assert.Equal(new StepSchedule { Every = 30, Multiplier = 0.5 }, known);
        Assert.Equal(known, known.InSteps(20));
        Assert.Equal((1, 0.5, 0.25), (known.At(30), known.At(31), known.At(61)));
        Assert.All(ScheduleKinds.All, kind => Assert.Equal(kind.Default, kind.Default.InSteps(7)));
    }

    [Fact]
    public void The_learning_rate_is_multiplied_by_the_factor() => Assert.Equal(
        0.25 * 0.3,
        new AdamOptions { LearningRate = 0.25, Schedule = new ConstantSchedule { WarmupSteps = 10 } }.LearningRateAt(3),
        1e-16);

    private static double Part(long steps, long all) => Math.Min(1, (double)steps / all);
}
