using IlgpuVq.Autograd.Printing;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tensors.Profiling;

namespace IlgpuVq.Autograd;

/// <summary>What an op needs to send a gradient back: given d loss / d output, d loss / d input for each input, null where none
/// is wanted.</summary>
/// <param name="dY">Borrowed; an op that passes it on returns <see cref="Tensor{T}.Share"/> or <see cref="Tensor{T}.Reshape"/> of
/// it.</param>
/// <returns>One tensor per input, in their order; the tape takes them over.</returns>
public delegate Tensor<float>?[] Backward(Tensor<float> dY);

/// <summary>Records the ops of one computation in order and runs their gradients in reverse.</summary>
/// <remarks>
/// <para>The tape owns every tensor its ops made: disposing it returns all of them to the device. <see cref="Backward"/> releases
/// values and gradients as soon as nothing needs them any more, so a tape runs backward once; leaves, the loss, kept variables
/// and what needs no gradient stay.</para>
/// <para>One tape is one forward pass on one device, driven by one thread.</para>
/// </remarks>
public sealed partial class Tape : IDisposable
{
    private readonly List<Variable> variables = [];
    private readonly List<Node?> nodes = [];
    private readonly Dictionary<Parameter, Variable> watched = [];
    private bool ranBackward;
    private bool disposed;

    /// <param name="device">Where all its variables live.</param>
    /// <param name="recording">False for inference: ops compute their values and nothing is kept for a backward pass.</param>
    public Tape(Device device, bool recording = true)
    {
        Device = device;
        IsRecording = recording;
    }

    public Device Device { get; }

    public bool IsRecording { get; }

    /// <summary>Everything on the tape, in the order of computation.</summary>
    public IReadOnlyList<Variable> Variables => variables;

    /// <summary>Fail at the first input or op that has a NaN or an infinity, forward or backward, and name it. Slow: reads back
    /// every tensor.</summary>
    public bool DetectAnomalies { get; init; }

    /// <summary>The tape that all <paramref name="inputs"/> are on; an op asks for it before it computes anything.</summary>
    /// <param name="op">The op's name, for the message.</param>
    /// <param name="inputs">The op's variables, null for an optional one that is not there; at least the first is.</param>
    /// <exception cref="InvalidOperationException">They are on different tapes.</exception>
    public static Tape Of(string op, params ReadOnlySpan<Variable?> inputs)
    {
        var tape = inputs[0]!.Tape;
        tape.Device.Purpose = tape.NextPurpose();
        foreach (var input in inputs)
        {
            if (input is not null && input.Tape != tape)
            {
                throw new InvalidOperationException(
                    $"{op}: expected inputs of one tape; got {inputs[0]} of one and {input} of another. "
                    + "Pass the Value of one through Constant or Leaf of the other's tape.");
            }
        }

        return tape;
    }

    /// <summary>An input without a gradient: data, targets, noise.</summary>
    /// <remarks>The tensor stays the caller's: the tape takes a share of its memory (<see cref="Tensor{T}.Share"/>), so the
    /// caller may dispose the tensor at once, and must not overwrite it before the tape has run backward or is disposed. Nothing
    /// is copied.</remarks>
    public Variable Constant(Tensor<float> value, string name = "constant") => AddInput(name, value, requiresGradient: false);

    /// <summary>An input without a gradient from numbers of the host, row-major. They are copied to a tensor of the tape's
    /// own.</summary>
    /// <remarks>A recording cannot repeat that copy: what it replays must lie in a tensor.</remarks>
    /// <exception cref="ShapeException">The number of values is not the shape's size.</exception>
    public Variable Constant(ReadOnlySpan<float> values, Shape shape, string name = "constant")
    {
        using var tensor = Device.From(values, shape);
        return Constant(tensor, name);
    }

