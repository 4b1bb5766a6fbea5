namespace IlgpuVq.Tests.Ptx.Machine;

/// <summary>Where shared and local memory lie among generic addresses. Global memory has the same addresses in both.</summary>
internal static class GenericWindow
{
    public const ulong Shared = 0x7_1000_0000_0000;
    public const ulong Local = 0x7_2000_0000_0000;
    public const ulong Param = 0x7_3000_0000_0000;

    private const ulong Bytes = 1UL << 32;

    public static ulong Of(string space) => space switch
    {
        "shared" => Shared,
        "local" => Local,
        "param" => Param,
        _ => 0,
    };

    public static bool Contains(ulong window, ulong address) => address - window < Bytes;
}
