namespace ILGPU.Runtime;

/// <content>Launches on the default stream.</content>
internal static partial class KernelLaunchers
{
    public static Action<TExtent> OnDefaultStream<TExtent>(Kernel kernel, Action<AcceleratorStream, TExtent> launch)
    {
        Action<TExtent> launcher = (extent) =>
            launch(kernel.Accelerator.DefaultStream, extent);
        return kernel.Bind(launcher);
    }

    public static Action<TExtent, T1> OnDefaultStream<TExtent, T1>(Kernel kernel, Action<AcceleratorStream, TExtent, T1> launch)
    {
        Action<TExtent, T1> launcher = (extent, a1) =>
            launch(kernel.Accelerator.DefaultStream, extent, a1);
        return kernel.Bind(launcher);
    }

    public static Action<TExtent, T1, T2> OnDefaultStream<TExtent, T1, T2>(
        Kernel kernel, Action<AcceleratorStream, TExtent, T1, T2> launch)
    {
        Action<TExtent, T1, T2> launcher = (extent, a1, a2) =>
            launch(kernel.Accelerator.DefaultStream, extent, a1, a2);
        return kernel.Bind(launcher);
    }

    public static Action<TExtent, T1, T2, T3> OnDefaultStream<TExtent, T1, T2, T3>(
        Kernel kernel, Action<AcceleratorStream, TExtent, T1, T2, T3> launch)
    {
        Action<TExtent, T1, T2, T3> launcher = (extent, a1, a2, a3) =>
            launch(kernel.Accelerator.DefaultStream, extent, a1, a2, a3);
        return kernel.Bind(launcher);
    }

    public static Action<TExtent, T1, T2, T3, T4> OnDefaultStream<TExtent, T1, T2, T3, T4>(
        Kernel kernel, Action<AcceleratorStream, TExtent, T1, T2, T3, T4> launch)
    {
        Action<TExtent, T1, T2, T3, T4> launcher = (extent, a1, a2, a3, a4) =>
            launch(kernel.Accelerator.DefaultStream, extent, a1, a2, a3, a4);
        return kernel.Bind(launcher);
    }

    public static Action<TExtent, T1, T2, T3, T4, T5> OnDefaultStream<TExtent, T1, T2, T3, T4, T5>(
        Kernel kernel, Action<AcceleratorStream, TExtent, T1, T2, T3, T4, T5> launch)
    {
        Action<TExtent, T1, T2, T3, T4, T5> launcher = (extent, a1, a2, a3, a4, a5) =>
            launch(kernel.Accelerator.DefaultStream, extent, a1, a2, a3, a4, a5);
        return kernel.Bind(launcher);
    }

    public static Action<TExtent, T1, T2, T3, T4, T5, T6> OnDefaultStream<TExtent, T1, T2, T3, T4, T5, T6>(
        Kernel kernel, Action<AcceleratorStream, TExtent, T1, T2, T3, T4, T5, T6> launch)
    {
        Action<TExtent, T1, T2, T3, T4, T5, T6> launcher = (extent, a1, a2, a3, a4, a5, a6) =>
            launch(kernel.Accelerator.DefaultStream, extent, a1, a2, a3, a4, a5, a6);
        return kernel.Bind(launcher);
    }

    public static Action<TExtent, T1, T2, T3, T4, T5, T6, T7> OnDefaultStream<TExtent, T1, T2, T3, T4, T5, T6, T7>(
        Kernel kernel, Action<AcceleratorStream, TExtent, T1, T2, T3, T4, T5, T6, T7> launch)
    {
        Action<TExtent, T1, T2, T3, T4, T5, T6, T7> launcher = (extent, a1, a2, a3, a4, a5, a6, a7) =>
            launch(kernel.Accelerator.DefaultStream, extent, a1, a2, a3, a4, a5, a6, a7);
        return kernel.Bind(launcher);
    }

    public static Action<TExtent, T1, T2, T3, T4, T5, T6, T7, T8> OnDefaultStream<TExtent, T1, T2, T3, T4, T5, T6, T7, T8>(
        Kernel kernel, Action<AcceleratorStream, TExtent, T1, T2, T3, T4, T5, T6, T7, T8> launch)
    {
        Action<TExtent, T1, T2, T3, T4, T5, T6, T7, T8> launcher = (extent, a1, a2, a3, a4, a5, a6, a7, a8) =>
            launch(kernel.Accelerator.DefaultStream, extent, a1, a2, a3, a4, a5, a6, a7, a8);
        return kernel.Bind(launcher);
    }

    public static Action<TExtent, T1, T2, T3, T4, T5, T6, T7, T8, T9>
        OnDefaultStream<TExtent, T1, T2, T3, T4, T5, T6, T7, T8, T9>(
            Kernel kernel, Action<AcceleratorStream, TExtent, T1, T2, T3, T4, T5, T6, T7, T8, T9> launch)
    {
        Action<TExtent, T1, T2, T3, T4, T5, T6, T7, T8, T9> launcher = (extent, a1, a2, a3, a4, a5, a6, a7, a8, a9) =>
            launch(kernel.Accelerator.DefaultStream, extent, a1, a2, a3, a4, a5, a6, a7, a8, a9);
        return kernel.Bind(launcher);
    }

    public static Action<TExtent, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>
        OnDefaultStream<TExtent, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>(
            Kernel kernel, Action<AcceleratorStream, TExtent, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10> launch)
    {
        Action<TExtent, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10> launcher = (extent, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10) =>
            launch(kernel.Accelerator.DefaultStream, extent, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10);
        return kernel.Bind(launcher);
    }

    public static Action<TExtent, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>
        OnDefaultStream<TExtent, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>(
            Kernel kernel, Action<AcceleratorStream, TExtent, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11> launch)
    {
        Action<TExtent, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11> launcher =
            (extent, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11) =>
            launch(kernel.Accelerator.DefaultStream, extent, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11);
        return kernel.Bind(launcher);
    }

    public static Action<TExtent, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12>
        OnDefaultStream<TExtent, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12>(
            Kernel kernel, Action<AcceleratorStream, TExtent, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12> launch)
    {
        Action<TExtent, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12> launcher =
            (extent, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12) =>
            launch(kernel.Accelerator.DefaultStream, extent, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12);
        return kernel.Bind(launcher);
    }

    public static Action<TExtent, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13>
        OnDefaultStream<TExtent, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13>(
            Kernel kernel, Action<AcceleratorStream, TExtent, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13> launch)
    {
        Action<TExtent, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13> launcher =
            (extent, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13) =>
            launch(kernel.Accelerator.DefaultStream, extent, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13);
        return kernel.Bind(launcher);
    }

    public static Action<TExtent, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14>
        OnDefaultStream<TExtent, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14>(
            Kernel kernel, Action<AcceleratorStream, TExtent, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14> launch)
    {
        Action<TExtent, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14> launcher =
            (extent, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14) =>
            launch(kernel.Accelerator.DefaultStream, extent, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14);
        return kernel.Bind(launcher);
    }
}
