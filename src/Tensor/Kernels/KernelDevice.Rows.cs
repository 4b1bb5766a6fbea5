using ILGPU;
using ILGPU.Runtime;
using IlgpuVq.Tensors.Kernels.Rows;

namespace IlgpuVq.Tensors.Kernels;

/// <content>Launches over rows.</content>
internal sealed partial class KernelDevice
{
    /// <summary>Rows that are shorter are quicker read by one thread each.</summary>
    private const int ShortRow = 32;

    /// <summary>Runs a body for each row: by a group of threads each where that is fast and rows are long, else by one thread.</summary>
    public void LaunchRows<TBody>(int rows, int length, TBody body)
        where TBody : struct, IRowBody
    {
        if (rows == 0)
        {
            return;
        }

        if (HasFastGroups && length >= ShortRow)
        {
            Action<TBody> kernel = ByGroup;
            (Find<Action<KernelConfig, TBody>>(kernel) ?? Add(kernel, accelerator.LoadStreamKernel(kernel)))(
                new KernelConfig(rows, ThreadGroup.Threads), body);
        }
        else
        {
            Launch(ByThread, rows, body);
        }
    }

    private static void ByThread<TBody>(Index1D row, TBody body)
        where TBody : struct, IRowBody
    {
        // Grid: one thread per row.
        body.Run<LoneThread>(row);
    }

    private static void ByGroup<TBody>(TBody body)
        where TBody : struct, IRowBody
    {
        // Grid: one group of 128 threads per row.
        body.Run<ThreadGroup>(Grid.IdxX);
    }
}
