namespace IlgpuVq.Tests.Ptx.Machine;

/// <summary>A state space: where on the host an address of it is.</summary>
internal unsafe interface ISpace
{
    /// <exception cref="PtxFault">The address is misaligned, or not all of the bytes live.</exception>
    static abstract byte* Resolve(Warp warp, int lane, ulong address, int bytes);
}

internal readonly unsafe struct GlobalSpace : ISpace
{
    public static byte* Resolve(Warp warp, int lane, ulong address, int bytes)
    {
        Spaces.CheckAligned(address, bytes, lane);
        var recent = warp.Recent;
        if (!recent.Contains(address, bytes))
        {
            recent = warp.Group.Launch.Memory.Find(address);
            if (recent is null || !recent.Contains(address, bytes))
            {
                throw Spaces.Illegal("global", address, bytes, lane);
            }

            warp.Recent = recent;
        }

        return recent.Pointer + (address - recent.Base);
    }
}

internal readonly unsafe struct SharedSpace : ISpace
{
    public static byte* Resolve(Warp warp, int lane, ulong address, int bytes)
    {
        Spaces.CheckAligned(address, bytes, lane);
        var place = warp.Group.Shared(address, bytes);
        return place is null ? throw Spaces.Illegal("shared", address, bytes, lane) : place;
    }
}

internal readonly unsafe struct LocalSpace : ISpace
{
    public static byte* Resolve(Warp warp, int lane, ulong address, int bytes)
    {
        Spaces.CheckAligned(address, bytes, lane);
        var size = (ulong)warp.Group.Launch.Kernel.LocalBytes;
        return address < size && size - address >= (ulong)bytes
            ? warp.Local(lane) + address
            : throw Spaces.Illegal("local", address, bytes, lane);
    }
}

internal readonly unsafe struct ParamSpace : ISpace
{
    public static byte* Resolve(Warp warp, int lane, ulong address, int bytes)
    {
        Spaces.CheckAligned(address, bytes, lane);
        var launch = warp.Group.Launch;
        return address + (ulong)bytes <= (ulong)launch.ParameterBytes
            ? launch.Parameters + address
            : throw Spaces.Illegal("param", address, bytes, lane);
    }
}

internal readonly unsafe struct GenericSpace : ISpace
{
    public static byte* Resolve(Warp warp, int lane, ulong address, int bytes)
    {
        if (GenericWindow.Contains(GenericWindow.Shared, address))
        {
            return SharedSpace.Resolve(warp, lane, address - GenericWindow.Shared, bytes);
        }

        if (GenericWindow.Contains(GenericWindow.Param, address))
        {
            return ParamSpace.Resolve(warp, lane, address - GenericWindow.Param, bytes);
        }

        return GenericWindow.Contains(GenericWindow.Local, address)
            ? LocalSpace.Resolve(warp, lane, address - GenericWindow.Local, bytes)
            : GlobalSpace.Resolve(warp, lane, address, bytes);
    }
}

internal static class Spaces
{
    public static void CheckAligned(ulong address, int bytes, int lane)
    {
        if ((address & (ulong)(bytes - 1)) != 0)
        {
            throw new PtxFault(FaultKind.Misaligned, $"0x{address:X} is not aligned to {bytes} bytes", lane);
        }
    }

    public static PtxFault Illegal(string space, ulong address, int bytes, int lane) =>
        new(FaultKind.IllegalAddress, $"no {bytes} bytes of {space} memory at 0x{address:X}", lane);
}
