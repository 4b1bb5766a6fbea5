using System.Runtime.InteropServices;

namespace ILGPU.Runtime.OpenCL;

/// <content>Programs, kernels, and what queues are given.</content>
internal sealed unsafe partial class CLLibrary
{
    private readonly delegate* unmanaged<nint, uint, byte**, nuint*, CLError*, nint> createProgramWithSource =
        (delegate* unmanaged<nint, uint, byte**, nuint*, CLError*, nint>)export("clCreateProgramWithSource");

    private readonly delegate* unmanaged<nint, uint, nint*, nuint*, byte**, CLError*, CLError*, nint> createProgramWithBinary =
        (delegate* unmanaged<nint, uint, nint*, nuint*, byte**, CLError*, CLError*, nint>)export("clCreateProgramWithBinary");

    private readonly delegate* unmanaged<nint, uint, nint*, byte*, nint, nint, CLError> buildProgram =
        (delegate* unmanaged<nint, uint, nint*, byte*, nint, nint, CLError>)export("clBuildProgram");

    private readonly delegate* unmanaged<nint, CLInfo, nuint, void*, nuint*, CLError> getProgramInfo =
        (delegate* unmanaged<nint, CLInfo, nuint, void*, nuint*, CLError>)export("clGetProgramInfo");

    private readonly delegate* unmanaged<nint, nint, CLInfo, nuint, void*, nuint*, CLError> getProgramBuildInfo =
        (delegate* unmanaged<nint, nint, CLInfo, nuint, void*, nuint*, CLError>)export("clGetProgramBuildInfo");

    private readonly delegate* unmanaged<nint, byte*, CLError*, nint> createKernel =
        (delegate* unmanaged<nint, byte*, CLError*, nint>)export("clCreateKernel");

    private readonly delegate* unmanaged<nint, CLInfo, nuint, void*, nuint*, CLError> getKernelInfo =
        (delegate* unmanaged<nint, CLInfo, nuint, void*, nuint*, CLError>)export("clGetKernelInfo");

    private readonly delegate* unmanaged<nint, nint, CLInfo, nuint, void*, nuint*, CLError> getKernelWorkGroupInfo =
        (delegate* unmanaged<nint, nint, CLInfo, nuint, void*, nuint*, CLError>)export("clGetKernelWorkGroupInfo");

    private readonly delegate* unmanaged<nint, uint, nuint, void*, CLError> setKernelArg =
        (delegate* unmanaged<nint, uint, nuint, void*, CLError>)export("clSetKernelArg");

    private readonly delegate* unmanaged<nint, nint, uint, nuint*, nuint*, nuint*, uint, nint*, nint*, CLError> enqueueKernel =
        (delegate* unmanaged<nint, nint, uint, nuint*, nuint*, nuint*, uint, nint*, nint*, CLError>)
        export("clEnqueueNDRangeKernel");

    private readonly delegate* unmanaged<nint, nint, uint, nuint, nuint, void*, uint, nint*, nint*, CLError> enqueueRead =
        (delegate* unmanaged<nint, nint, uint, nuint, nuint, void*, uint, nint*, nint*, CLError>)export("clEnqueueReadBuffer");

    private readonly delegate* unmanaged<nint, nint, uint, nuint, nuint, void*, uint, nint*, nint*, CLError> enqueueWrite =
        (delegate* unmanaged<nint, nint, uint, nuint, nuint, void*, uint, nint*, nint*, CLError>)export("clEnqueueWriteBuffer");

    private readonly delegate* unmanaged<nint, nint, nint, nuint, nuint, nuint, uint, nint*, nint*, CLError> enqueueCopy =
        (delegate* unmanaged<nint, nint, nint, nuint, nuint, nuint, uint, nint*, nint*, CLError>)export("clEnqueueCopyBuffer");

    private readonly delegate* unmanaged<nint, nint, void*, nuint, nuint, nuint, uint, nint*, nint*, CLError> enqueueFill =
        (delegate* unmanaged<nint, nint, void*, nuint, nuint, nuint, uint, nint*, nint*, CLError>)export("clEnqueueFillBuffer");

    private readonly delegate* unmanaged<nint, uint, nint*, ulong, uint, nint*, nint*, CLError> enqueueMigrate =
        (delegate* unmanaged<nint, uint, nint*, ulong, uint, nint*, nint*, CLError>)export("clEnqueueMigrateMemObjects");

