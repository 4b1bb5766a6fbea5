using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Memory;

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
    private readonly List<ScheduledScalar> schedules = [];
    private readonly List<Module> children = [];

    protected Module(ModuleScope scope) => this.scope = scope;

    public Device Device => scope.Device;

    /// <summary>All parameters, its own first, then those of its children in order of construction.</summary>
    public IEnumerable<Parameter> Parameters => parameters.Concat(children.SelectMany(child => child.Parameters));

    /// <summary>Every tensor that a checkpoint must hold, by its full key: parameters and buffers.</summary>
    public IEnumerable<NamedTensor> State => parameters.Select(parameter => new NamedTensor(parameter.Name, parameter.Value))
        .Concat(buffers)
        .Concat(children.SelectMany(child => child.State));

    /// <summary>This module and all below it, each before its children.</summary>
    public IEnumerable<Module> Modules => children.SelectMany(child => child.Modules).Prepend(this);

    /// <summary>Promises that parameters and buffers do not change until the result is disposed, so that a device may keep what
    /// it makes of them: for a model that is used, not trained. See <see cref="Device.Freeze"/>.</summary>
    public FrozenTensors Freeze() =>
        Device.Freeze(State.Where(tensor => tensor.WholeNumbers is null).Select(tensor => tensor.Tensor));

    /// <summary>The numbers that follow a schedule: whoever trains the model gives them as
    /// <see cref="StepContext.Scalars"/>.</summary>
    public IEnumerable<ScheduledScalar> Schedules => schedules.Concat(children.SelectMany(child => child.Schedules));

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        parameters.ForEach(parameter => parameter.Dispose());
        buffers.ForEach(buffer => buffer.Owned.Dispose());
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

    /// <summary>Adds a buffer of whole numbers, such as a count of steps; taken over.</summary>
    /// <inheritdoc cref="AddBuffer(string, Tensor{float}, float?)"/>
    protected Tensor<int> AddBuffer(string name, Tensor<int> tensor, int? ifMissing = null)
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

    /// <summary>Adds a number that follows a schedule; it is read in the step under the name that is returned.</summary>
    /// <param name="name">Its key in this scope.</param>
    /// <param name="at">The number in each step, counted from 1.</param>
    protected string AddSchedule(string name, Func<long, double> at)
    {
        var key = scope.Key(name);
        schedules.Add(new ScheduledScalar(key, at));
        return key;
    }

    /// <summary>Adds a child; taken over.</summary>
    protected TModule AddChild<TModule>(TModule child)
        where TModule : Module
    {
        children.Add(child);
        return child;
    }
}

/// <summary>A number that is a function of the step alone, so that a run that goes on has the same.</summary>
/// <param name="Name">What <see cref="Tensors.Scalars"/> call it.</param>
/// <param name="At">The number in each step, counted from 1.</param>
public readonly record struct ScheduledScalar(string Name, Func<long, double> At);
