using ILGPU;
using IlgpuVq.Tensors.Kernels.Rows;

namespace IlgpuVq.Tensors.Kernels;

/// <content>Launches over rows.</content>
internal sealed partial class KernelDevice
{
    /// <summary>Rows that are shorter are quicker read by one thread each.</summary>
    private const int ShortRow = 32;

    /// <summary>Runs a body for each row: by a group of threads each where that is fast and rows are
    /// long, else by one thread.</summary>
    public void LaunchRows<TBody>(int rows, int length, TBody body)
        where TBody : struct, IRowBody
    {
        if (rows > 0 && HasFastGroups && length >= ShortRow)
        {
            LaunchGroups(new KernelConfig(rows, ThreadGroup.Threads), new RowByGroup<TBody>(body));
        }
        else
        {
            Launch(rows, new RowByThread<TBody>(body));
        }
    }

    internal readonly struct RowByThread<TBody>(TBody body) : IKernel
        where TBody : struct, IRowBody
    {
        // Grid: one thread per row.
        public void Run(int row) => body.Run<LoneThread>(row);
    }

    internal readonly struct RowByGroup<TBody>(TBody body) : IGroupKernel
        where TBody : struct, IRowBody
    {
        // Grid: one group of 128 threads per row.
        public void Run() => body.Run<ThreadGroup>(Grid.IdxX);
    }
}
