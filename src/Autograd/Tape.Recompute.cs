using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Profiling;

namespace IlgpuVq.Autograd;

/// <summary>A part of a computation that <see cref="Recompute"/> runs: once forward, and again in the backward pass.</summary>
/// <param name="inputs">The inputs as variables of the tape that this pass is on.</param>
/// <param name="isAgain">Whether the same was computed before: state that the first pass changed must not change
/// twice.</param>
/// <returns>The result, on the same tape.</returns>
public delegate Variable Segment(IReadOnlyList<Variable> inputs, bool isAgain);

public sealed partial class Tape
{
    private const string RecomputeOp = "recompute";

    /// <summary>Of a tape within another: what all of its calls are made for, the other's op; else null.</summary>
    private readonly CallPurpose? passPurpose;

    /// <summary>Whether all that is on the tape was computed before.</summary>
    private readonly bool isAgain;

    /// <summary>A pass of a segment of another tape.</summary>
    private Tape(Tape outer, bool recording, bool isAgain, CallPurpose purpose)
        : this(outer.Device, recording)
    {
        (this.isAgain, passPurpose) = (isAgain, purpose);
        DetectAnomalies = outer.DetectAnomalies;
    }

    /// <summary>Computes a segment again and adds the gradients of its inputs to their sums so far, which it takes over and
    /// gives back; dY it disposes.</summary>
    private delegate void Rerun(Tensor<float> dY, Tensor<float>?[] sums);

    /// <inheritdoc cref="Autograd.Recompute.Apply(IReadOnlyList{Variable}, Segment)"/>
    internal Variable Recompute(IReadOnlyList<Variable> inputs, Segment segment)
    {
        if (!IsRecording)
        {
            return segment(inputs, isAgain);
        }

        var purpose = passPurpose ?? new CallPurpose();
        using var pass = new Tape(this, recording: false, isAgain, purpose);
        var result = pass.Run(segment, inputs, out _);

        Parameter[] parameters = [.. pass.watched.Keys];
        Variable[] watching = [.. parameters.Select(Watch)];

        // The last parameter first: from the result on, as the ops of the segment would show them.
        Variable[] all = [.. inputs.Distinct(), .. watching.Reverse()];
        Device.Purpose = purpose;
        var y = Record(RecomputeOp, result.Value.Share(), all, backward: _ => []);
        if (nodes[y.Id] is { } node)
        {
            nodes[y.Id] = node with { Rerun = (dY, sums) => RunAgain(segment, inputs, parameters, dY, sums) };
        }

        return y;
    }

    /// <summary>What the next calls are made for.</summary>
    private CallPurpose NextPurpose() => passPurpose ?? new CallPurpose();

    /// <summary>Runs a segment on this tape.</summary>
    /// <param name="segment">What is computed.</param>
    /// <param name="inputs">On the outer tape.</param>
    /// <param name="leaves">What stands for them here, each once.</param>
    private Variable Run(Segment segment, IReadOnlyList<Variable> inputs, out Variable[] leaves)
    {
        var of = inputs.Distinct().ToDictionary(
            input => input, input => AddInput(input.Op, input.Value, IsRecording && input.RequiresGradient));
        leaves = [.. of.Values];
        var result = segment([.. inputs.Select(input => of[input])], isAgain);
        return result.Tape == this ? result : throw new InvalidOperationException(
            $"{RecomputeOp}: expected a segment that computes of the variables that it is given; got {result} of another tape. "
            + "Give every variable that it reads as an input.");
    }

    private void RunAgain(
        Segment segment, IReadOnlyList<Variable> inputs, Parameter[] parameters, Tensor<float> dY, Tensor<float>?[] sums)
    {
        using var pass = new Tape(this, recording: true, isAgain: true, Device.Purpose!);
        var result = pass.Run(segment, inputs, out var leaves);
        if (result.Shape != dY.Shape || !pass.watched.Keys.SequenceEqual(parameters))
        {
            throw new InvalidOperationException(
                $"{RecomputeOp}: expected a segment that computes the same each time; got {result} of {pass.watched.Count} "
                + $"parameters where it was {dY.Shape} of {parameters.Length}. Let it depend on its inputs alone.");
        }

        // Sums go on where they are, part by part, as if the segment's ops stood on the outer tape: the same bits.
        leaves = [.. leaves, .. parameters.Reverse().Select(pass.Watch)];
        for (var i = 0; i < leaves.Length; i++)
        {
            if (sums[i] is { } sum)
            {
                sums[i] = null;
                leaves[i].Accumulate(sum);
            }
        }

        if (result.RequiresGradient)
        {
            result.Accumulate(dY.Share());
            dY.Dispose();
            pass.SendAllBack();
        }

        for (var i = 0; i < leaves.Length; i++)
        {
            sums[i] = leaves[i].TakeGradient();
        }
    }

    private static void SendThrough(Variable variable, Node node, Rerun rerun)
    {
        // The pass has the result of its own, and is done with dY before it ends.
        using var dY = variable.IsKept ? variable.Gradient!.Share() : variable.TakeGradient()!;
        if (!variable.IsKept)
        {
            variable.ReleaseValue();
        }

        var sums = Array.ConvertAll(node.Inputs, input => input!.TakeGradient());
        try
        {
            rerun(dY, sums);
        }
        finally
        {
            for (var i = 0; i < sums.Length; i++)
            {
                if (sums[i] is { } sum)
                {
                    node.Inputs[i]!.Accumulate(sum);
                }
            }
        }
    }

    /// <summary>The same with gradients that lie beside the tape.</summary>
    private static void SendThrough(Node node, Rerun rerun, Tensor<float> dY, bool[] between, Tensor<float>?[] gradients)
    {
        var sums = new Tensor<float>?[node.Inputs.Length];
        for (var i = 0; i < sums.Length; i++)
        {
            if (node.Inputs[i]!.Id is var id && between[id])
            {
                (sums[i], gradients[id]) = (gradients[id], null);
            }
        }

        try
        {
            using var taken = dY.Share();
            rerun(taken, sums);
        }
        finally
        {
            for (var i = 0; i < sums.Length; i++)
            {
                if (node.Inputs[i]!.Id is var id && between[id])
                {
                    gradients[id] = sums[i];
                }
                else
                {
                    sums[i]?.Dispose();
                }
            }
        }
    }
}
