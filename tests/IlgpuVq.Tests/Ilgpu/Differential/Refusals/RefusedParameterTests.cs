using ILGPU;
using ILGPU.Runtime;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu.Differential.Refusals;

/// <summary>What the signature or the loader rules out is refused on every accelerator, the CPU included.</summary>
public sealed class RefusedParameterTests(DifferentialDevices devices) : IClassFixture<DifferentialDevices>
{
    private static readonly Dictionary<string, (string Reason, Action<Accelerator> Load)> Kernels = new()
    {
        ["a parameter of type bool"] = ("flag.*bool", accelerator =>
            accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, bool>((i, y, flag) => y[i] = flag ? 1 : 0)),
        ["a parameter of type char"] = ("letter.*char", accelerator =>
            accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, char>((i, y, letter) => y[i] = letter)),
        ["elements of type bool"] = ("bool", accelerator =>
            accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<bool>>((i, y) => y[i] = true)),
        ["elements of type char"] = ("char", accelerator =>
            accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<char>>((i, y) => y[i] = 'x')),
        ["a structure with a bool"] = ("settings.*IsSet.*bool", accelerator =>
            accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, Settings>((i, y, settings) =>
                y[i] = settings.IsSet ? 1 : 0)),
        ["a structure with a reference"] = ("named.*Name.*reference", accelerator =>
            accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, Named>((i, y, named) => y[i] = named.Name.Length)),
        ["a lambda that captures"] = ("captures", accelerator => LoadCapturing(accelerator, 3)),
        ["two methods in one delegate"] = ("one method", accelerator => LoadTwo(accelerator, (i, y) => y[i] = 1)),
        ["shared memory in an implicit kernel"] = ("SharedMemory", accelerator =>
            accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>>((i, y) =>
                y[i] = SharedMemory.Allocate<int>(3).IntLength)),
        ["a barrier in an implicit kernel"] = ("Group.Barrier", accelerator =>
            accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>>((i, y) => Group.Barrier())),
        ["a shuffle in an implicit kernel"] = ("Warp.Shuffle", accelerator =>
            accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>>((i, y) => y[i] = Warp.ShuffleXor(y[i], 1))),
        ["a place in the group in an implicit kernel"] = ("Group.IdxX", accelerator =>
            accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>>((i, y) => y[i] = Group.IdxX)),
        ["a barrier in a helper of an implicit kernel"] = ("Group.Barrier.*Wait", accelerator =>
            accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>>((i, y) => y[i] = Wait(i))),
    };

    public static TheoryData<string, string> Rows =>
        [.. DifferentialDevices.Names.SelectMany(device => Kernels.Keys.Select(kernel => (device, kernel)))];

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_kernel_is_refused_with_method_and_reason(string device, string kernel)
    {
        var (reason, load) = Kernels[kernel];
        var message = Assert.Throws<InternalCompilerException>(() => load(devices.Open(device))).Message;
        Assert.Contains($"kernel {nameof(RefusedParameterTests)}.", message, StringComparison.Ordinal);
        Assert.Matches($"(?i){reason}", message);
    }

    private static void LoadCapturing(Accelerator accelerator, int offset) =>
        accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>>((i, y) => y[i] = offset);

    private static void LoadTwo(Accelerator accelerator, Action<Index1D, ArrayView<int>> kernel) =>
        accelerator.LoadAutoGroupedStreamKernel(kernel + ((i, y) => y[i] = 2));

    private static int Wait(int value)
    {
        Group.Barrier();
        return value;
    }

    private readonly record struct Settings(bool IsSet);

    private readonly record struct Named(string Name);
}
