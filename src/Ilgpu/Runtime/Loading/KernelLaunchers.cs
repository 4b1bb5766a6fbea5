using ILGPU.Runtime.CPU;

namespace ILGPU.Runtime;

/// <summary>Turns the method of a kernel into the delegate that launches it, for each number of parameters.</summary>
/// <remarks>
/// <c>Indexed</c> and <c>Grouped</c> give the delegate that takes a stream, <c>OnDefaultStream</c> leaves the stream out. Where
/// kernels are compiled, a launch hands its arguments over one by one. Where their methods are called, closures hold them: the
/// body runs one thread of the kernel, the visitor shows the arguments to the accelerator.
/// </remarks>
internal static partial class KernelLaunchers
{
    public static Action<AcceleratorStream, TIndex> Indexed<TIndex>(Kernel kernel, Action<TIndex> action)
        where TIndex : struct, IIndex
    {
        Action<AcceleratorStream, TIndex> launcher = kernel is CompiledKernel compiled
            ? (stream, extent) => compiled.Begin(stream, extent).Launch()
            : (stream, extent) =>
                ((CPUKernel)kernel).Launch(stream, extent, index => action(index), visitor => visitor);
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, TIndex, T1> Indexed<TIndex, T1>(Kernel kernel, Action<TIndex, T1> action)
        where TIndex : struct, IIndex where T1 : struct
    {
        Action<AcceleratorStream, TIndex, T1> launcher = kernel is CompiledKernel compiled
            ? (stream, extent, a1) => compiled.Begin(stream, extent).Add(a1).Launch()
            : (stream, extent, a1) =>
                ((CPUKernel)kernel).Launch(stream, extent, index => action(index, a1), visitor => visitor.Visit(a1));
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, TIndex, T1, T2> Indexed<TIndex, T1, T2>(Kernel kernel, Action<TIndex, T1, T2> action)
        where TIndex : struct, IIndex where T1 : struct where T2 : struct
    {
        Action<AcceleratorStream, TIndex, T1, T2> launcher = kernel is CompiledKernel compiled
            ? (stream, extent, a1, a2) => compiled.Begin(stream, extent).Add(a1).Add(a2).Launch()
            : (stream, extent, a1, a2) =>
                ((CPUKernel)kernel).Launch(
                    stream,
                    extent,
                    index => action(index, a1, a2),
                    visitor => visitor.Visit(a1).Visit(a2));
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, TIndex, T1, T2, T3> Indexed<TIndex, T1, T2, T3>(
        Kernel kernel, Action<TIndex, T1, T2, T3> action)
        where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct
    {
        Action<AcceleratorStream, TIndex, T1, T2, T3> launcher = kernel is CompiledKernel compiled
            ? (stream, extent, a1, a2, a3) => compiled.Begin(stream, extent).Add(a1).Add(a2).Add(a3).Launch()
            : (stream, extent, a1, a2, a3) =>
                ((CPUKernel)kernel).Launch(
                    stream,
                    extent,
                    index => action(index, a1, a2, a3),
                    visitor => visitor.Visit(a1).Visit(a2).Visit(a3));
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, TIndex, T1, T2, T3, T4> Indexed<TIndex, T1, T2, T3, T4>(
        Kernel kernel, Action<TIndex, T1, T2, T3, T4> action)
        where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
    {
        Action<AcceleratorStream, TIndex, T1, T2, T3, T4> launcher = kernel is CompiledKernel compiled
            ? (stream, extent, a1, a2, a3, a4) => compiled.Begin(stream, extent).Add(a1).Add(a2).Add(a3).Add(a4).Launch()
            : (stream, extent, a1, a2, a3, a4) =>
                ((CPUKernel)kernel).Launch(
                    stream,
                    extent,
                    index => action(index, a1, a2, a3, a4),
                    visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4));
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5> Indexed<TIndex, T1, T2, T3, T4, T5>(
        Kernel kernel, Action<TIndex, T1, T2, T3, T4, T5> action)
        where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
    {
        Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5> launcher = kernel is CompiledKernel compiled
            ? (stream, extent, a1, a2, a3, a4, a5) =>
                compiled.Begin(stream, extent).Add(a1).Add(a2).Add(a3).Add(a4).Add(a5).Launch()
            : (stream, extent, a1, a2, a3, a4, a5) =>
                ((CPUKernel)kernel).Launch(
                    stream,
                    extent,
                    index => action(index, a1, a2, a3, a4, a5),
                    visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5));
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6> Indexed<TIndex, T1, T2, T3, T4, T5, T6>(
        Kernel kernel, Action<TIndex, T1, T2, T3, T4, T5, T6> action)
        where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
        where T6 : struct
    {
        Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6> launcher = kernel is CompiledKernel compiled
            ? (stream, extent, a1, a2, a3, a4, a5, a6) =>
                compiled.Begin(stream, extent).Add(a1).Add(a2).Add(a3).Add(a4).Add(a5).Add(a6).Launch()
            : (stream, extent, a1, a2, a3, a4, a5, a6) =>
                ((CPUKernel)kernel).Launch(
                    stream,
                    extent,
                    index => action(index, a1, a2, a3, a4, a5, a6),
                    visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6));
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7> Indexed<TIndex, T1, T2, T3, T4, T5, T6, T7>(
        Kernel kernel, Action<TIndex, T1, T2, T3, T4, T5, T6, T7> action)
        where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
        where T6 : struct where T7 : struct
    {
        Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7> launcher = kernel is CompiledKernel compiled
            ? (stream, extent, a1, a2, a3, a4, a5, a6, a7) =>
                compiled.Begin(stream, extent).Add(a1).Add(a2).Add(a3).Add(a4).Add(a5).Add(a6).Add(a7).Launch()
            : (stream, extent, a1, a2, a3, a4, a5, a6, a7) =>
                ((CPUKernel)kernel).Launch(
                    stream,
                    extent,
                    index => action(index, a1, a2, a3, a4, a5, a6, a7),
                    visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6).Visit(a7));
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8>
        Indexed<TIndex, T1, T2, T3, T4, T5, T6, T7, T8>(
            Kernel kernel, Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8> action)
        where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
        where T6 : struct where T7 : struct where T8 : struct
    {
        Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8> launcher = kernel is CompiledKernel compiled
            ? (stream, extent, a1, a2, a3, a4, a5, a6, a7, a8) =>
                compiled.Begin(stream, extent).Add(a1).Add(a2).Add(a3).Add(a4).Add(a5).Add(a6).Add(a7).Add(a8).Launch()
            : (stream, extent, a1, a2, a3, a4, a5, a6, a7, a8) =>
                ((CPUKernel)kernel).Launch(
                    stream,
                    extent,
                    index => action(index, a1, a2, a3, a4, a5, a6, a7, a8),
                    visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6).Visit(a7).Visit(a8));
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9>
        Indexed<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9>(
            Kernel kernel, Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9> action)
        where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
        where T6 : struct where T7 : struct where T8 : struct where T9 : struct
    {
        Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9> launcher = kernel is CompiledKernel compiled
            ? (stream, extent, a1, a2, a3, a4, a5, a6, a7, a8, a9) =>
                compiled.Begin(stream, extent).Add(a1).Add(a2).Add(a3).Add(a4).Add(a5).Add(a6).Add(a7).Add(a8).Add(a9).Launch()
            : (stream, extent, a1, a2, a3, a4, a5, a6, a7, a8, a9) =>
                ((CPUKernel)kernel).Launch(
                    stream,
                    extent,
                    index => action(index, a1, a2, a3, a4, a5, a6, a7, a8, a9),
                    visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6).Visit(a7).Visit(a8).Visit(a9));
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>
        Indexed<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>(
            Kernel kernel, Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10> action)
        where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
        where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct
    {
        Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10> launcher = kernel is CompiledKernel compiled
            ? (stream, extent, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10) =>
                compiled.Begin(stream, extent).Add(a1).Add(a2).Add(a3).Add(a4).Add(a5).Add(a6).Add(a7).Add(a8).Add(a9)
                    .Add(a10).Launch()
            : (stream, extent, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10) =>
                ((CPUKernel)kernel).Launch(
                    stream,
                    extent,
                    index => action(index, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10),
                    visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6).Visit(a7).Visit(a8).Visit(a9)
                        .Visit(a10));
        return kernel.Bind(launcher);
    }

    public static Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>
        Indexed<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>(
            Kernel kernel, Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11> action)
        where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
        where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct where T11 : struct
    {
        Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11> launcher =
            kernel is CompiledKernel compiled
                ? (stream, extent, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11) =>
                    compiled.Begin(stream, extent).Add(a1).Add(a2).Add(a3).Add(a4).Add(a5).Add(a6).Add(a7).Add(a8)
                        .Add(a9).Add(a10).Add(a11).Launch()
                : (stream, extent, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11) =>
                    ((CPUKernel)kernel).Launch(
                        stream,
                        extent,
                        index => action(index, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11),
                        visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6).Visit(a7).Visit(a8)
                            .Visit(a9).Visit(a10).Visit(a11));
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
            kernel is CompiledKernel compiled
                ? (stream, extent, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12) =>
                    compiled.Begin(stream, extent).Add(a1).Add(a2).Add(a3).Add(a4).Add(a5).Add(a6).Add(a7).Add(a8)
                        .Add(a9).Add(a10).Add(a11).Add(a12).Launch()
                : (stream, extent, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12) =>
                    ((CPUKernel)kernel).Launch(
                        stream,
                        extent,
                        index => action(index, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12),
                        visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6).Visit(a7).Visit(a8)
                            .Visit(a9).Visit(a10).Visit(a11).Visit(a12));
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
            kernel is CompiledKernel compiled
                ? (stream, extent, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13) =>
                    compiled.Begin(stream, extent).Add(a1).Add(a2).Add(a3).Add(a4).Add(a5).Add(a6).Add(a7).Add(a8)
                        .Add(a9).Add(a10).Add(a11).Add(a12).Add(a13).Launch()
                : (stream, extent, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13) =>
                    ((CPUKernel)kernel).Launch(
                        stream,
                        extent,
                        index => action(index, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13),
                        visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6).Visit(a7).Visit(a8)
                            .Visit(a9).Visit(a10).Visit(a11).Visit(a12).Visit(a13));
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
            kernel is CompiledKernel compiled
                ? (stream, extent, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14) =>
                    compiled.Begin(stream, extent).Add(a1).Add(a2).Add(a3).Add(a4).Add(a5).Add(a6).Add(a7).Add(a8)
                        .Add(a9).Add(a10).Add(a11).Add(a12).Add(a13).Add(a14).Launch()
                : (stream, extent, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14) =>
                    ((CPUKernel)kernel).Launch(
                        stream,
                        extent,
                        index => action(index, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14),
                        visitor => visitor.Visit(a1).Visit(a2).Visit(a3).Visit(a4).Visit(a5).Visit(a6).Visit(a7).Visit(a8)
                            .Visit(a9).Visit(a10).Visit(a11).Visit(a12).Visit(a13).Visit(a14));
        return kernel.Bind(launcher);
    }
}
