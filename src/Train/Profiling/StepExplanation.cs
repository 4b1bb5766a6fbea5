using System.Diagnostics;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tensors.Profiling;
using IlgpuVq.Train.Config;
using IlgpuVq.Train.Training;

namespace IlgpuVq.Train.Profiling;

/// <summary>One step of training, op by op: the tape of its first part, and those on which others learn besides, and what each
/// op takes, forward and backward.</summary>
/// <remarks>Steps run on random images, or codes, with initial weights: neither changes what is computed. Times are medians of
/// replays whose every launch is waited for.</remarks>
/// <param name="Title">What is trained, where.</param>
/// <param name="Nodes">The tapes in the order of computation, the model's first.</param>
/// <param name="Others">What the step does besides, in the order of its calls.</param>
/// <param name="Milliseconds">The sum of all that the step takes.</param>
/// <param name="Calls">How many there are.</param>
/// <param name="LaunchesOf">The kernels, each with how often it is launched in a step.</param>
/// <param name="RunsKernels">Whether the device runs kernels; else it runs host forms, and kernels are what accelerators would
/// run.</param>
internal sealed record StepExplanation(
    string Title, IReadOnlyList<ExplainedNode> Nodes, IReadOnlyList<OtherWork> Others, double Milliseconds, int Calls,
    IReadOnlyDictionary<Type, int> LaunchesOf, bool RunsKernels)
{
    /// <summary>What the model's own tape is called.</summary>
    public const string Model = "model";

    private const string Loss = "loss";

    /// <summary>Steps that are measured; two before them are not.</summary>
    private const int Replays = 5;

    /// <summary>The nodes of each tape.</summary>
    public IEnumerable<IGrouping<string, ExplainedNode>> Tapes => Nodes.GroupBy(node => node.Tape);

    /// <summary>Bytes of all values of the tapes, views counted as copies.</summary>
    public long Bytes => Nodes.Sum(node => node.Node.Bytes);

    /// <summary>Bytes that are kept for backward besides.</summary>
    public long SavedBytes => Nodes.SelectMany(node => node.Node.Saved).Sum(saved => saved.Bytes);

    /// <summary>Of a config whose data are known.</summary>
    public static StepExplanation Of(Device device, RunConfig config)
    {
        var own = Measure(device, config, Replays);
        var listed = own;
        if (!own.Slices.Any(step => step.Any(slice => slice.Kind == SliceKind.Kernel)))
        {
            using var list = KernelText.OpenList(device.Precision);
            listed = Measure(list, config, replays: 1);
        }

        var (costs, kernels) = (new Costs(own), new Costs(listed));
        WorkCost CostOf(Place place) => costs.Of(place) with { Kernels = kernels.Of(place).Kernels };
        var others = costs.Places.Where(place => place.Node is null).Select(place => new OtherWork(place.Name, CostOf(place)));
        return new StepExplanation(
            $"{config.Model.Family}, batch {config.Run.Batch}, {device.Name}: {device.Description}",
            [
                .. from tape in own.Tapes
                   from pair in tape.Nodes.Zip(ModulesOf(tape.Nodes, own.Parameters, tape.Loss))
                   let node = tape.Numbered(pair.First)
                   select new ExplainedNode(
                       tape.Name, node, pair.Second, own.Parameters.Contains(node.Op) && node.Inputs.Count == 0,
                       CostOf(new Place(node.Op, node.Id, IsBackward: false)),
                       CostOf(new Place(node.Op, node.Id, IsBackward: true))),
            ],
            [.. others], costs.Total, costs.Calls,
            listed.Slices[0].Where(slice => slice.Kernel is not null).GroupBy(slice => slice.Kernel!)
                .ToDictionary(group => group.Key, group => group.Count()),
            RunsKernels: listed == own);
    }

    /// <summary>The module of each node, as a summary of layers has it: that of the parameters or constants that an op reads,
    /// else that of the op before. Inputs are with the op that reads them first. Behind the last op that makes more than one
    /// number is the loss.</summary>
    internal static string[] ModulesOf(IReadOnlyList<TapeNode> nodes, IReadOnlySet<string> parameters, string loss = Loss)
    {
        var modules = new string[nodes.Count];
        var last = nodes.LastOrDefault(node => node.Inputs.Count > 0 && node.Shape.Rank > 0)?.Id ?? -1;
        var (current, waiting) = ("", 0);
        foreach (var node in nodes)
        {
            if (node.Inputs.Count == 0)
            {
                continue;
            }

            var keys = node.Inputs.Select(input => nodes[input]).Where(input => input.Inputs.Count == 0)
                .Select(input => input.Op).ToArray();
            current = keys.FirstOrDefault(parameters.Contains) is { } learnt ? LayerOf(learnt)
                : node.Id > last ? loss
                : keys.FirstOrDefault() is { } constant ? LayerOf(constant) : (current.Length > 0 ? current : node.Op);
            Array.Fill(modules, current, waiting, node.Id + 1 - waiting);
            waiting = node.Id + 1;
        }

        Array.Fill(modules, current, waiting, nodes.Count - waiting);
        return modules;
    }

    private static string LayerOf(string key) => key.LastIndexOf('.') is > 0 and var end ? key[..end] : key;

    private static Measured Measure(Device device, RunConfig config, int replays)
    {
        config = config with { Run = config.Run with { Accumulate = 1 } };
        using var state = new TrainingState(device, config);
        List<SeenTape> seen = [];
        using var step = new TrainingStep(state) { Watch = tape => See(Model, tape) };
        state.Task.WatchOther = See;
        Fill(state, config);
        step.Run();
        step.Run();
        var slices = new TimelineSlice[replays][];
        for (var i = 0; i < replays; i++)
        {
            var timeline = new Timeline();
            device.Timeline = timeline;
            step.Run();
            device.Timeline = null;
            slices[i] = [.. timeline.Slices];
        }

        List<SeenTape> tapes = [];
        foreach (var tape in seen.OrderBy(tape => tape.Name != Model))
        {
            tapes.Add(tape with { First = tapes.Sum(before => before.Nodes.Count) });
        }

        return new Measured(
            tapes, state.Parameters.Select(parameter => parameter.Name).ToHashSet(StringComparer.Ordinal), slices);

        // Each once: a body that runs again has the same tapes.
        void See(string name, Tape tape)
        {
            if (seen.All(other => other.Name != name))
            {
                seen.Add(new SeenTape(
                    name, tape, [.. tape.Nodes().Select(node => node with { IsHeld = true, HoldsSaved = node.HasBackward })]));
            }
        }
    }

    /// <summary>Brings something to train on to the device.</summary>
    private static void Fill(TrainingState state, RunConfig config)
    {
        if (state.Task is PriorTask prior)
        {
            prior.LoadZeros();
            return;
        }

        using var images = Primitive.RandomUniform(
            state.Model.Device, [config.Run.Batch, config.Data.Channels, config.Data.Height, config.Data.Width], -0.5f, 0.5f,
            config.Run.Seed, stream: 0);
        ((ImageTask)state.Task).Load(images.ToArray());
    }

    /// <summary>What calls were for: an op of a tape in one direction, or something else by its name.</summary>
    private readonly record struct Place(string Name, int? Node, bool IsBackward);

    /// <param name="Name">Who learns on it.</param>
    /// <param name="Tape">Itself, which is gone.</param>
    /// <param name="Nodes">As before backward.</param>
    /// <param name="First">The number of its first node among those of all tapes.</param>
    private sealed record SeenTape(string Name, Tape Tape, IReadOnlyList<TapeNode> Nodes, int First = 0)
    {
        /// <summary>The module of what adds up to its loss.</summary>
        public string Loss => Name == Model ? StepExplanation.Loss : $"{Name}.{StepExplanation.Loss}";

        public TapeNode Numbered(TapeNode node) =>
            node with { Id = First + node.Id, Inputs = [.. node.Inputs.Select(input => First + input)] };
    }

    /// <param name="Tapes">The model's, then the others.</param>
    /// <param name="Parameters">Names of what is learnt.</param>
    /// <param name="Slices">What happened in each replay.</param>
    private sealed record Measured(
        IReadOnlyList<SeenTape> Tapes, IReadOnlySet<string> Parameters, TimelineSlice[][] Slices)
    {
        public Place PlaceOf(CallPurpose? purpose) => purpose?.Name is not { } name ? new Place("work between ops", null, false)
            : Tapes.FirstOrDefault(tape => tape.Tape == purpose.Owner) is { } its
                ? new Place(name, its.First + purpose.Id, purpose.IsBackward)
            : purpose.Owner is null ? new Place(name, null, false)
            : new Place($"{name}{(purpose.IsBackward ? ", backward" : "")}, of another tape", null, false);
    }

    /// <summary>What was measured, by what it was for.</summary>
    private sealed class Costs
    {
        private readonly Dictionary<Place, WorkCost> costs = [];

        public Costs(Measured measured)
        {
            var times = measured.Slices.Select(step => PrimitivesOf(step).GroupBy(slice => measured.PlaceOf(slice.Purpose))
                .ToDictionary(group => group.Key, group => group.Sum(slice => slice.Ticks))).ToArray();
            var first = measured.Slices[0];
            foreach (var group in PrimitivesOf(first).GroupBy(slice => measured.PlaceOf(slice.Purpose)))
            {
                var launches = group.SelectMany(call => first.Where(slice =>
                    slice.Kernel is not null && slice.Start >= call.Start && slice.End <= call.End));
                costs[group.Key] = new WorkCost(
                    Milliseconds(Median(times.Select(time => time.GetValueOrDefault(group.Key)))),
                    [.. group.Select(Describe)], [.. group.Select(call => call.Call!)],
                    [.. launches.Select(launch => launch.Kernel!)]);
                Places.Add(group.Key);
            }

            Total = costs.Values.Sum(cost => cost.Milliseconds);
            Calls = PrimitivesOf(first).Count();

            static IEnumerable<TimelineSlice> PrimitivesOf(TimelineSlice[] step) =>
                step.Where(slice => slice.Kind == SliceKind.Primitive);
        }

        /// <summary>In the order of their first calls.</summary>
        public List<Place> Places { get; } = [];

        public double Total { get; }

        public int Calls { get; }

        public WorkCost Of(Place place) => costs.GetValueOrDefault(place, WorkCost.None);

        private static string Describe(TimelineSlice call) =>
            $"{call.Name} {string.Join(", ", call.Arguments.Select(operand => $"{operand.Name} {operand.Value}"))}";

        private static double Milliseconds(long ticks) => ticks * 1e3 / Stopwatch.Frequency;

        private static long Median(IEnumerable<long> values)
        {
            long[] ordered = [.. values.Order()];
            return ordered[ordered.Length / 2];
        }
    }
}
