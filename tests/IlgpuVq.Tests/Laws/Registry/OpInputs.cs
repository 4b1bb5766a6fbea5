using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws.Reference;

namespace IlgpuVq.Tests.Laws.Registry;

/// <summary>What an op of a case is called with. Owns the tape and every tensor, and returns them all.</summary>
internal sealed class OpInputs : IDisposable
{
    /// <summary>What all <see cref="Random"/> is drawn from.</summary>
    public const ulong Seed = 0x5EED;

    private readonly List<IDisposable> owned = [];
    private readonly Tensor<float>[] tensors = [];
    private readonly Tensor<int>[] ids = [];
    private readonly long step;
    private RandomState? random;

    /// <param name="device">Where the op runs.</param>
    /// <param name="inputs">The numbers of the variables.</param>
    /// <param name="recording">False for a tape without gradients.</param>
    /// <param name="isConstant">Which inputs want no gradient; null for none.</param>
    public OpInputs(Device device, DoubleTensor[] inputs, bool recording = true, bool[]? isConstant = null)
    {
        Tape = new Tape(device, recording);
        Variables = new Variable[inputs.Length];
        for (var i = 0; i < inputs.Length; i++)
        {
            var tensor = Tensor(inputs[i]);
            Variables[i] = isConstant?[i] == true ? Tape.Constant(tensor) : Tape.Leaf(tensor);
        }
    }

    /// <param name="device">Where the op runs.</param>
    /// <param name="drawn">Variables, tensors, ids and step.</param>
    /// <param name="recording">False for a tape without gradients.</param>
    /// <param name="isConstant">Which inputs want no gradient; null for none.</param>
    public OpInputs(Device device, OpCase drawn, bool recording = true, bool[]? isConstant = null)
        : this(device, drawn.Inputs, recording, isConstant) =>
        (tensors, ids, step) = ([.. drawn.Tensors.Select(Tensor)], [.. drawn.Ids.Select(Ids)], drawn.Step);

    /// <param name="device">Where the op runs.</param>
    /// <param name="inputs">Tensors of the caller's that the variables share.</param>
    /// <param name="tensors">The caller's too.</param>
    /// <param name="ids">The caller's too.</param>
    /// <param name="random">The caller's too, at its step.</param>
    public OpInputs(Device device, Tensor<float>[] inputs, Tensor<float>[] tensors, Tensor<int>[] ids, RandomState random)
    {
        Tape = new Tape(device);
        Variables = Array.ConvertAll(inputs, input => Tape.Leaf(input));
        (this.tensors, this.ids, this.random) = (tensors, ids, random);
    }

    public Tape Tape { get; }

    public Variable[] Variables { get; }

    /// <summary>How many tensors this holds on the device.</summary>
    public int TensorCount => owned.Count;

    public Variable this[int i] => Variables[i];

    /// <summary>An input of the case, or null where it has fewer.</summary>
    public Variable? Optional(int i) => i < Variables.Length ? Variables[i] : null;

    /// <summary>A tensor of constants on the device.</summary>
    public Tensor<float> Tensor(DoubleTensor values) => Keep(Tape.Device.From<float>(values.ToFloats(), values.Shape));

    /// <summary>A vector of ids on the device.</summary>
    public Tensor<int> Ids(int[] numbers) => Ids(numbers, [numbers.Length]);

    /// <summary>Ids of any shape on the device.</summary>
    public Tensor<int> Ids(int[] numbers, Shape shape) => Keep(Tape.Device.From<int>(numbers, shape));

    /// <summary>A tensor of the case.</summary>
    public Tensor<float> Tensor(int i) => tensors[i];

    /// <summary>Ids of the case.</summary>
    public Tensor<int> Ids(int i) => ids[i];

    /// <summary>Ids of the case in another shape.</summary>
    public Tensor<int> Ids(int i, Shape shape) => Keep(ids[i].Reshape(shape));

    /// <summary>The random numbers of the case's step.</summary>
    public RandomState Random
    {
        get
        {
            if (random is null)
            {
                random = Keep(new RandomState(Tape.Device, Seed));
                random.Set(step);
            }

            return random;
        }
    }

    public void Dispose()
    {
        Tape.Dispose();
        owned.ForEach(each => each.Dispose());
    }

    private T Keep<T>(T tensor)
        where T : IDisposable
    {
        owned.Add(tensor);
        return tensor;
    }
}
