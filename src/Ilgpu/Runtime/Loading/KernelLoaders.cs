namespace ILGPU.Runtime;

/// <summary>Loading of kernels, for 0 to 14 parameters after the index.</summary>
/// <remarks>
/// <para>Implicitly grouped kernels take an index first and are launched with an extent; the accelerator forms the groups.
/// Auto-grouped means that it chooses their size as well. Explicitly grouped kernels (<c>LoadKernel</c>, <c>LoadStreamKernel</c>)
/// are launched with a <see cref="KernelConfig"/> and may use <see cref="Group"/>, <see cref="Grid"/>, <see cref="Warp"/> and
/// <see cref="SharedMemory"/>.</para>
/// <para>Those with <c>Stream</c> in their name launch on the default stream, the others take the stream as first
/// argument.</para>
/// <para>All throw <see cref="InternalCompilerException"/> for a method that cannot be a kernel, and the delegates that they give
/// throw <see cref="AcceleratorException"/> when the kernel fails.</para>
/// </remarks>
public static class KernelLoaders
{
    extension(Accelerator accelerator)
    {
        public Action<AcceleratorStream, TIndex> LoadAutoGroupedKernel<TIndex>(Action<TIndex> action)
            where TIndex : struct, IIndex
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, null), action);
        }

        public Action<TIndex> LoadAutoGroupedStreamKernel<TIndex>(Action<TIndex> action)
            where TIndex : struct, IIndex
        {
            var kernel = accelerator.LoadIndexed(action, null);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, TIndex> LoadImplicitlyGroupedKernel<TIndex>(Action<TIndex> action, int customGroupSize)
            where TIndex : struct, IIndex
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, customGroupSize), action);
        }

        public Action<TIndex> LoadImplicitlyGroupedStreamKernel<TIndex>(Action<TIndex> action, int customGroupSize)
            where TIndex : struct, IIndex
        {
            var kernel = accelerator.LoadIndexed(action, customGroupSize);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, KernelConfig> LoadKernel(Action action, KernelSpecialization specialization = default)
        {
            return KernelLaunchers.Grouped(accelerator.LoadGrouped(action, specialization), action);
        }

        public Action<KernelConfig> LoadStreamKernel(Action action, KernelSpecialization specialization = default)
        {
            var kernel = accelerator.LoadGrouped(action, specialization);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Grouped(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1> LoadAutoGroupedKernel<TIndex, T1>(Action<TIndex, T1> action)
            where TIndex : struct, IIndex where T1 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, null), action);
        }

        public Action<TIndex, T1> LoadAutoGroupedStreamKernel<TIndex, T1>(Action<TIndex, T1> action)
            where TIndex : struct, IIndex where T1 : struct
        {
            var kernel = accelerator.LoadIndexed(action, null);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1> LoadImplicitlyGroupedKernel<TIndex, T1>(
            Action<TIndex, T1> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, customGroupSize), action);
        }

        public Action<TIndex, T1> LoadImplicitlyGroupedStreamKernel<TIndex, T1>(Action<TIndex, T1> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct
        {
            var kernel = accelerator.LoadIndexed(action, customGroupSize);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, KernelConfig, T1> LoadKernel<T1>(
            Action<T1> action, KernelSpecialization specialization = default)
            where T1 : struct
        {
            return KernelLaunchers.Grouped(accelerator.LoadGrouped(action, specialization), action);
        }

        public Action<KernelConfig, T1> LoadStreamKernel<T1>(Action<T1> action, KernelSpecialization specialization = default)
            where T1 : struct
        {
            var kernel = accelerator.LoadGrouped(action, specialization);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Grouped(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1, T2> LoadAutoGroupedKernel<TIndex, T1, T2>(Action<TIndex, T1, T2> action)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, null), action);
        }

        public Action<TIndex, T1, T2> LoadAutoGroupedStreamKernel<TIndex, T1, T2>(Action<TIndex, T1, T2> action)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct
        {
            var kernel = accelerator.LoadIndexed(action, null);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1, T2> LoadImplicitlyGroupedKernel<TIndex, T1, T2>(
            Action<TIndex, T1, T2> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, customGroupSize), action);
        }

        public Action<TIndex, T1, T2> LoadImplicitlyGroupedStreamKernel<TIndex, T1, T2>(
            Action<TIndex, T1, T2> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct
        {
            var kernel = accelerator.LoadIndexed(action, customGroupSize);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, KernelConfig, T1, T2> LoadKernel<T1, T2>(
            Action<T1, T2> action, KernelSpecialization specialization = default)
            where T1 : struct where T2 : struct
        {
            return KernelLaunchers.Grouped(accelerator.LoadGrouped(action, specialization), action);
        }

        public Action<KernelConfig, T1, T2> LoadStreamKernel<T1, T2>(
            Action<T1, T2> action, KernelSpecialization specialization = default)
            where T1 : struct where T2 : struct
        {
            var kernel = accelerator.LoadGrouped(action, specialization);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Grouped(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1, T2, T3> LoadAutoGroupedKernel<TIndex, T1, T2, T3>(
            Action<TIndex, T1, T2, T3> action)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, null), action);
        }

        public Action<TIndex, T1, T2, T3> LoadAutoGroupedStreamKernel<TIndex, T1, T2, T3>(Action<TIndex, T1, T2, T3> action)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct
        {
            var kernel = accelerator.LoadIndexed(action, null);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1, T2, T3> LoadImplicitlyGroupedKernel<TIndex, T1, T2, T3>(
            Action<TIndex, T1, T2, T3> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, customGroupSize), action);
        }

        public Action<TIndex, T1, T2, T3> LoadImplicitlyGroupedStreamKernel<TIndex, T1, T2, T3>(
            Action<TIndex, T1, T2, T3> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct
        {
            var kernel = accelerator.LoadIndexed(action, customGroupSize);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, KernelConfig, T1, T2, T3> LoadKernel<T1, T2, T3>(
            Action<T1, T2, T3> action, KernelSpecialization specialization = default)
            where T1 : struct where T2 : struct where T3 : struct
        {
            return KernelLaunchers.Grouped(accelerator.LoadGrouped(action, specialization), action);
        }

        public Action<KernelConfig, T1, T2, T3> LoadStreamKernel<T1, T2, T3>(
            Action<T1, T2, T3> action, KernelSpecialization specialization = default)
            where T1 : struct where T2 : struct where T3 : struct
        {
            var kernel = accelerator.LoadGrouped(action, specialization);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Grouped(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1, T2, T3, T4> LoadAutoGroupedKernel<TIndex, T1, T2, T3, T4>(
            Action<TIndex, T1, T2, T3, T4> action)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, null), action);
        }

        public Action<TIndex, T1, T2, T3, T4> LoadAutoGroupedStreamKernel<TIndex, T1, T2, T3, T4>(
            Action<TIndex, T1, T2, T3, T4> action)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
        {
            var kernel = accelerator.LoadIndexed(action, null);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1, T2, T3, T4> LoadImplicitlyGroupedKernel<TIndex, T1, T2, T3, T4>(
            Action<TIndex, T1, T2, T3, T4> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, customGroupSize), action);
        }

        public Action<TIndex, T1, T2, T3, T4> LoadImplicitlyGroupedStreamKernel<TIndex, T1, T2, T3, T4>(
            Action<TIndex, T1, T2, T3, T4> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
        {
            var kernel = accelerator.LoadIndexed(action, customGroupSize);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4> LoadKernel<T1, T2, T3, T4>(
            Action<T1, T2, T3, T4> action, KernelSpecialization specialization = default)
            where T1 : struct where T2 : struct where T3 : struct where T4 : struct
        {
            return KernelLaunchers.Grouped(accelerator.LoadGrouped(action, specialization), action);
        }

        public Action<KernelConfig, T1, T2, T3, T4> LoadStreamKernel<T1, T2, T3, T4>(
            Action<T1, T2, T3, T4> action, KernelSpecialization specialization = default)
            where T1 : struct where T2 : struct where T3 : struct where T4 : struct
        {
            var kernel = accelerator.LoadGrouped(action, specialization);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Grouped(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5> LoadAutoGroupedKernel<TIndex, T1, T2, T3, T4, T5>(
            Action<TIndex, T1, T2, T3, T4, T5> action)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, null), action);
        }

        public Action<TIndex, T1, T2, T3, T4, T5> LoadAutoGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5>(
            Action<TIndex, T1, T2, T3, T4, T5> action)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct
        {
            var kernel = accelerator.LoadIndexed(action, null);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5> LoadImplicitlyGroupedKernel<TIndex, T1, T2, T3, T4, T5>(
            Action<TIndex, T1, T2, T3, T4, T5> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, customGroupSize), action);
        }

        public Action<TIndex, T1, T2, T3, T4, T5> LoadImplicitlyGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5>(
            Action<TIndex, T1, T2, T3, T4, T5> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct
        {
            var kernel = accelerator.LoadIndexed(action, customGroupSize);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5> LoadKernel<T1, T2, T3, T4, T5>(
            Action<T1, T2, T3, T4, T5> action, KernelSpecialization specialization = default)
            where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
        {
            return KernelLaunchers.Grouped(accelerator.LoadGrouped(action, specialization), action);
        }

        public Action<KernelConfig, T1, T2, T3, T4, T5> LoadStreamKernel<T1, T2, T3, T4, T5>(
            Action<T1, T2, T3, T4, T5> action, KernelSpecialization specialization = default)
            where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct
        {
            var kernel = accelerator.LoadGrouped(action, specialization);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Grouped(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6> LoadAutoGroupedKernel<TIndex, T1, T2, T3, T4, T5, T6>(
            Action<TIndex, T1, T2, T3, T4, T5, T6> action)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, null), action);
        }

        public Action<TIndex, T1, T2, T3, T4, T5, T6> LoadAutoGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5, T6>(
            Action<TIndex, T1, T2, T3, T4, T5, T6> action)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct
        {
            var kernel = accelerator.LoadIndexed(action, null);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6>
            LoadImplicitlyGroupedKernel<TIndex, T1, T2, T3, T4, T5, T6>(
                Action<TIndex, T1, T2, T3, T4, T5, T6> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, customGroupSize), action);
        }

        public Action<TIndex, T1, T2, T3, T4, T5, T6> LoadImplicitlyGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5, T6>(
            Action<TIndex, T1, T2, T3, T4, T5, T6> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct
        {
            var kernel = accelerator.LoadIndexed(action, customGroupSize);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6> LoadKernel<T1, T2, T3, T4, T5, T6>(
            Action<T1, T2, T3, T4, T5, T6> action, KernelSpecialization specialization = default)
            where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
        {
            return KernelLaunchers.Grouped(accelerator.LoadGrouped(action, specialization), action);
        }

        public Action<KernelConfig, T1, T2, T3, T4, T5, T6> LoadStreamKernel<T1, T2, T3, T4, T5, T6>(
            Action<T1, T2, T3, T4, T5, T6> action, KernelSpecialization specialization = default)
            where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
        {
            var kernel = accelerator.LoadGrouped(action, specialization);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Grouped(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7>
            LoadAutoGroupedKernel<TIndex, T1, T2, T3, T4, T5, T6, T7>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7> action)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, null), action);
        }

        public Action<TIndex, T1, T2, T3, T4, T5, T6, T7> LoadAutoGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5, T6, T7>(
            Action<TIndex, T1, T2, T3, T4, T5, T6, T7> action)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct
        {
            var kernel = accelerator.LoadIndexed(action, null);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7>
            LoadImplicitlyGroupedKernel<TIndex, T1, T2, T3, T4, T5, T6, T7>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, customGroupSize), action);
        }

        public Action<TIndex, T1, T2, T3, T4, T5, T6, T7> LoadImplicitlyGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5, T6, T7>(
            Action<TIndex, T1, T2, T3, T4, T5, T6, T7> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct
        {
            var kernel = accelerator.LoadIndexed(action, customGroupSize);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7> LoadKernel<T1, T2, T3, T4, T5, T6, T7>(
            Action<T1, T2, T3, T4, T5, T6, T7> action, KernelSpecialization specialization = default)
            where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
            where T7 : struct
        {
            return KernelLaunchers.Grouped(accelerator.LoadGrouped(action, specialization), action);
        }

        public Action<KernelConfig, T1, T2, T3, T4, T5, T6, T7> LoadStreamKernel<T1, T2, T3, T4, T5, T6, T7>(
            Action<T1, T2, T3, T4, T5, T6, T7> action, KernelSpecialization specialization = default)
            where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
            where T7 : struct
        {
            var kernel = accelerator.LoadGrouped(action, specialization);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Grouped(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8>
            LoadAutoGroupedKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8> action)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, null), action);
        }

        public Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8> LoadAutoGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8>(
            Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8> action)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct
        {
            var kernel = accelerator.LoadIndexed(action, null);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8>
            LoadImplicitlyGroupedKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, customGroupSize), action);
        }

        public Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8>
            LoadImplicitlyGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct
        {
            var kernel = accelerator.LoadIndexed(action, customGroupSize);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8> LoadKernel<T1, T2, T3, T4, T5, T6, T7, T8>(
            Action<T1, T2, T3, T4, T5, T6, T7, T8> action, KernelSpecialization specialization = default)
            where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
            where T7 : struct where T8 : struct
        {
            return KernelLaunchers.Grouped(accelerator.LoadGrouped(action, specialization), action);
        }

        public Action<KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8> LoadStreamKernel<T1, T2, T3, T4, T5, T6, T7, T8>(
            Action<T1, T2, T3, T4, T5, T6, T7, T8> action, KernelSpecialization specialization = default)
            where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
            where T7 : struct where T8 : struct
        {
            var kernel = accelerator.LoadGrouped(action, specialization);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Grouped(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9>
            LoadAutoGroupedKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9> action)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct where T9 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, null), action);
        }

        public Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9>
            LoadAutoGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9> action)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct where T9 : struct
        {
            var kernel = accelerator.LoadIndexed(action, null);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9>
            LoadImplicitlyGroupedKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct where T9 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, customGroupSize), action);
        }

        public Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9>
            LoadImplicitlyGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct where T9 : struct
        {
            var kernel = accelerator.LoadIndexed(action, customGroupSize);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9>
            LoadKernel<T1, T2, T3, T4, T5, T6, T7, T8, T9>(
                Action<T1, T2, T3, T4, T5, T6, T7, T8, T9> action, KernelSpecialization specialization = default)
            where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
            where T7 : struct where T8 : struct where T9 : struct
        {
            return KernelLaunchers.Grouped(accelerator.LoadGrouped(action, specialization), action);
        }

        public Action<KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9> LoadStreamKernel<T1, T2, T3, T4, T5, T6, T7, T8, T9>(
            Action<T1, T2, T3, T4, T5, T6, T7, T8, T9> action, KernelSpecialization specialization = default)
            where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
            where T7 : struct where T8 : struct where T9 : struct
        {
            var kernel = accelerator.LoadGrouped(action, specialization);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Grouped(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>
            LoadAutoGroupedKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10> action)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, null), action);
        }

        public Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>
            LoadAutoGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10> action)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct
        {
            var kernel = accelerator.LoadIndexed(action, null);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>
            LoadImplicitlyGroupedKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, customGroupSize), action);
        }

        public Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>
            LoadImplicitlyGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct
        {
            var kernel = accelerator.LoadIndexed(action, customGroupSize);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>
            LoadKernel<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>(
                Action<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10> action, KernelSpecialization specialization = default)
            where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
            where T7 : struct where T8 : struct where T9 : struct where T10 : struct
        {
            return KernelLaunchers.Grouped(accelerator.LoadGrouped(action, specialization), action);
        }

        public Action<KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>
            LoadStreamKernel<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>(
                Action<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10> action, KernelSpecialization specialization = default)
            where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
            where T7 : struct where T8 : struct where T9 : struct where T10 : struct
        {
            var kernel = accelerator.LoadGrouped(action, specialization);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Grouped(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>
            LoadAutoGroupedKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11> action)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct
            where T11 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, null), action);
        }

        public Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>
            LoadAutoGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11> action)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct
            where T11 : struct
        {
            var kernel = accelerator.LoadIndexed(action, null);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>
            LoadImplicitlyGroupedKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct
            where T11 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, customGroupSize), action);
        }

        public Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>
            LoadImplicitlyGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct
            where T11 : struct
        {
            var kernel = accelerator.LoadIndexed(action, customGroupSize);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>
            LoadKernel<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>(
                Action<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11> action, KernelSpecialization specialization = default)
            where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
            where T7 : struct where T8 : struct where T9 : struct where T10 : struct where T11 : struct
        {
            return KernelLaunchers.Grouped(accelerator.LoadGrouped(action, specialization), action);
        }

        public Action<KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>
            LoadStreamKernel<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11>(
                Action<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11> action, KernelSpecialization specialization = default)
            where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
            where T7 : struct where T8 : struct where T9 : struct where T10 : struct where T11 : struct
        {
            var kernel = accelerator.LoadGrouped(action, specialization);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Grouped(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12>
            LoadAutoGroupedKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12> action)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct
            where T11 : struct where T12 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, null), action);
        }

        public Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12>
            LoadAutoGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12> action)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct
            where T11 : struct where T12 : struct
        {
            var kernel = accelerator.LoadIndexed(action, null);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12>
            LoadImplicitlyGroupedKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct
            where T11 : struct where T12 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, customGroupSize), action);
        }

        public Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12>
            LoadImplicitlyGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct
            where T11 : struct where T12 : struct
        {
            var kernel = accelerator.LoadIndexed(action, customGroupSize);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12>
            LoadKernel<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12>(
                Action<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12> action, KernelSpecialization specialization = default)
            where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
            where T7 : struct where T8 : struct where T9 : struct where T10 : struct where T11 : struct where T12 : struct
        {
            return KernelLaunchers.Grouped(accelerator.LoadGrouped(action, specialization), action);
        }

        public Action<KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12>
            LoadStreamKernel<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12>(
                Action<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12> action, KernelSpecialization specialization = default)
            where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
            where T7 : struct where T8 : struct where T9 : struct where T10 : struct where T11 : struct where T12 : struct
        {
            var kernel = accelerator.LoadGrouped(action, specialization);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Grouped(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13>
            LoadAutoGroupedKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13> action)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct
            where T11 : struct where T12 : struct where T13 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, null), action);
        }

        public Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13>
            LoadAutoGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13> action)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct
            where T11 : struct where T12 : struct where T13 : struct
        {
            var kernel = accelerator.LoadIndexed(action, null);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13>
            LoadImplicitlyGroupedKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct
            where T11 : struct where T12 : struct where T13 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, customGroupSize), action);
        }

        public Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13>
            LoadImplicitlyGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct
            where T11 : struct where T12 : struct where T13 : struct
        {
            var kernel = accelerator.LoadIndexed(action, customGroupSize);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13>
            LoadKernel<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13>(
                Action<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13> action,
                    KernelSpecialization specialization = default)
            where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
            where T7 : struct where T8 : struct where T9 : struct where T10 : struct where T11 : struct where T12 : struct
            where T13 : struct
        {
            return KernelLaunchers.Grouped(accelerator.LoadGrouped(action, specialization), action);
        }

        public Action<KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13>
            LoadStreamKernel<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13>(
                Action<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13> action,
                    KernelSpecialization specialization = default)
            where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
            where T7 : struct where T8 : struct where T9 : struct where T10 : struct where T11 : struct where T12 : struct
            where T13 : struct
        {
            var kernel = accelerator.LoadGrouped(action, specialization);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Grouped(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14>
            LoadAutoGroupedKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14> action)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct
            where T11 : struct where T12 : struct where T13 : struct where T14 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, null), action);
        }

        public Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14>
            LoadAutoGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14> action)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct
            where T11 : struct where T12 : struct where T13 : struct where T14 : struct
        {
            var kernel = accelerator.LoadIndexed(action, null);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14>
            LoadImplicitlyGroupedKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct
            where T11 : struct where T12 : struct where T13 : struct where T14 : struct
        {
            return KernelLaunchers.Indexed(accelerator.LoadIndexed(action, customGroupSize), action);
        }

        public Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14>
            LoadImplicitlyGroupedStreamKernel<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14>(
                Action<TIndex, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14> action, int customGroupSize)
            where TIndex : struct, IIndex where T1 : struct where T2 : struct where T3 : struct where T4 : struct
            where T5 : struct where T6 : struct where T7 : struct where T8 : struct where T9 : struct where T10 : struct
            where T11 : struct where T12 : struct where T13 : struct where T14 : struct
        {
            var kernel = accelerator.LoadIndexed(action, customGroupSize);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Indexed(kernel, action));
        }

        public Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14>
            LoadKernel<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14>(
                Action<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14> action,
                    KernelSpecialization specialization = default)
            where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
            where T7 : struct where T8 : struct where T9 : struct where T10 : struct where T11 : struct where T12 : struct
            where T13 : struct where T14 : struct
        {
            return KernelLaunchers.Grouped(accelerator.LoadGrouped(action, specialization), action);
        }

        public Action<KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14>
            LoadStreamKernel<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14>(
                Action<T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14> action,
                    KernelSpecialization specialization = default)
            where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct
            where T7 : struct where T8 : struct where T9 : struct where T10 : struct where T11 : struct where T12 : struct
            where T13 : struct where T14 : struct
        {
            var kernel = accelerator.LoadGrouped(action, specialization);
            return KernelLaunchers.OnDefaultStream(kernel, KernelLaunchers.Grouped(kernel, action));
        }
    }
}
