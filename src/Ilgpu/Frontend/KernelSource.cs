using System.Reflection;
using System.Runtime.CompilerServices;

namespace ILGPU.Frontend;

/// <summary>The method of a kernel, with what is known of it before it is compiled.</summary>
internal sealed class KernelSource
{
    private static readonly ConditionalWeakTable<MethodInfo, KernelSource> Sources = [];

    private KernelSource(MethodInfo method)
    {
        Method = method;
        Name = MethodName.Of(method);
        foreach (var parameter in method.GetParameters())
        {
            ElementTypes.Check(parameter.ParameterType, $"kernel {Name}, parameter {parameter.Name}");
        }

        Scan = KernelScan.Of(method);
    }

    public MethodInfo Method { get; }

    /// <summary>The name by which errors call the kernel.</summary>
    public string Name { get; }

    public KernelScan Scan { get; }

    /// <summary>The kernel behind a delegate.</summary>
    /// <exception cref="InternalCompilerException">It captures variables, or has parameters that kernels cannot take.</exception>
    public static KernelSource Of(Delegate action)
    {
        ArgumentNullException.ThrowIfNull(action);
        if (!action.HasSingleTarget)
        {
            throw new InternalCompilerException($"kernel {MethodName.Of(action.Method)}: expected one method; got several.");
        }

        if (action.Target is { } target && (action.Method.IsStatic || HasState(target.GetType())))
        {
            throw new InternalCompilerException(
                $"kernel {MethodName.Of(action.Method)}: expected a static method, or a lambda that captures nothing; " +
                $"got one that captures {target.GetType().Name}. Pass what it needs as parameters.");
        }

        return Sources.GetValue(action.Method, method => new KernelSource(method));
    }

    /// <exception cref="InternalCompilerException">The kernel needs groups that it can see.</exception>
    public void RequireImplicitGrouping()
    {
        foreach (var (features, member, caller) in Scan.Uses)
        {
            if ((features & KernelFeatures.ExplicitGroups) != 0)
            {
                throw new InternalCompilerException(
                    $"kernel {Name}: expected no group, warp or shared memory features in an implicitly grouped kernel; " +
                    $"got {MethodName.Of(member)} in {MethodName.Of(caller)}. " +
                    "Load it with LoadStreamKernel and give it a KernelConfig.");
            }
        }
    }

    private static bool HasState(Type type) =>
        type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Length > 0;
}
