namespace ILGPU;

/// <summary>
/// Orders what a thread writes before against what it writes after, as others see it. Nobody waits for anybody.
/// </summary>
public static class MemoryFence
{
    /// <summary>For the threads of the group.</summary>
    public static void GroupLevel() => Thread.MemoryBarrier();

    /// <summary>For all threads of the device.</summary>
    public static void DeviceLevel() => Thread.MemoryBarrier();

    /// <summary>For the host as well.</summary>
    public static void SystemLevel() => Thread.MemoryBarrier();
}