    private readonly delegate* unmanaged<nint, uint, nint*, nint*, CLError> enqueueMarker =
        (delegate* unmanaged<nint, uint, nint*, nint*, CLError>)export("clEnqueueMarkerWithWaitList");

    private readonly delegate* unmanaged<uint, nint*, CLError> waitForEvents =
        (delegate* unmanaged<uint, nint*, CLError>)export("clWaitForEvents");

    private readonly delegate* unmanaged<nint, CLInfo, nuint, void*, nuint*, CLError> getEventProfilingInfo =
        (delegate* unmanaged<nint, CLInfo, nuint, void*, nuint*, CLError>)export("clGetEventProfilingInfo");

    private readonly delegate* unmanaged<nint, CLError> finish = (delegate* unmanaged<nint, CLError>)export("clFinish");

    /// <summary>By <see cref="CLObjectKind"/>.</summary>
    private readonly delegate* unmanaged<nint, CLError>[] releases =
    [
        (delegate* unmanaged<nint, CLError>)export("clReleaseContext"),
        (delegate* unmanaged<nint, CLError>)export("clReleaseCommandQueue"),
        (delegate* unmanaged<nint, CLError>)export("clReleaseMemObject"),
        (delegate* unmanaged<nint, CLError>)export("clReleaseProgram"),
        (delegate* unmanaged<nint, CLError>)export("clReleaseKernel"),
        (delegate* unmanaged<nint, CLError>)export("clReleaseEvent"),
    ];

    public CLHandle CreateProgram(CLHandle context, ReadOnlySpan<byte> source)
    {
        fixed (byte* text = source)
        {
            var start = text;
            var length = (nuint)source.Length;
            CLError error;
            var program = createProgramWithSource(context.Value, 1, &start, &length, &error);
            return Own(program, CLObjectKind.Program, error, "clCreateProgramWithSource");
        }
    }

    /// <summary>A program from what <see cref="GetProgramBinary"/> gave before, or none where the driver does not take it.</summary>
    public CLHandle? TryCreateProgramFromBinary(CLHandle context, nint device, ReadOnlySpan<byte> binary)
    {
        fixed (byte* bytes = binary)
        {
            var start = bytes;
            var length = (nuint)binary.Length;
            CLError error, binaryStatus;
            var program = createProgramWithBinary(context.Value, 1, &device, &length, &start, &binaryStatus, &error);
            return error == CLError.CL_SUCCESS ? Own(program, CLObjectKind.Program, error, "clCreateProgramWithBinary") : null;
        }
    }

    public CLError BuildProgram(CLHandle program, nint device, ReadOnlySpan<byte> optionsWithEnd)
    {
        fixed (byte* options = optionsWithEnd)
        {
            return buildProgram(program.Value, 1, &device, options, 0, 0);
        }
    }

    public string GetBuildLog(CLHandle program, nint device)
    {
        nuint size = 0;
        if (getProgramBuildInfo(program.Value, device, CLInfo.ProgramBuildLog, 0, null, &size) != CLError.CL_SUCCESS)
        {
            return "";
        }

        var log = new byte[size];
        fixed (byte* pointer = log)
        {
            _ = getProgramBuildInfo(program.Value, device, CLInfo.ProgramBuildLog, size, pointer, null);
        }

        return Text(log);
    }

    /// <summary>The compiled program of the one device that it was built for; empty where the driver gives none.</summary>
    public byte[] GetProgramBinary(CLHandle program)
    {
        nuint size = 0;
        if (getProgramInfo(program.Value, CLInfo.ProgramBinarySizes, (nuint)sizeof(nuint), &size, null) != CLError.CL_SUCCESS)
        {
            return [];
        }

        var binary = new byte[size];
        fixed (byte* pointer = binary)
        {
            var start = pointer;
            return getProgramInfo(program.Value, CLInfo.ProgramBinaries, (nuint)sizeof(byte*), &start, null) == CLError.CL_SUCCESS
                ? binary
                : [];
        }
    }

    public CLHandle CreateKernel(CLHandle program, ReadOnlySpan<byte> nameWithEnd)
    {
        fixed (byte* name = nameWithEnd)
        {
            CLError error;
            return Own(createKernel(program.Value, name, &error), CLObjectKind.Kernel, error, "clCreateKernel");
        }
    }

