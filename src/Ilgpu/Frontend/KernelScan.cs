using System.Reflection;

namespace ILGPU.Frontend;

/// <summary>What a kernel and everything it calls use of the machine model.</summary>
/// <param name="Features">All features together.</param>
/// <param name="Uses">For each feature, a member that has it and the method that calls it.</param>
internal sealed record KernelScan(
    KernelFeatures Features,
    IReadOnlyList<(KernelFeatures Features, MethodBase Member, MethodBase Caller)> Uses)
{
    /// <summary>Calls within calls that are followed; code that calls itself with ever new types would have no end.</summary>
    public const int MaxDepth = 100;

    /// <summary>Reads the kernel and, through it, every method of user code that it can reach.</summary>
    public static KernelScan Of(MethodBase kernel)
    {
        var features = KernelFeatures.None;
        var uses = new List<(KernelFeatures, MethodBase, MethodBase)>();
        var visited = new HashSet<MethodBase> { kernel };
        var pending = new Queue<(MethodBase Method, int Depth)>([(kernel, 0)]);
        while (pending.TryDequeue(out var next))
        {
            var (caller, depth) = next;
            foreach (var callee in CallResolver.CallsOf(caller))
            {
                var used = FeaturesOf(callee);
                if (used != KernelFeatures.None)
                {
                    features |= used;
                    uses.Add((used, callee, caller));
                }
                else if (depth < MaxDepth && IsReadable(callee) && visited.Add(callee))
                {
                    pending.Enqueue((callee, depth + 1));
                }
            }
        }

        return new(features, uses);
    }

    private static KernelFeatures FeaturesOf(MethodBase method)
    {
        if (method.Module.Assembly != typeof(KernelScan).Assembly)
        {
            return KernelFeatures.None;
        }

        var own = method.GetCustomAttribute<KernelFeatureAttribute>()?.Features ?? KernelFeatures.None;
        var type = method.DeclaringType?.GetCustomAttribute<KernelFeatureAttribute>()?.Features ?? KernelFeatures.None;
        return own | type;
    }

    /// <summary>The core library calls no kernel API, and neither do the parts of this one that are not marked.</summary>
    private static bool IsReadable(MethodBase method) =>
        method.Module.Assembly != typeof(object).Assembly && method.Module.Assembly != typeof(KernelScan).Assembly;
}
