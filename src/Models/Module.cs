using IlgpuVq.Autograd;
using IlgpuVq.Tensors;

namespace IlgpuVq.Models;

/// <summary>A part of a model: it owns parameters, buffers and smaller modules, and makes variables of variables.</summary>
/// <remarks>Parameters are trained; buffers are state that the model changes itself, such as running averages. Both are
/// saved.</remarks>
public abstract class Module : IDisposable
{
    private readonly ModuleScope scope;
    private readonly List<Parameter> parameters = [];
    private readonly List<NamedTensor> buffers = [];
    private readonly List<IDisposable> constants = [];
    private readonly List<Module> children = [];

    protected Module(ModuleScope scope) => this.scope = scope;

    public Device Device => scope.Device;

    /// <summary>All parameters, its own first, then those of its children in order of construction.</summary>
    public IEnumerable<Parameter> Parameters => parameters.Concat(children.SelectMany(child => child.Parameters));

    /// <summary>Every tensor that a checkpoint must hold, by its full key: parameters and buffers.</summary>
    public IEnumerable<NamedTensor> State => parameters.Select(parameter => new NamedTensor(parameter.Name, parameter.Value))
        .Concat(buffers)
        .Concat(children.SelectMany(child => child.State));

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        parameters.ForEach(parameter => parameter.Dispose());
        buffers.ForEach(buffer => buffer.Tensor.Dispose());
        constants.ForEach(constant => constant.Dispose());
        children.ForEach(child => child.Dispose());
    }

    /// <summary>Adds a parameter with its initial numbers.</summary>
    protected Parameter AddParameter(string name, Shape shape, Initializer initializer)
    {
        var key = scope.Key(name);
        var parameter = new Parameter(key, initializer(scope.Device, shape, scope.Seed, ModuleScope.StreamOf(key)));
        parameters.Add(parameter);
        return parameter;
    }

    /// <summary>Adds a buffer; taken over.</summary>
    /// <param name="name">Its key in this scope.</param>
    /// <param name="tensor">Its initial numbers.</param>
    /// <param name="ifMissing">What fills it when a file does not have it; null when every file must.</param>
    protected Tensor<float> AddBuffer(string name, Tensor<float> tensor, float? ifMissing = null)
    {
        buffers.Add(new NamedTensor(scope.Key(name), tensor, ifMissing));
        return tensor;
    }

    /// <summary>Adds a tensor that follows from the options and so is not saved; taken over.</summary>
    protected Tensor<T> AddConstant<T>(Tensor<T> tensor)
        where T : unmanaged
    {
        constants.Add(tensor);
        return tensor;
    }

    /// <summary>Adds a child; taken over.</summary>
    protected TModule AddChild<TModule>(TModule child)
        where TModule : Module
    {
        children.Add(child);
        return child;
    }
}

/// <summary>A tensor and its key in the state dictionary.</summary>
/// <param name="Key">The dotted key.</param>
/// <param name="Tensor">Belongs to its module.</param>
/// <param name="IfMissing">What fills it when a file does not have it; null when every file must.</param>
public readonly record struct NamedTensor(string Key, Tensor<float> Tensor, float? IfMissing = null);
