using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>What a thread can ask about itself and its launch.</summary>
internal enum SpecialRegister
{
    TidX,
    TidY,
    TidZ,
    NtidX,
    NtidY,
    NtidZ,
    CtaidX,
    CtaidY,
    CtaidZ,
    NctaidX,
    NctaidY,
    NctaidZ,
    LaneId,
    WarpId,
    WarpCount,
    LaneMaskEq,
    LaneMaskLt,
    LaneMaskLe,
    LaneMaskGt,
    LaneMaskGe,
    DynamicSharedBytes,
    TotalSharedBytes,
    Clock,
    Clock64,
    GlobalTimer,
}

internal static class SpecialRegisters
{
    private static readonly Dictionary<string, SpecialRegister> ByName = new()
    {
        ["%tid.x"] = SpecialRegister.TidX,
        ["%tid.y"] = SpecialRegister.TidY,
        ["%tid.z"] = SpecialRegister.TidZ,
        ["%ntid.x"] = SpecialRegister.NtidX,
        ["%ntid.y"] = SpecialRegister.NtidY,
        ["%ntid.z"] = SpecialRegister.NtidZ,
        ["%ctaid.x"] = SpecialRegister.CtaidX,
        ["%ctaid.y"] = SpecialRegister.CtaidY,
        ["%ctaid.z"] = SpecialRegister.CtaidZ,
        ["%nctaid.x"] = SpecialRegister.NctaidX,
        ["%nctaid.y"] = SpecialRegister.NctaidY,
        ["%nctaid.z"] = SpecialRegister.NctaidZ,
        ["%laneid"] = SpecialRegister.LaneId,
        ["%warpid"] = SpecialRegister.WarpId,
        ["%nwarpid"] = SpecialRegister.WarpCount,
        ["%lanemask_eq"] = SpecialRegister.LaneMaskEq,
        ["%lanemask_lt"] = SpecialRegister.LaneMaskLt,
        ["%lanemask_le"] = SpecialRegister.LaneMaskLe,
        ["%lanemask_gt"] = SpecialRegister.LaneMaskGt,
        ["%lanemask_ge"] = SpecialRegister.LaneMaskGe,
        ["%dynamic_smem_size"] = SpecialRegister.DynamicSharedBytes,
        ["%total_smem_size"] = SpecialRegister.TotalSharedBytes,
        ["%clock"] = SpecialRegister.Clock,
        ["%clock64"] = SpecialRegister.Clock64,
        ["%globaltimer"] = SpecialRegister.GlobalTimer,
    };

    public static SpecialRegister? Find(string name) => ByName.TryGetValue(name, out var register) ? register : null;

    public static PtxType TypeOf(SpecialRegister register) =>
        PtxType.Get(register is SpecialRegister.Clock64 or SpecialRegister.GlobalTimer ? "u64" : "u32");

    /// <summary>The version of PTX that a register came with.</summary>
    public static PtxVersion Since(SpecialRegister register) => register switch
    {
        SpecialRegister.DynamicSharedBytes or SpecialRegister.TotalSharedBytes => new(4, 1),
        SpecialRegister.GlobalTimer => new(3, 1),
        >= SpecialRegister.LaneMaskEq and <= SpecialRegister.LaneMaskGe => new(2, 0),
        _ => new(1, 0),
    };

    public static ulong Value(SpecialRegister register, Warp warp, int lane)
    {
        var launch = warp.Group.Launch;
        var (x, y, z) = launch.Dimensions;
        var thread = (uint)((warp.Index * Warp.Size) + lane);
        return register switch
        {
            SpecialRegister.TidX => thread % x,
            SpecialRegister.TidY => thread / x % y,
            SpecialRegister.TidZ => thread / x / y,
            SpecialRegister.NtidX => x,
            SpecialRegister.NtidY => y,
            SpecialRegister.NtidZ => z,
            SpecialRegister.CtaidX => warp.Group.Position.X,
            SpecialRegister.CtaidY => warp.Group.Position.Y,
            SpecialRegister.CtaidZ => warp.Group.Position.Z,
            SpecialRegister.NctaidX => launch.Grid.X,
            SpecialRegister.NctaidY => launch.Grid.Y,
            SpecialRegister.NctaidZ => launch.Grid.Z,
            SpecialRegister.LaneId => (ulong)lane,
            SpecialRegister.WarpId => (ulong)warp.Index,
            SpecialRegister.WarpCount => (ulong)((launch.GroupThreads + Warp.Size - 1) / Warp.Size),
            SpecialRegister.LaneMaskEq => 1u << lane,
            SpecialRegister.LaneMaskLt => (1u << lane) - 1,
            SpecialRegister.LaneMaskLe => (2u << lane) - 1,
            SpecialRegister.LaneMaskGt => ~((2u << lane) - 1),
            SpecialRegister.LaneMaskGe => ~((1u << lane) - 1),
            SpecialRegister.DynamicSharedBytes => (ulong)launch.DynamicSharedBytes,
            SpecialRegister.TotalSharedBytes => (ulong)warp.Group.SharedBytes,
            _ => (ulong)warp.LaneInstructions / Warp.Size,
        };
    }
}
