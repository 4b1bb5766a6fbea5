using ILGPU;
using ILGPU.Runtime;

namespace IlgpuVq.Tests.Ilgpu.Differential.Harness;

/// <summary>A class that has kernels to compare.</summary>
public interface IKernelSet
{
    static abstract void AddTo(KernelSet kernels);
}

/// <summary>Kernels by name. Those of the usual shapes need their method and nothing else.</summary>
public sealed class KernelSet
{
    /// <summary>The number of threads of kernels that read nothing.</summary>
    public const int Threads = 96;

    private readonly Dictionary<string, KernelCase> cases = [];

    public IEnumerable<string> Names => cases.Keys;

    public IEnumerable<KernelCase> Cases => cases.Values;

    public KernelCase this[string name] => cases[name];

    public static KernelSet Of<TSet>()
        where TSet : IKernelSet
    {
        var set = new KernelSet();
        TSet.AddTo(set);
        return set;
    }

    public void Add(string name, Action<KernelRun> launch, Delegate? kernel = null) => cases.Add(name, new(name, launch, kernel));

    /// <summary>y[i] from i.</summary>
    public void Indexed<TOut>(string name, Action<Index1D, ArrayView<TOut>> kernel, Bound bound = default)
        where TOut : unmanaged => Add(name, run =>
            run.Accelerator.LoadAutoGroupedStreamKernel(kernel)(Threads, run.Output<TOut>(Threads, bound)), kernel);

    /// <summary>y[i] from x[i], for edge cases and random values of the type.</summary>
    public void Unary<TIn, TOut>(
        string name,
        Action<Index1D, ArrayView<TIn>, ArrayView<TOut>> kernel,
        Bound bound = default,
        TIn[]? values = null)
        where TIn : unmanaged
        where TOut : unmanaged => Add(name, run =>
        {
            var x = values ?? Samples.Of<TIn>();
            run.Accelerator.LoadAutoGroupedStreamKernel(kernel)(
                x.Length,
                run.Input(x),
                run.Output<TOut>(x.Length, bound));
        }, kernel);

    /// <summary>y[i] from a[i] and b[i], for all pairs of edge cases and random pairs.</summary>
    public void Binary<TIn, TOut>(
        string name,
        Action<Index1D, ArrayView<TIn>, ArrayView<TIn>, ArrayView<TOut>> kernel,
        Bound bound = default,
        Func<TIn, TIn, bool>? where = null)
        where TIn : unmanaged
        where TOut : unmanaged => Add(name, run =>
        {
            var pairs = Samples.Pairs<TIn>().Where(pair => where?.Invoke(pair.A, pair.B) ?? true).ToArray();
            run.Accelerator.LoadAutoGroupedStreamKernel(kernel)(
                pairs.Length,
                run.Input([.. pairs.Select(pair => pair.A)]),
                run.Input([.. pairs.Select(pair => pair.B)]),
                run.Output<TOut>(pairs.Length, bound));
        }, kernel);

    /// <summary>An explicitly grouped kernel that reads x and writes y, of as many elements as there are threads.</summary>
    public void Grouped<TIn, TOut>(
        string name,
        KernelConfig config,
        TIn[] x,
        Action<ArrayView<TIn>, ArrayView<TOut>> kernel,
        Bound bound = default)
        where TIn : unmanaged
        where TOut : unmanaged => Add(name, run =>
            run.Accelerator.LoadStreamKernel(kernel)(config, run.Input(x), run.Output<TOut>(config.Size, bound)), kernel);
}