    /// <summary>An input whose <see cref="Variable.Gradient"/> backward fills; the gradient is the tape's.</summary>
    /// <remarks>The tensor stays the caller's, as with <see cref="Constant(Tensor{float}, string)"/>.</remarks>
    public Variable Leaf(Tensor<float> value, string name = "leaf") => AddInput(name, value, IsRecording);

    /// <summary>A parameter as a variable of this tape, the same one however often it is asked for; its gradient goes to the
    /// parameter.</summary>
    public Variable Watch(Parameter parameter)
    {
        if (!watched.TryGetValue(parameter, out var variable))
        {
            watched[parameter] = variable = Leaf(parameter.Value, parameter.Name);
        }

        return variable;
    }

    /// <summary>Puts the result of an op on the tape.</summary>
    /// <param name="op">The op's name, lower case with hyphens.</param>
    /// <param name="value">The result; taken over, also when this fails.</param>
    /// <param name="inputs">The variables that it was computed from, null for an optional one that is not there.</param>
    /// <param name="backward">Called after everything that used the result has sent its gradient: once by <see cref="Backward"/>,
    /// and before that by each <see cref="Gradient"/> on whose way the op lies; null for an op that lets no gradient
    /// through.</param>
    /// <param name="saved">Tensors that <paramref name="backward"/> reads beyond inputs and result; taken over, also when this
    /// fails.</param>
    public Variable Record(
        string op, Tensor<float> value, ReadOnlySpan<Variable?> inputs, Backward? backward,
        params ReadOnlySpan<IDisposable> saved)
    {
        Node? node = null;
        var recorded = false;
        if (passPurpose is null)
        {
            Device.Purpose?.Claim(op, owner: this, variables.Count);
        }

        try
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            CheckInputs(op, inputs);
            if (backward is not null && RequireGradient(inputs))
            {
                node = new Node(inputs.ToArray(), backward, saved.ToArray());
            }

            var result = AddVariable(op, value, Present(inputs), requiresGradient: node is not null, node);
            recorded = true;
            CheckFinite(value, result);
            return result;
        }
        finally
        {
            if (!recorded)
            {
                value.Dispose();
            }

            if (!recorded || node is null)
            {
                foreach (var tensor in saved)
                {
                    tensor.Dispose();
                }
            }
        }
    }

    /// <summary>Fills the gradients of leaves, watched parameters and kept variables with d <paramref name="loss"/> / d
    /// each.</summary>
    /// <param name="loss">What to differentiate: one number, or any shape when <paramref name="upstream"/> is given.</param>
    /// <param name="upstream">d objective / d loss, of the loss's shape; null for 1. Stays the caller's.</param>
    /// <exception cref="InvalidOperationException">A second pass, a variable of another tape, or one that depends on no
    /// leaf.</exception>
    /// <exception cref="ShapeException">The loss has not one element and there is no upstream gradient, or one of another
    /// shape.</exception>
    public void Backward(Variable loss, Tensor<float>? upstream = null)
    {
        CheckBackward(loss, upstream);
        ranBackward = true;
        loss.Keep();
        Device.Purpose = CallPurpose.Of("upstream gradient");
        loss.Accumulate(upstream?.Share() ?? Primitive.Fill(Device, loss.Shape, 1));
        SendAllBack();
        Device.Purpose = CallPurpose.Of("gradients of parameters");
        foreach (var (parameter, variable) in watched)
        {
            if (variable.Gradient is { } gradient)
            {
                parameter.Accumulate(gradient.Share());
                variable.ReleaseGradient();
            }
        }

        Device.Purpose = null;
    }

    /// <summary>The tape as a table: one line per variable with its shape, its bytes, the op and its inputs, and what it keeps
    /// for backward.</summary>
    public string ToText() => TapeText.Print(Nodes());

    /// <summary>The tape as a Mermaid flowchart: solid arrows carry a gradient back, dotted ones do not.</summary>
    public string ToMermaid() => TapeMermaid.Print(Nodes());

    /// <summary>All variables as they are now, in the order of computation.</summary>
    public IReadOnlyList<TapeNode> Nodes() =>
    [
        .. variables.Select(variable => new TapeNode(
            variable.Id, variable.Op, variable.Shape, [.. variable.Inputs.Select(input => input.Id)], variable.RequiresGradient,
            variable.HasValue, variable.IsKept, variable.SavedForBackward is not null, variable.SavedForBackward ?? [],
            HoldsSaved: nodes[variable.Id] is not null)),
    ];

    /// <summary>Nodes as text, as <see cref="ToText()"/>, with columns of the caller's behind the bytes.</summary>
    public static string ToText(IReadOnlyList<TapeNode> nodes, params ReadOnlySpan<TapeColumn> columns) =>
        TapeText.Print(nodes, columns);

    /// <summary>Nodes as a flowchart, as <see cref="ToMermaid()"/>, with lines of the caller's in their boxes.</summary>
    /// <param name="nodes">What to show.</param>
    /// <param name="groupOf">The group that a node is drawn in; null for none.</param>
    /// <param name="lines">What else stands in a box.</param>
    public static string ToMermaid(
        IReadOnlyList<TapeNode> nodes, Func<TapeNode, string>? groupOf, params ReadOnlySpan<TapeColumn> lines) =>
        TapeMermaid.Print(nodes, groupOf, lines);

    public void Dispose()
    {
        disposed = true;
        for (var id = 0; id < variables.Count; id++)
        {
            nodes[id]?.Release();
            variables[id].ReleaseGradient();
            variables[id].ReleaseValue();
        }

        variables.Clear();
        nodes.Clear();
        watched.Clear();
    }

    private static bool RequireGradient(ReadOnlySpan<Variable?> inputs)
    {
        foreach (var input in inputs)
        {
            if (input is { RequiresGradient: true })
            {
                return true;
            }
        }

        return false;
    }

    private static Variable[] Present(ReadOnlySpan<Variable?> inputs)
    {
        var present = new List<Variable>(inputs.Length);
        foreach (var input in inputs)
        {
            if (input is not null)
            {
                present.Add(input);
            }
        }

        return [.. present];
    }

    private static void ReleaseUnlessKept(Variable variable)
    {
        if (!variable.IsKept)
        {
            variable.ReleaseGradient();
            variable.ReleaseValue();
        }
    }

    /// <summary>From the last op to the first: its gradient on to its inputs, then its memory back.</summary>
    private void SendAllBack()
    {
        for (var id = variables.Count - 1; id >= 0; id--)
        {
            var variable = variables[id];
            if (nodes[id] is { } node)
            {
                if (variable.Gradient is { } dY)
                {
                    Device.Purpose = passPurpose ?? CallPurpose.OfBackward(variable.Op, owner: this, id);
                    SendBack(variable, node, dY);
                }

                node.Release();
                nodes[id] = null;
                ReleaseUnlessKept(variable);
            }
        }
    }

    private void SendBack(Variable variable, Node node, Tensor<float> dY)
    {
        if (node.Rerun is { } rerun)
        {
            SendThrough(variable, node, rerun);
            return;
        }

        var gradients = node.Backward(dY);
        try
        {
            if (gradients.Length != node.Inputs.Length)
            {
                throw new InvalidOperationException(
                    $"{variable.Op} backward: expected a gradient or null for each of {node.Inputs.Length} inputs; "
                    + $"got {gradients.Length}.");
            }

            for (var i = 0; i < gradients.Length; i++)
            {
                if (gradients[i] is { } gradient && node.Inputs[i] is { RequiresGradient: true } input)
                {
                    CheckGradient(variable, input, gradient);
                    gradients[i] = null;
                    input.Accumulate(gradient);
                }
            }
        }
        finally
        {
            // What was computed though nobody wanted it, or was not delivered because of an exception.
            foreach (var gradient in gradients)
            {
                gradient?.Dispose();
            }
        }
    }

    private void CheckGradient(Variable from, Variable to, Tensor<float> gradient)
    {
        if (gradient.Shape != to.Shape)
        {
            throw new ShapeException(
                $"{from.Op} backward", "gradients of their inputs' shapes", ("gradient", gradient.Shape), (to.Op, to.Shape));
        }

        CheckFinite(gradient, from, receiver: to);
    }

    private void CheckInputs(string op, ReadOnlySpan<Variable?> inputs)
    {
        foreach (var input in inputs)
        {
            if (input is not null && input.Tape != this)
            {
                throw new InvalidOperationException(
                    $"{op}: expected inputs of one tape; got {input} of another. "
                    + "Pass its Value through Constant or Leaf of this tape.");
            }
        }
    }

    private void CheckBackward(Variable loss, Tensor<float>? upstream)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (loss.Tape != this || ranBackward || !loss.RequiresGradient)
        {
            var why = loss.Tape != this ? "a variable of another tape" : ranBackward ? "a second backward pass"
                : IsRecording ? $"{loss}, which depends on no leaf" : "a tape that does not record";
            throw new InvalidOperationException(
                $"backward: expected one pass from a variable of this tape that requires a gradient; got {why}. "
                + "Record a new tape.");
        }

        if (upstream is null)
        {
            if (loss.Shape.Size != 1)
            {
                throw new ShapeException(
                    "backward", "a loss of one element, or an upstream gradient of the loss's shape", ("loss", loss.Shape));
            }
        }
        else
        {
            CheckDevice("upstream", upstream);
            if (upstream.Shape != loss.Shape)
            {
                throw new ShapeException(
                    "backward", "an upstream gradient of the loss's shape", ("loss", loss.Shape), ("upstream", upstream.Shape));
            }
        }
    }

    private void CheckDevice(string name, Tensor<float> tensor)
    {
        if (tensor.Device != Device)
        {
            throw new InvalidOperationException(
                $"tape: expected tensors of its device {Device.Name}; got {name}, {tensor}, of another. "
                + "Copy it over with Device.From.");
        }
    }

    private Variable AddInput(string name, Tensor<float> value, bool requiresGradient)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        CheckDevice(name, value);
        var variable = AddVariable(name, value.Share(), inputs: [], requiresGradient, node: null);
        CheckFinite(value, variable);
        return variable;
    }

    private Variable AddVariable(string op, Tensor<float> value, Variable[] inputs, bool requiresGradient, Node? node)
    {
        var variable = new Variable(this, variables.Count, op, value, inputs, requiresGradient)
        {
            SavedForBackward = node is null ? null : [.. node.Saved.Select(SavedTensor.Of)],
        };
        variables.Add(variable);
        nodes.Add(node);
        Device.Purpose = NextPurpose(); // what is called from now on is of the next op
        return variable;
    }

    /// <param name="tensor">What to look at.</param>
    /// <param name="op">Whose value it is, or who computed it.</param>
    /// <param name="receiver">The input whose gradient it is; null for a value.</param>
    private void CheckFinite(Tensor<float> tensor, Variable op, Variable? receiver = null)
    {
        if (!DetectAnomalies)
        {
            return;
        }

        var numbers = tensor.ToArray();
        if (Array.FindIndex(numbers, x => !float.IsFinite(x)) is >= 0 and var index)
        {
            var what = receiver is null ? "its value" : $"the gradient that it sends to {receiver}";
            throw new NotFiniteNumberException(
                $"{op}: expected finite numbers; got {numbers[index]} at element {index} of {what}.", numbers[index]);
        }
    }

    private sealed record Node(Variable?[] Inputs, Backward Backward, IDisposable[] Saved)
    {
        /// <summary>In place of <see cref="Backward"/>, of a segment that is computed again; null for every other op.</summary>
        public Rerun? Rerun { get; init; }

        public void Release()
        {
            foreach (var tensor in Saved)
            {
                tensor.Dispose();
            }
        }
    }
}
