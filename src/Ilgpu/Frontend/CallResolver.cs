using System.Reflection;
using System.Reflection.Emit;

namespace ILGPU.Frontend;

/// <summary>Finds the methods that a method calls, with the type arguments that it has there.</summary>
internal static class CallResolver
{
    /// <summary>The targets of all calls, constructions and function pointers of a method, in their order.</summary>
    public static IEnumerable<MethodBase> CallsOf(MethodBase method)
    {
        var typeArguments = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        Type? constraint = null;
        foreach (var instruction in InstructionReader.Read(method))
        {
            if (instruction.OpCode == OpCodes.Constrained)
            {
                constraint = method.Module.ResolveType(instruction.Token, typeArguments, methodArguments);
            }
            else if (instruction.OpCode.OperandType == OperandType.InlineMethod)
            {
                var target = method.Module.ResolveMethod(instruction.Token, typeArguments, methodArguments);
                if (target is not null)
                {
                    yield return constraint is null ? target : Implementation(target, constraint);
                }

                constraint = null;
            }
        }
    }

    /// <summary>
    /// What a call of an interface or virtual method runs when the receiver, or the static context, is of a known type.
    /// </summary>
    internal static MethodBase Implementation(MethodBase method, Type type)
    {
        if (method is not MethodInfo declared || method.DeclaringType is not { } declaring)
        {
            return method;
        }

        var definition = declared.IsGenericMethod ? declared.GetGenericMethodDefinition() : declared;
        var implementation = declaring.IsInterface
            ? InterfaceImplementation(definition, declaring, type)
            : VirtualImplementation(definition, type);
        return implementation is { IsGenericMethodDefinition: true }
            ? implementation.MakeGenericMethod(declared.GetGenericArguments())
            : implementation ?? method;
    }

    private static MethodInfo? InterfaceImplementation(MethodInfo method, Type declaring, Type type)
    {
        if (type.IsInterface || type.IsArray || !declaring.IsAssignableFrom(type))
        {
            return null;
        }

        var map = type.GetInterfaceMap(declaring);
        var slot = Array.FindIndex(map.InterfaceMethods, candidate => candidate.MetadataToken == method.MetadataToken);
        return slot < 0 ? null : map.TargetMethods[slot];
    }

    private static MethodInfo? VirtualImplementation(MethodInfo method, Type type) =>
        type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
            .FirstOrDefault(candidate => candidate.GetBaseDefinition() == method.GetBaseDefinition());
}
