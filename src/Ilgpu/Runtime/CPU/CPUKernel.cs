using ILGPU.Frontend;

namespace ILGPU.Runtime.CPU;

/// <summary>Shows the arguments of a launch one by one; returns itself.</summary>
internal interface IArgumentVisitor
{
    IArgumentVisitor Visit<T>(in T argument)
        where T : struct;
}

/// <summary>Shows all arguments of a launch to a visitor.</summary>
internal delegate IArgumentVisitor KernelArguments(IArgumentVisitor visitor);

/// <summary>A kernel on the CPU accelerator.</summary>
internal sealed class CPUKernel(CPUAccelerator accelerator, KernelSource source, KernelSpecialization specialization)
    : Kernel(accelerator, source, specialization)
{
    private bool InOrder => (Source.Scan.Features & KernelFeatures.Atomics) != 0;

    private bool LanesWait => (Source.Scan.Features & KernelFeatures.Rendezvous) != 0;

    /// <summary>Runs <paramref name="body"/> for every index below an extent.</summary>
    internal void Launch<TIndex>(AcceleratorStream stream, TIndex extent, Action<TIndex> body, KernelArguments arguments)
        where TIndex : struct, IIndex
    {
        Check(stream);
        IndexSpace.CheckExtent(Name, extent);
        var launch = Prepare(new KernelConfig(1, 1), arguments);
        accelerator.Share(extent.Size, InOrder, (start, end) => RunIndices(launch, extent, start, end, body));
        GC.KeepAlive(arguments);
    }

    /// <summary>Runs <paramref name="body"/> for every thread of a grid of groups.</summary>
    internal void Launch(AcceleratorStream stream, in KernelConfig config, Action body, KernelArguments arguments)
    {
        Check(stream);
        config.Check(this);
        var launch = Prepare(config, arguments);
        if (LanesWait && launch.GroupSize > 1)
        {
            accelerator.ShareLanes(
                launch.GridDimension.LongSize,
                InOrder,
                (team, start, end) => team.RunGroups(launch, start, end, body));
        }
        else
        {
            accelerator.Share(launch.GridDimension.LongSize, InOrder, (start, end) => RunGroups(launch, start, end, body));
        }

        GC.KeepAlive(arguments);
    }

    private static void RunIndices<TIndex>(KernelLaunch launch, TIndex extent, long start, long end, Action<TIndex> body)
        where TIndex : struct, IIndex
    {
        var thread = KernelThread.Enter(launch);
        var position = start;
        try
        {
            for (; position < end; position++)
            {
                thread.Begin();
                body(IndexSpace.At(extent, position));
            }
        }
        catch (Exception exception)
        {
            throw launch.Failure($"index {IndexSpace.At(extent, position)}", exception);
        }
        finally
        {
            KernelThread.Leave();
        }
    }

    private static void RunGroups(KernelLaunch launch, long start, long end, Action body)
    {
        var thread = KernelThread.Enter(launch);
        var group = new GroupState(launch);
        try
        {
            for (var i = start; i < end; i++)
            {
                group.Begin(i);
                for (var lane = 0; lane < launch.GroupSize; lane++)
                {
                    thread.Begin(group, lane, null);
                    body();
                }
            }
        }
        catch (Exception exception)
        {
            throw launch.Failure($"{group.Place}, lane {thread.GroupIndex}", exception);
        }
        finally
        {
            KernelThread.Leave();
        }
    }

    private KernelLaunch Prepare(in KernelConfig config, KernelArguments arguments)
    {
        if (KernelThread.Current is { } thread)
        {
            throw new InvalidKernelOperationException(
                $"kernel {Name}: expected a launch from host code; got one from kernel {thread.Launch.KernelName}.");
        }

        arguments(new LivenessCheck(this));
        return new(accelerator, Name, config);
    }
}
