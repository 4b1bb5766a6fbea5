namespace ILGPU.Runtime;

/// <summary>
/// Turns the method of a kernel into the delegate that launches it: three methods for each number of parameters.
/// </summary>
/// <remarks>
/// <c>Indexed</c> and <c>Grouped</c> give the delegate that takes a stream, <c>OnDefaultStream</c> leaves the stream out. The
/// arguments of a launch are held by the closures of that launch: the body runs one thread of the kernel, the visitor shows the
/// arguments to the accelerator.
/// </remarks>
internal static class KernelLaunchers
{
    public static Action<AcceleratorStream, TIndex> Indexed<TIndex>(Kernel kernel, Action<TIndex> action)
        where TIndex : struct, IIndex
    {
        Action<AcceleratorStream, TIndex> launcher = (stream, extent) =>
            kernel.Launch(stream, extent, index => action(index), visitor => visitor);
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, KernelConfig> Grouped(Kernel kernel, Action action)
    {
        Action<AcceleratorStream, KernelConfig> launcher = (stream, config) =>
            kernel.Launch(stream, config, () => action(), visitor => visitor);
        return kernel.Bind(launcher);
    }

    public static Action<TExtent> OnDefaultStream<TExtent>(Kernel kernel, Action<AcceleratorStream, TExtent> launch)
    {
        Action<TExtent> launcher = (extent) =>
            launch(kernel.Accelerator.DefaultStream, extent);
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, TIndex, T1> Indexed<TIndex, T1>(Kernel kernel, Action<TIndex, T1> action)
        where TIndex : struct, IIndex where T1 : struct
    {
        Action<AcceleratorStream, TIndex, T1> launcher = (stream, extent, a1) =>
            kernel.Launch(stream, extent, index => action(index, a1), visitor => visitor.Visit(a1));
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, KernelConfig, T1> Grouped<T1>(Kernel kernel, Action<T1> action)
        where T1 : struct
    {
        Action<AcceleratorStream, KernelConfig, T1> launcher = (stream, config, a1) =>
            kernel.Launch(stream, config, () => action(a1), visitor => visitor.Visit(a1));
        return kernel.Bind(launcher);
    }

    public static Action<TExtent, T1> OnDefaultStream<TExtent, T1>(Kernel kernel, Action<AcceleratorStream, TExtent, T1> launch)
    {
        Action<TExtent, T1> launcher = (extent, a1) =>
            launch(kernel.Accelerator.DefaultStream, extent, a1);
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, TIndex, T1, T2> Indexed<TIndex, T1, T2>(Kernel kernel, Action<TIndex, T1, T2> action)
        where TIndex : struct, IIndex where T1 : struct where T2 : struct
    {
        Action<AcceleratorStream, TIndex, T1, T2> launcher = (stream, extent, a1, a2) =>
            kernel.Launch(stream, extent, index => action(index, a1, a2), visitor => visitor.Visit(a1).Visit(a2));
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, KernelConfig, T1, T2> Grouped<T1, T2>(Kernel kernel, Action<T1, T2> action)
        where T1 : struct where T2 : struct
    {
        Action<AcceleratorStream, KernelConfig, T1, T2> launcher = (stream, config, a1, a2) =>
            kernel.Launch(stream, config, () => action(a1, a2), visitor => visitor.Visit(a1).Visit(a2));
        return kernel.Bind(launcher);
    }

    public static Action<TExtent, T1, T2> OnDefaultStream<TExtent, T1, T2>(
        Kernel kernel, Action<AcceleratorStream, TExtent, T1, T2> launch)
    {
        Action<TExtent, T1, T2> launcher = (extent, a1, a2) =>
            launch(kernel.Accelerator.DefaultStream, extent, a1, a2);
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, TIndex, T1, T2, T3> Indexed<TIndex, T1, T2, T3>(
        Kernel kernel, Action<TIndex, T1, T2, T3> action)
        where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct
    {
        Action<AcceleratorStream, TIndex, T1, T2, T3> launcher = (stream, extent, a1, a2, a3) =>
            kernel.Launch(stream, extent, index => action(index, a1, a2, a3), visitor => visitor.Visit(a1).Visit(a2).Visit(a3));
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, KernelConfig, T1, T2, T3> Grouped<T1, T2, T3>(
        Kernel kernel, Action<T1, T2, T3> action)
        where T1 : struct where T2 : struct where T3 : struct
    {
        Action<AcceleratorStream, KernelConfig, T1, T2, T3> launcher = (stream, config, a1, a2, a3) =>
            kernel.Launch(stream, config, () => action(a1, a2, a3), visitor => visitor.Visit(a1).Visit(a2).Visit(a3));
        return kernel.Bind(launcher);
    }

    public static Action<TExtent, T1, T2, T3> OnDefaultStream<TExtent, T1, T2, T3>(
        Kernel kernel, Action<AcceleratorStream, TExtent, T1, T2, T3> launch)
    {
        Action<TExtent, T1, T2, T3> launcher = (extent, a1, a2, a3) =>
            launch(kernel.Accelerator.DefaultStream, extent, a1, a2, a3);
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, TIndex, T1, T2, T3, T4> Indexed<TIndex, T1, T2, T3, T4>(
        Kernel kernel, Action<TIndex, T1, T2, T3, T4> action)
        where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
    {
        Action<AcceleratorStream, TIndex, T1, T2, T3, T4> launcher = (stream, extent, a1, a2, a3, a4) =>
            kernel.Launch(
                stream,
                extent,
                index => action(index, a1, a2, a3, a4),
                visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4));
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4> Grouped<T1, T2, T3, T4>(
        Kernel kernel, Action<T1, T2, T3, T4> action)
        where T1 : struct where T2 : struct where T3 : struct where T4 : struct
    {
        Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4> launcher = (stream, config, a1, a2, a3, a4) =>
            kernel.Launch(
                stream,
                config,
                () => action(a1, a2, a3, a4),
                visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4));
        return kernel.Bind(launcher);
    }

    public static Action<TExtent, T1, T2, T3, T4> OnDefaultStream<TExtent, T1, T2, T3, T4>(
        Kernel kernel, Action<AcceleratorStream, TExtent, T1, T2, T3, T4> launch)
    {
        Action<TExtent, T1, T2, T3, T4> launcher = (extent, a1, a2, a3, a4) =>
            launch(kernel.Accelerator.DefaultStream, extent, a1, a2, a3, a4);
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5> Indexed<TIndex, T1, T2, T3, T4, T5>(
        Kernel kernel, Action<TIndex, T1, T2, T3, T4, T5> action)
        where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
    {
        Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5> launcher = (stream, extent, a1, a2, a3, a4, a5) =>
            kernel.Launch(
                stream,
                extent,
                index => action(index, a1, a2, a3, a4, a5),
                visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5));
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5> Grouped<T1, T2, T3, T4, T5>(
        Kernel kernel, Action<T1, T2, T3, T4, T5> action)
        where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
    {
        Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5> launcher = (stream, config, a1, a2, a3, a4, a5) =>
            kernel.Launch(
                stream,
                config,
                () => action(a1, a2, a3, a4, a5),
                visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5));
        return kernel.Bind(launcher);
    }

    public static Action<TExtent, T1, T2, T3, T4, T5> OnDefaultStream<TExtent, T1, T2, T3, T4, T5>(
        Kernel kernel, Action<AcceleratorStream, TExtent, T1, T2, T3, T4, T5> launch)
    {
        Action<TExtent, T1, T2, T3, T4, T5> launcher = (extent, a1, a2, a3, a4, a5) =>
            launch(kernel.Accelerator.DefaultStream, extent, a1, a2, a3, a4, a5);
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6> Indexed<TIndex, T1, T2, T3, T4, T5, T6>(
        Kernel kernel, Action<TIndex, T1, T2, T3, T4, T5, T6> action)
        where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
        where T6 : struct
    {
        Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6> launcher = (stream, extent, a1, a2, a3, a4, a5, a6) =>
            kernel.Launch(
                stream,
                extent,
                index => action(index, a1, a2, a3, a4, a5, a6),
                visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6));
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6> Grouped<T1, T2, T3, T4, T5, T6>(
        Kernel kernel, Action<T1, T2, T3, T4, T5, T6> action)
        where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
    {
        Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6> launcher = (stream, config, a1, a2, a3, a4, a5, a6) =>
            kernel.Launch(
                stream,
                config,
                () => action(a1, a2, a3, a4, a5, a6),
                visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6));
        return kernel.Bind(launcher);
    }

    public static Action<TExtent, T1, T2, T3, T4, T5, T6> OnDefaultStream<TExtent, T1, T2, T3, T4, T5, T6>(
        Kernel kernel, Action<AcceleratorStream, TExtent, T1, T2, T3, T4, T5, T6> launch)
    {
        Action<TExtent, T1, T2, T3, T4, T5, T6> launcher = (extent, a1, a2, a3, a4, a5, a6) =>
            launch(kernel.Accelerator.DefaultStream, extent, a1, a2, a3, a4, a5, a6);
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7> Indexed<TIndex, T1, T2, T3, T4, T5, T6, T7>(
        Kernel kernel, Action<TIndex, T1, T2, T3, T4, T5, T6, T7> action)
        where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
        where T6 : struct where T7 : struct
    {
        Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7> launcher = (stream, extent, a1, a2, a3, a4, a5, a6, a7) =>
            kernel.Launch(
                stream,
                extent,
                index => action(index, a1, a2, a3, a4, a5, a6, a7),
                visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6).Visit(a7));
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7> Grouped<T1, T2, T3, T4, T5, T6, T7>(
        Kernel kernel, Action<T1, T2, T3, T4, T5, T6, T7> action)
        where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
        where T7 : struct
    {
        Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7> launcher =
            (stream, config, a1, a2, a3, a4, a5, a6, a7) =>
            kernel.Launch(
                stream,
                config,
                () => action(a1, a2, a3, a4, a5, a6, a7),
                visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6).Visit(a7));
        return kernel.Bind(launcher);
    }

    public static Action<TExtent, T1, T2, T3, T4, T5, T6, T7> OnDefaultStream<TExtent, T1, T2, T3, T4, T5, T6, T7>(
        Kernel kernel, Action<AcceleratorStream, TExtent, T1, T2, T3, T4, T5, T6, T7> launch)
    {
        Action<TExtent, T1, T2, T3, T4, T5, T6, T7> launcher = (extent, a1, a2, a3, a4, a5, a6, a7) =>
            launch(kernel.Accelerator.DefaultStream, extent, a1, a2, a3, a4, a5, a6, a7);
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8>
        Indexed<TIndex, T1, T2, T3, T4, T5, T6, T7, T8>(
            Kernel kernel, Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8> action)
        where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
        where T6 : struct where T7 : struct where T8 : struct
    {
        Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8> launcher =
            (stream, extent, a1, a2, a3, a4, a5, a6, a7, a8) =>
            kernel.Launch(
                stream,
                extent,
                index => action(index, a1, a2, a3, a4, a5, a6, a7, a8),
                visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6).Visit(a7).Visit(a8));
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8> Grouped<T1, T2, T3, T4, T5, T6, T7, T8>(
        Kernel kernel, Action<T1, T2, T3, T4, T5, T6, T7, T8> action)
        where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
        where T7 : struct where T8 : struct
    {
        Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8> launcher =
            (stream, config, a1, a2, a3, a4, a5, a6, a7, a8) =>
            kernel.Launch(
                stream,
                config,
                () => action(a1, a2, a3, a4, a5, a6, a7, a8),
                visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6).Visit(a7).Visit(a8));
        return kernel.Bind(launcher);
    }

    public static Action<TExtent, T1, T2, T3, T4, T5, T6, T7, T8> OnDefaultStream<TExtent, T1, T2, T3, T4, T5, T6, T7, T8>(
        Kernel kernel, Action<AcceleratorStream, TExtent, T1, T2, T3, T4, T5, T6, T7, T8> launch)
    {
        Action<TExtent, T1, T2, T3, T4, T5, T6, T7, T8> launcher = (extent, a1, a2, a3, a4, a5, a6, a7, a8) =>
            launch(kernel.Accelerator.DefaultStream, extent, a1, a2, a3, a4, a5, a6, a7, a8);
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9>
        Indexed<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9>(
            Kernel kernel, Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9> action)
        where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
        where T6 : struct where T7 : struct where T8 : struct where T9 : struct
    {
        Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9> launcher =
            (stream, extent, a1, a2, a3, a4, a5, a6, a7, a8, a9) =>
            kernel.Launch(
                stream,
                extent,
                index => action(index, a1, a2, a3, a4, a5, a6, a7, a8, a9),
                visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6).Visit(a7).Visit(a8).Visit(a9));
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9>
        Grouped<T1, T2, T3, T4, T5, T6, T7, T8, T9>(
            Kernel kernel, Action<T1, T2, T3, T4, T5, T6, T7, T8, T9> action)
        where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
        where T7 : struct where T8 : struct where T9 : struct
    {
        Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9> launcher =
            (stream, config, a1, a2, a3, a4, a5, a6, a7, a8, a9) =>
            kernel.Launch(
                stream,
                config,
                () => action(a1, a2, a3, a4, a5, a6, a7, a8, a9),
                visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6).Visit(a7).Visit(a8).Visit(a9));
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

    public static Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>
        Indexed<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>(
            Kernel kernel, Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10> action)
        where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
        where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct
    {
        Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10> launcher =
            (stream, extent, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10) =>
            kernel.Launch(
                stream,
                extent,
                index => action(index, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10),
                visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6).Visit(a7).Visit(a8).Visit(a9)
                    .Visit(a10));
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>
        Grouped<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>(
            Kernel kernel, Action<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10> action)
        where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
        where T7 : struct where T8 : struct where T9 : struct where T10 : struct
    {
        Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10> launcher =
            (stream, config, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10) =>
            kernel.Launch(
                stream,
                config,
                () => action(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10),
                visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6).Visit(a7).Visit(a8).Visit(a9)
                    .Visit(a10));
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

    public static Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>
        Indexed<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>(
            Kernel kernel, Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11> action)
        where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
        where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct where T11 : struct
    {
        Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11> launcher =
            (stream, extent, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11) =>
            kernel.Launch(
                stream,
                extent,
                index => action(index, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11),
                visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6).Visit(a7).Visit(a8).Visit(a9)
                    .Visit(a10).Visit(a11));
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>
        Grouped<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>(
            Kernel kernel, Action<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11> action)
        where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
        where T7 : struct where T8 : struct where T9 : struct where T10 : struct where T11 : struct
    {
        Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11> launcher =
            (stream, config, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11) =>
            kernel.Launch(
                stream,
                config,
                () => action(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11),
                visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6).Visit(a7).Visit(a8).Visit(a9)
                    .Visit(a10).Visit(a11));
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

    public static Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12>
        Indexed<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12>(
            Kernel kernel, Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12> action)
        where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
        where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct where T11 : struct
        where T12 : struct
    {
        Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12> launcher =
            (stream, extent, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12) =>
            kernel.Launch(
                stream,
                extent,
                index => action(index, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12),
                visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6).Visit(a7).Visit(a8).Visit(a9)
                    .Visit(a10).Visit(a11).Visit(a12));
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12>
        Grouped<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12>(
            Kernel kernel, Action<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12> action)
        where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
        where T7 : struct where T8 : struct where T9 : struct where T10 : struct where T11 : struct where T12 : struct
    {
        Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12> launcher =
            (stream, config, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12) =>
            kernel.Launch(
                stream,
                config,
                () => action(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12),
                visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6).Visit(a7).Visit(a8).Visit(a9)
                    .Visit(a10).Visit(a11).Visit(a12));
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

    public static Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13>
        Indexed<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13>(
            Kernel kernel, Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13> action)
        where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
        where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct where T11 : struct
        where T12 : struct where T13 : struct
    {
        Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13> launcher =
            (stream, extent, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13) =>
            kernel.Launch(
                stream,
                extent,
                index => action(index, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13),
                visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6).Visit(a7).Visit(a8).Visit(a9)
                    .Visit(a10).Visit(a11).Visit(a12).Visit(a13));
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13>
        Grouped<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13>(
            Kernel kernel, Action<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13> action)
        where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
        where T7 : struct where T8 : struct where T9 : struct where T10 : struct where T11 : struct where T12 : struct
        where T13 : struct
    {
        Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13> launcher =
            (stream, config, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13) =>
            kernel.Launch(
                stream,
                config,
                () => action(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13),
                visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6).Visit(a7).Visit(a8).Visit(a9)
                    .Visit(a10).Visit(a11).Visit(a12).Visit(a13));
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

    public static Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14>
        Indexed<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14>(
            Kernel kernel, Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14> action)
        where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
        where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct where T11 : struct
        where T12 : struct where T13 : struct where T14 : struct
    {
        Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14> launcher =
            (stream, extent, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14) =>
            kernel.Launch(
                stream,
                extent,
                index => action(index, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14),
                visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6).Visit(a7).Visit(a8).Visit(a9)
                    .Visit(a10).Visit(a11).Visit(a12).Visit(a13).Visit(a14));
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14>
        Grouped<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14>(
            Kernel kernel, Action<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14> action)
        where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
        where T7 : struct where T8 : struct where T9 : struct where T10 : struct where T11 : struct where T12 : struct
        where T13 : struct where T14 : struct
    {
        Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14> launcher =
            (stream, config, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14) =>
            kernel.Launch(
                stream,
                config,
                () => action(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14),
                visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6).Visit(a7).Visit(a8).Visit(a9)
                    .Visit(a10).Visit(a11).Visit(a12).Visit(a13).Visit(a14));
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