    public int GetArgumentCount(CLHandle kernel) =>
        MemoryMarshal.Read<int>(Query(getKernelInfo, kernel.Value, CLInfo.KernelNumArgs, "clGetKernelInfo"));

    /// <summary>A size that a kernel has on a device; all are 64 bits there.</summary>
    public long GetKernelSize(CLHandle kernel, nint device, CLInfo info)
    {
        long value = 0;
        var error = getKernelWorkGroupInfo(kernel.Value, device, info, sizeof(long), &value, null);
        CLException.ThrowIfFailed(error, $"clGetKernelWorkGroupInfo({info})");
        return value;
    }

    public CLError SetBuffer(CLHandle kernel, int index, nint buffer) =>
        setKernelArg(kernel.Value, (uint)index, (nuint)sizeof(nint), buffer == 0 ? null : &buffer);

    public CLError SetValue(CLHandle kernel, int index, ReadOnlySpan<byte> value)
    {
        fixed (byte* bytes = value)
        {
            return setKernelArg(kernel.Value, (uint)index, (nuint)value.Length, bytes);
        }
    }

    public CLError SetSharedMemory(CLHandle kernel, int index, long size) =>
        setKernelArg(kernel.Value, (uint)index, (nuint)size, null);

    public CLError EnqueueKernel(CLHandle queue, CLHandle kernel, ReadOnlySpan<nuint> global, ReadOnlySpan<nuint> local)
    {
        fixed (nuint* globalSizes = global, localSizes = local)
        {
            return enqueueKernel(
                queue.Value, kernel.Value, (uint)global.Length, null, globalSizes, localSizes, 0, null, null);
        }
    }

    /// <summary>Reads and waits.</summary>
    public CLError Read(CLHandle queue, CLHandle buffer, long offset, Span<byte> target)
    {
        fixed (byte* bytes = target)
        {
            return enqueueRead(queue.Value, buffer.Value, 1, (nuint)offset, (nuint)target.Length, bytes, 0, null, null);
        }
    }

    /// <summary>Writes and waits.</summary>
    public CLError Write(CLHandle queue, CLHandle buffer, long offset, ReadOnlySpan<byte> source)
    {
        fixed (byte* bytes = source)
        {
            return enqueueWrite(queue.Value, buffer.Value, 1, (nuint)offset, (nuint)source.Length, bytes, 0, null, null);
        }
    }

    /// <summary>The ranges must not overlap.</summary>
    public CLError EnqueueCopy(CLHandle queue, CLHandle source, long sourceOffset, CLHandle target, long targetOffset, long length) =>
        enqueueCopy(
            queue.Value, source.Value, target.Value, (nuint)sourceOffset, (nuint)targetOffset, (nuint)length, 0, null, null);

    /// <summary>The pattern must divide offset and length.</summary>
    public CLError EnqueueFill(CLHandle queue, CLHandle buffer, ReadOnlySpan<byte> pattern, long offset, long length)
    {
        fixed (byte* bytes = pattern)
        {
            return enqueueFill(
                queue.Value, buffer.Value, bytes, (nuint)pattern.Length, (nuint)offset, (nuint)length, 0, null, null);
        }
    }

    /// <summary>Makes the device find room for a buffer now, whose content is not kept.</summary>
    public CLError EnqueuePlacement(CLHandle queue, CLHandle buffer)
    {
        const ulong ContentUndefined = 2;
        var memory = buffer.Value;
        return enqueueMigrate(queue.Value, 1, &memory, ContentUndefined, 0, null, null);
    }

    public CLError EnqueueMarker(CLHandle queue, out CLHandle? marker)
    {
        nint handle;
        var error = enqueueMarker(queue.Value, 0, null, &handle);
        marker = error == CLError.CL_SUCCESS ? Own(handle, CLObjectKind.Event, error, "clEnqueueMarkerWithWaitList") : null;
        return error;
    }

    public CLError Wait(CLHandle marker)
    {
        var handle = marker.Value;
        return waitForEvents(1, &handle);
    }

    /// <summary>When a marker was reached, in nanoseconds of the device's clock.</summary>
    public CLError GetEndTime(CLHandle marker, out long nanoseconds)
    {
        long time = 0;
        var error = getEventProfilingInfo(marker.Value, CLInfo.ProfilingCommandEnd, sizeof(long), &time, null);
        nanoseconds = time;
        return error;
    }

    public CLError Finish(CLHandle queue) => finish(queue.Value);
}
