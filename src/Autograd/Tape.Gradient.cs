using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tensors.Profiling;

namespace IlgpuVq.Autograd;

public sealed partial class Tape
{
    /// <summary>The gradient of one variable alone, before <see cref="Backward"/>: d objective / d <paramref name="x"/>, given
    /// d objective / d <paramref name="y"/>; the caller's to dispose.</summary>
    /// <remarks>
    /// <para>Shapes: upstream as y → the gradient as x; zeros where y does not depend on x.</para>
    /// <para>It goes through the ops between x and y only, releases nothing and leaves no gradient behind: the tape can still
    /// run backward, with the bits that it would have had, and other gradients can be taken of it. Each op on the way computes
    /// the gradients of all its inputs.</para>
    /// <para>Deterministic: the parts of a sum arrive in the order of a backward pass.</para>
    /// </remarks>
    /// <param name="y">What depends on x.</param>
    /// <param name="x">A leaf, a watched parameter or what an op made.</param>
    /// <param name="upstream">d objective / d y. Stays the caller's.</param>
    /// <exception cref="InvalidOperationException">The tape has run backward, or a variable is of another tape.</exception>
    /// <exception cref="ShapeException">The upstream gradient is not of y's shape.</exception>
    public Tensor<float> Gradient(Variable y, Variable x, Tensor<float> upstream)
    {
        CheckBeforeBackward(y, x, upstream);
        var between = Between(x, y);
        var gradients = new Tensor<float>?[y.Id + 1];
        gradients[y.Id] = upstream.Share();
        try
        {
            for (var id = y.Id; id > x.Id; id--)
            {
                if (between[id] && nodes[id] is { } node && gradients[id] is { } dY)
                {
                    Device.Purpose = CallPurpose.OfBackward(variables[id].Op, owner: this, id);
                    SendBack(node, dY, between, gradients);
                    dY.Dispose();
                    gradients[id] = null;
                }
            }

            var gradient = x.Id <= y.Id ? gradients[x.Id] : null;
            if (gradient is null)
            {
                return Primitive.Fill(Device, x.Shape, 0);
            }

            gradients[x.Id] = null;
            return gradient;
        }
        finally
        {
            Device.Purpose = null;
            Array.ForEach(gradients, gradient => gradient?.Dispose());
        }
    }

    /// <summary>For each variable up to y, whether it depends on x by recorded ops; x does.</summary>
    private bool[] Between(Variable x, Variable y)
    {
        var between = new bool[y.Id + 1];
        for (var id = x.Id; id <= y.Id; id++)
        {
            between[id] = id == x.Id ||
                (nodes[id] is { } node && node.Inputs.Any(input => input is not null && between[input.Id]));
        }

        return between;
    }

    private static void SendBack(Node node, Tensor<float> dY, bool[] between, Tensor<float>?[] gradients)
    {
        if (node.Rerun is { } rerun)
        {
            SendThrough(node, rerun, dY, between, gradients);
            return;
        }

        var parts = node.Backward(dY);
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i] is { } part)
            {
                if (node.Inputs[i] is { } input && between[input.Id])
                {
                    gradients[input.Id] = GradientSum.Add(gradients[input.Id], part);
                }
                else
                {
                    part.Dispose();
                }
            }
        }
    }

    private void CheckBeforeBackward(Variable y, Variable x, Tensor<float> upstream)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (y.Tape != this || x.Tape != this || ranBackward)
        {
            throw new InvalidOperationException(
                $"gradient: expected variables of a tape that has not run backward; got {(ranBackward ? "one that has"
                    : $"{(y.Tape != this ? y : x)} of another tape")}. Take it before Backward, of this tape's variables.");
        }

        CheckDevice("upstream", upstream);
        if (upstream.Shape != y.Shape)
        {
            throw new ShapeException(
                "gradient", "an upstream gradient of y's shape", ("y", y.Shape), ("upstream", upstream.Shape));
        }
    }
}
