using ILGPU;
using ILGPU.Runtime;
using IlgpuVq.Tensors.Kernels.Tiles;

namespace IlgpuVq.Tensors.Kernels;

/// <content>Launches of explicitly grouped kernels, whose threads share memory and wait for each other.</content>
internal sealed partial class KernelDevice
{
    /// <summary>
    /// Groups are worth their barriers. Not so on the CPU accelerator, where each thread of a group is one of the host: there the
    /// plain kernels run, with one thread per result.
    /// </summary>
    public bool HasFastGroups { get; }

    /// <summary>A batch of matrix products, or of the pieces of their sums.</summary>
    public void LaunchProduct<TA, TB, TResult>(TA a, TB b, TResult result, TileSizes sizes, int batches = 1)
        where TA : struct, ITileOperand
        where TB : struct, ITileOperand
        where TResult : struct, ITileResult
    {
        var grid = new Index3D(Tiles(sizes.N), Tiles(sizes.M), batches * sizes.Pieces);
        if (grid.Size > 0 && Precision != Precision.Fp32)
        {
            LaunchOnTensorCores<TA, TB, TResult>(a, b, result, sizes, batches);
        }
        else if (grid.Size > 0)
        {
            LaunchGroups(
                TileProduct.Multiply<TA, TB, TResult>,
                new KernelConfig(grid, new Index3D(TileProduct.Threads, 1, 1)),
                a,
                b,
                result,
                sizes);
        }
    }

    /// <summary>How many tiles a length takes.</summary>
    public static int Tiles(int length) => (length + TileProduct.Side - 1) / TileProduct.Side;

    public void LaunchGroups<T1, T2, T3, T4>(Action<T1, T2, T3, T4> kernel, KernelConfig config, T1 a1, T2 a2, T3 a3, T4 a4)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct =>
        (Find<Action<KernelConfig, T1, T2, T3, T4>>(kernel) ?? Add(kernel, accelerator.LoadStreamKernel(kernel)))(
            config, a1, a2, a3, a4);

    public void LaunchGroups<T1, T2, T3, T4, T5>(
        Action<T1, T2, T3, T4, T5> kernel, KernelConfig config, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct =>
        (Find<Action<KernelConfig, T1, T2, T3, T4, T5>>(kernel) ?? Add(kernel, accelerator.LoadStreamKernel(kernel)))(
            config, a1, a2, a3, a4, a5);

    public void LaunchGroups<T1, T2, T3, T4, T5, T6>(
        Action<T1, T2, T3, T4, T5, T6> kernel, KernelConfig config, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5, T6 a6)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct =>
        (Find<Action<KernelConfig, T1, T2, T3, T4, T5, T6>>(kernel) ?? Add(kernel, accelerator.LoadStreamKernel(kernel)))(
            config, a1, a2, a3, a4, a5, a6);

    public void LaunchGroups<T1, T2, T3, T4, T5, T6, T7>(
        Action<T1, T2, T3, T4, T5, T6, T7> kernel, KernelConfig config, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5, T6 a6, T7 a7)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct =>
        (Find<Action<KernelConfig, T1, T2, T3, T4, T5, T6, T7>>(kernel) ?? Add(kernel, accelerator.LoadStreamKernel(kernel)))(
            config, a1, a2, a3, a4, a5, a6, a7);
}
