using ILGPU;
using ILGPU.Runtime;

namespace IlgpuVq.Tensors.Kernels;

/// <content>Launches of implicitly grouped kernels: one thread per index in [0, extent); nothing happens for an empty extent.</content>
internal sealed partial class KernelDevice
{
    /// <summary>Copies as the device copies its own memory.</summary>
    public void Copy<T>(ArrayView<T> source, ArrayView<T> target)
        where T : unmanaged => source.CopyTo(accelerator.DefaultStream, target);

    public void Launch<T1>(
        Action<Index1D, T1> kernel, int extent, T1 a1)
        where T1 : struct
    {
        if (extent > 0)
        {
            var launch = Find<Action<Index1D, T1>>(kernel) ?? Add(kernel, accelerator.LoadAutoGroupedStreamKernel(kernel));
            launch(extent, a1);
        }
    }

    public void Launch<T1, T2>(
        Action<Index1D, T1, T2> kernel, int extent, T1 a1, T2 a2)
        where T1 : struct
        where T2 : struct
    {
        if (extent > 0)
        {
            var launch = Find<Action<Index1D, T1, T2>>(kernel) ?? Add(kernel, accelerator.LoadAutoGroupedStreamKernel(kernel));
            launch(extent, a1, a2);
        }
    }

    public void Launch<T1, T2, T3>(
        Action<Index1D, T1, T2, T3> kernel, int extent, T1 a1, T2 a2, T3 a3)
        where T1 : struct
        where T2 : struct
        where T3 : struct
    {
        if (extent > 0)
        {
            var launch = Find<Action<Index1D, T1, T2, T3>>(kernel) ?? Add(kernel, accelerator.LoadAutoGroupedStreamKernel(kernel));
            launch(extent, a1, a2, a3);
        }
    }

    public void Launch<T1, T2, T3, T4>(
        Action<Index1D, T1, T2, T3, T4> kernel, int extent, T1 a1, T2 a2, T3 a3, T4 a4)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
    {
        if (extent > 0)
        {
            var launch = Find<Action<Index1D, T1, T2, T3, T4>>(kernel) ?? Add(kernel, accelerator.LoadAutoGroupedStreamKernel(kernel));
            launch(extent, a1, a2, a3, a4);
        }
    }

    public void Launch<T1, T2, T3, T4, T5>(
        Action<Index1D, T1, T2, T3, T4, T5> kernel, int extent, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
    {
        if (extent > 0)
        {
            var launch = Find<Action<Index1D, T1, T2, T3, T4, T5>>(kernel) ?? Add(kernel, accelerator.LoadAutoGroupedStreamKernel(kernel));
            launch(extent, a1, a2, a3, a4, a5);
        }
    }

    public void Launch<T1, T2, T3, T4, T5, T6>(
        Action<Index1D, T1, T2, T3, T4, T5, T6> kernel, int extent, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5, T6 a6)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
    {
        if (extent > 0)
        {
            var launch = Find<Action<Index1D, T1, T2, T3, T4, T5, T6>>(kernel) ?? Add(kernel, accelerator.LoadAutoGroupedStreamKernel(kernel));
            launch(extent, a1, a2, a3, a4, a5, a6);
        }
    }

    public void Launch<T1, T2, T3, T4, T5, T6, T7>(
        Action<Index1D, T1, T2, T3, T4, T5, T6, T7> kernel, int extent, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5, T6 a6, T7 a7)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
    {
        if (extent > 0)
        {
            var launch = Find<Action<Index1D, T1, T2, T3, T4, T5, T6, T7>>(kernel) ?? Add(kernel, accelerator.LoadAutoGroupedStreamKernel(kernel));
            launch(extent, a1, a2, a3, a4, a5, a6, a7);
        }
    }

    public void Launch<T1, T2, T3, T4, T5, T6, T7, T8>(
        Action<Index1D, T1, T2, T3, T4, T5, T6, T7, T8> kernel, int extent, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5, T6 a6, T7 a7, T8 a8)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct
    {
        if (extent > 0)
        {
            var launch = Find<Action<Index1D, T1, T2, T3, T4, T5, T6, T7, T8>>(kernel) ?? Add(kernel, accelerator.LoadAutoGroupedStreamKernel(kernel));
            launch(extent, a1, a2, a3, a4, a5, a6, a7, a8);
        }
    }

    public void Launch<T1, T2, T3, T4, T5, T6, T7, T8, T9>(
        Action<Index1D, T1, T2, T3, T4, T5, T6, T7, T8, T9> kernel, int extent, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5, T6 a6, T7 a7, T8 a8, T9 a9)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct
        where T9 : struct
    {
        if (extent > 0)
        {
            var launch = Find<Action<Index1D, T1, T2, T3, T4, T5, T6, T7, T8, T9>>(kernel) ?? Add(kernel, accelerator.LoadAutoGroupedStreamKernel(kernel));
            launch(extent, a1, a2, a3, a4, a5, a6, a7, a8, a9);
        }
    }

    public void Launch<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>(
        Action<Index1D, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10> kernel, int extent, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5, T6 a6, T7 a7, T8 a8, T9 a9, T10 a10)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct
        where T9 : struct
        where T10 : struct
    {
        if (extent > 0)
        {
            var launch = Find<Action<Index1D, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>>(kernel) ?? Add(kernel, accelerator.LoadAutoGroupedStreamKernel(kernel));
            launch(extent, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10);
        }
    }
}
