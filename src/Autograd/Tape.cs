using IlgpuVq.Tensors;

namespace IlgpuVq.Autograd;

/// <summary>What an op needs to send a gradient back: given d loss / d output, d loss / d input for each input, null where none is wanted.</summary>
/// <param name="dY">Borrowed; an op that passes it on returns <see cref="Tensor{T}.Share"/> or <see cref="Tensor{T}.Reshape"/> of it.</param>
/// <returns>One tensor per input, in their order; the tape takes them over.</returns>
public delegate Tensor<float>?[] Backward(Tensor<float> dY);

/// <summary>Records the ops of one computation in order and runs their gradients in reverse.</summary>
/// <remarks>
/// <para>The tape owns every tensor its ops made: disposing it returns all of them to the device. <see cref="Backward"/> releases values and
/// gradients as soon as nothing needs them any more, so a tape runs backward once; leaves, the loss and kept variables stay.</para>
/// <para>One tape is one forward pass on one device, driven by one thread.</para>
/// </remarks>
public sealed class Tape : IDisposable
{
    private readonly List<Variable> variables = [];
    private readonly List<Node?> nodes = [];
    private readonly Dictionary<Parameter, Variable> watched = [];
    private bool ranBackward;

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

    /// <summary>Fail at the first op that makes a NaN or an infinity, forward or backward, and name it. Slow: reads back every tensor.</summary>
    public bool DetectAnomalies { get; init; }

    /// <summary>An input without a gradient: data, targets, noise. The tensor stays the caller's.</summary>
    public Variable Constant(Tensor<float> value, string name = "constant") => Add(name, value.Share(), requiresGradient: false, node: null);

    /// <summary>An input whose <see cref="Variable.Gradient"/> backward fills. The tensor stays the caller's.</summary>
    public Variable Leaf(Tensor<float> value, string name = "leaf") => Add(name, value.Share(), IsRecording, node: null);

    /// <summary>A parameter as a variable of this tape, the same one however often it is asked for; its gradient goes to the parameter.</summary>
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
    /// <param name="value">The result; taken over.</param>
    /// <param name="inputs">The variables that it was computed from and that can get a gradient.</param>
    /// <param name="backward">Called at most once, after everything that used the result has sent its gradient.</param>
    /// <param name="saved">Tensors that <paramref name="backward"/> reads beyond inputs and result; taken over.</param>
    public Variable Record(
        string op, Tensor<float> value, ReadOnlySpan<Variable> inputs, Backward backward, params ReadOnlySpan<IDisposable> saved)
    {
        var requiresGradient = false;
        foreach (var input in inputs)
        {
            if (input.Tape != this)
            {
                throw new InvalidOperationException(
                    $"{op}: expected inputs of one tape; got {input} of another. Pass its Value through Constant or Leaf of this tape.");
            }

            requiresGradient |= input.RequiresGradient;
        }

        Node? node = null;
        if (requiresGradient)
        {
            node = new Node(inputs.ToArray(), backward, saved.ToArray());
        }
        else
        {
            foreach (var tensor in saved)
            {
                tensor.Dispose();
            }
        }

        var result = Add(op, value, requiresGradient, node);
        CheckFinite(value, result, "value");
        return result;
    }

    /// <summary>Fills the gradients of leaves, watched parameters and kept variables with d <paramref name="loss"/> / d each.</summary>
    /// <param name="loss">What to differentiate: one number, or any shape when <paramref name="upstream"/> is given.</param>
    /// <param name="upstream">d objective / d loss, of the loss's shape; null for 1. Stays the caller's.</param>
    public void Backward(Variable loss, Tensor<float>? upstream = null)
    {
        CheckBackward(loss, upstream);
        ranBackward = true;
        loss.Keep();
        loss.Accumulate(upstream?.Share() ?? Device.From<float>([1f], loss.Shape));
        for (var id = variables.Count - 1; id >= 0; id--)
        {
            var variable = variables[id];
            if (nodes[id] is { } node)
            {
                if (variable.Gradient is { } dY)
                {
                    SendBack(variable, node, dY);
                }

                node.Release();
                nodes[id] = null;
                ReleaseUnlessKept(variable);
            }
        }

        foreach (var (parameter, variable) in watched)
        {
            if (variable.Gradient is { } gradient)
            {
                parameter.Accumulate(gradient.Share());
                variable.ReleaseGradient();
            }
        }
    }

    public void Dispose()
    {
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

    /// <summary>The inputs of a recorded op, null for leaves; for printing.</summary>
    internal IReadOnlyList<Variable>? InputsOf(Variable variable) => nodes[variable.Id]?.Inputs;

    private static void ReleaseUnlessKept(Variable variable)
    {
        if (!variable.IsKept)
        {
            variable.ReleaseGradient();
            variable.ReleaseValue();
        }
    }

    private void SendBack(Variable variable, Node node, Tensor<float> dY)
    {
        var gradients = node.Backward(dY);
        if (gradients.Length != node.Inputs.Length)
        {
            throw new InvalidOperationException(
                $"{variable.Op}: expected a gradient or null for each of {node.Inputs.Length} inputs; got {gradients.Length}.");
        }

        for (var i = 0; i < gradients.Length; i++)
        {
            if (gradients[i] is { } gradient)
            {
                Deliver(variable, node.Inputs[i], gradient);
            }
        }
    }

    private void Deliver(Variable from, Variable to, Tensor<float> gradient)
    {
        if (!to.RequiresGradient)
        {
            gradient.Dispose();
            return;
        }

        if (gradient.Shape != to.Shape)
        {
            throw new ShapeException($"{from.Op} backward", "gradients of their inputs' shapes", ("gradient", gradient.Shape), (to.Op, to.Shape));
        }

        CheckFinite(gradient, from, "gradient");
        to.Accumulate(gradient);
    }

    private void CheckBackward(Variable loss, Tensor<float>? upstream)
    {
        if (loss.Tape != this || ranBackward || !loss.RequiresGradient)
        {
            var why = loss.Tape != this ? "a variable of another tape" : ranBackward ? "a second backward pass"
                : IsRecording ? $"{loss}, which depends on no leaf" : "a tape that does not record";
            throw new InvalidOperationException(
                $"backward: expected one pass from a variable of this tape that requires a gradient; got {why}. Record a new tape.");
        }

        var expected = upstream?.Shape ?? (loss.Shape.Size == 1 ? loss.Shape : []);
        if (expected != loss.Shape)
        {
            throw new ShapeException("backward", "a loss of one element, or an upstream gradient of the loss's shape",
                ("loss", loss.Shape), ("upstream", expected));
        }
    }

    private Variable Add(string op, Tensor<float> value, bool requiresGradient, Node? node)
    {
        var variable = new Variable(this, variables.Count, op, value, requiresGradient);
        variables.Add(variable);
        nodes.Add(node);
        return variable;
    }

    private void CheckFinite(Tensor<float> tensor, Variable op, string what)
    {
        if (DetectAnomalies && Array.FindIndex(tensor.ToArray(), x => !float.IsFinite(x)) is >= 0 and var index)
        {
            throw new NotFiniteNumberException(
                $"{op}: expected finite numbers; got {tensor.ToArray()[index]} at element {index} of its {what}.");
        }
    }

    private sealed record Node(Variable[] Inputs, Backward Backward, IDisposable[] Saved)
    {
        public void Release()
        {
            foreach (var tensor in Saved)
            {
                tensor.Dispose();
            }
        }
    }
}
