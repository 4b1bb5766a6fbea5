using System.Runtime.InteropServices;
using IlgpuVq.Tensors.Memory;

namespace IlgpuVq.Tensors.Tracing;

/// <summary>A number, or an array of them, that came up while calls were traced.</summary>
public sealed class TracedValue
{
    private readonly ITensor? numbers;

    internal TracedValue(int id, string? name, Shape shape, bool isInteger, TracedOperation? source, ITensor? numbers)
    {
        (Id, Name, Shape, IsInteger, Source) = (id, name, shape, isInteger, source);
        this.numbers = numbers;
    }

    /// <summary>Its place in <see cref="Trace.Values"/>.</summary>
    public int Id { get; }

    /// <summary>What whoever traces calls it; null for nothing.</summary>
    public string? Name { get; }

    /// <summary>Its lengths.</summary>
    public Shape Shape { get; }

    /// <summary>Whether it has whole numbers.</summary>
    public bool IsInteger { get; }

    /// <summary>What computed it; null for an input and for what was there before.</summary>
    public TracedOperation? Source { get; }

    /// <summary>Whether it depends on no input: what was there before, and what was computed of that alone.</summary>
    public bool IsConstant => numbers is not null;

    /// <summary>The numbers of a constant.</summary>
    /// <exception cref="InvalidOperationException">It is none, or has whole numbers.</exception>
    public float[] Floats() => numbers is Tensor<float> tensor ? tensor.ToArray() : throw NotOf("a constant of floats");

    /// <summary>The whole numbers of a constant.</summary>
    /// <exception cref="InvalidOperationException">It is none, or has others.</exception>
    public int[] Integers() => numbers is Tensor<int> tensor ? tensor.ToArray() : throw NotOf("a constant of whole numbers");

    /// <summary>Whether two constants have the same numbers in the same shape.</summary>
    public bool HasNumbersOf(TracedValue other) =>
        numbers is { } own && other.numbers is { } others && Shape == other.Shape && IsInteger == other.IsInteger &&
        (own.Place == others.Place || (IsInteger
            ? Integers().AsSpan().SequenceEqual(other.Integers())
            : Bits(Floats()).SequenceEqual(Bits(other.Floats()))));

    internal void Release() => numbers?.Dispose();

    /// <summary>NaN is itself, too.</summary>
    private static ReadOnlySpan<int> Bits(float[] values) => MemoryMarshal.Cast<float, int>(values);

    private InvalidOperationException NotOf(string what) => new($"trace: expected {what}; got value {Id} {Shape}.");
}

/// <summary>A call of a primitive.</summary>
/// <param name="Operation">What it computed.</param>
/// <param name="Inputs">Its operands, null for an optional one that was not there.</param>
public sealed record TracedOperation(Operation Operation, IReadOnlyList<TracedValue?> Inputs);

/// <summary>Follows what a device computes, from the values that are named as inputs on: which primitives were called, and of
/// what. From it the same work can be written down in another language.</summary>
/// <remarks>
/// <para>Calls run as ever while they are traced, until the trace is stopped or disposed. A primitive says what it computes by an
/// <see cref="Operation"/>; one that says nothing is refused.</para>
/// <para>What the calls read that was no input and no result is a constant: parameters, and what the host made.</para>
/// </remarks>
public sealed class Trace : IDisposable
{
    private readonly Device device;
    private readonly List<TracedValue> values = [];
    private readonly Dictionary<(Storage Storage, int Loan), List<TracedValue>> places = [];
    private readonly List<Type> silent = [];

    /// <param name="device">Whose calls are followed from now on.</param>
    /// <exception cref="InvalidOperationException">Another trace follows them.</exception>
    public Trace(Device device)
    {
        this.device = device;
        device.BeginTrace(this);
    }

    /// <summary>All values, each behind those that it was computed from.</summary>
    public IReadOnlyList<TracedValue> Values => values;

    /// <summary>Names a tensor as what the work depends on.</summary>
    public TracedValue Input<T>(Tensor<T> tensor, string name)
        where T : unmanaged => Put(tensor, Add(name, tensor, source: null, numbers: null));

    /// <summary>Names a tensor that was there before, such as a parameter.</summary>
    public TracedValue Constant<T>(Tensor<T> tensor, string name)
        where T : unmanaged => Put(tensor, Add(name, tensor, source: null, ((ITensor)tensor).Share()));

    /// <summary>The value that a tensor holds now.</summary>
    /// <exception cref="TraceException">A call was made that does not say what it computes.</exception>
    public TracedValue Of<T>(Tensor<T> tensor)
        where T : unmanaged
    {
        Claim(calls: 0);
        return Find(tensor);
    }

    /// <summary>Follows no further calls; what came up so far stays.</summary>
    public void Stop() => device.EndTrace(this);

    public void Dispose()
    {
        Stop();
        values.ForEach(value => value.Release());
    }

    /// <summary>Notes a call until a primitive says what it was.</summary>
    internal void Ran<TCall>() => silent.Add(typeof(TCall));

    /// <summary>Says what the last call computed.</summary>
    internal void Record(ITensor result, Operation operation, params ReadOnlySpan<ITensor?> inputs) =>
        Record(calls: 1, result, operation, inputs);

    /// <summary>Says what the last calls, at most so many, computed together.</summary>
    internal void Record(int calls, ITensor result, Operation operation, params ReadOnlySpan<ITensor?> inputs)
    {
        Claim(calls);
        var operands = new TracedValue?[inputs.Length];
        for (var i = 0; i < operands.Length; i++)
        {
            operands[i] = inputs[i] is { } input ? Find(input) : null;
        }

        Put(result, Add(null, result, new TracedOperation(operation, operands)));
    }

    private TracedValue Find(ITensor tensor)
    {
        if (!places.TryGetValue(tensor.Place, out var views))
        {
            return Put(tensor, Add(null, tensor, source: null, tensor.Share()));
        }

        if (views.Find(view => view.Shape == tensor.Shape) is { } known)
        {
            return known;
        }

        var view = Add(null, tensor, new TracedOperation(new ReshapeOperation(), [views[0]]));
        views.Add(view);
        return view;
    }

    private TracedValue Put(ITensor tensor, TracedValue value)
    {
        places[tensor.Place] = [value];
        return value;
    }

    /// <summary>A result, constant where all its operands are.</summary>
    private TracedValue Add(string? name, ITensor tensor, TracedOperation source)
    {
        var isConstant = source.Inputs.Count > 0 && source.Inputs.All(input => input is null or { IsConstant: true });
        return Add(name, tensor, source, isConstant ? tensor.Share() : null);
    }

    private TracedValue Add(string? name, ITensor tensor, TracedOperation? source, ITensor? numbers)
    {
        var value = new TracedValue(values.Count, name, tensor.Shape, tensor is Tensor<int>, source, numbers);
        values.Add(value);
        return value;
    }

    private void Claim(int calls)
    {
        if (silent.Count > calls)
        {
            var name = (silent[0].DeclaringType ?? silent[0]).Name.Replace("Kernels", "", StringComparison.Ordinal);
            silent.Clear();
            throw new TraceException($"trace: expected calls that say what they compute; got one of {name}. Leave it out.");
        }

        silent.Clear();
    }
}

/// <summary>Work that cannot be followed.</summary>
/// <param name="message">One line: what was expected, what came, what to do.</param>
public sealed class TraceException(string message) : UserException(message);
