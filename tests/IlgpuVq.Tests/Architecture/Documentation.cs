using System.Globalization;
using System.Reflection;
using System.Xml.Linq;

namespace IlgpuVq.Tests.Architecture;

/// <summary>The documentation file that the compiler wrote of an assembly.</summary>
internal sealed class Documentation
{
    private readonly Dictionary<string, XElement> members;

    public Documentation(Assembly assembly) => members = XDocument
        .Load(Path.Combine(AppContext.BaseDirectory, assembly.GetName().Name + ".xml"))
        .Descendants("member")
        .ToDictionary(member => member.Attribute("name")!.Value);

    /// <summary>What stands about a type; null for nothing.</summary>
    public XElement? Of(Type type) => members.GetValueOrDefault("T:" + NameOf(type));

    /// <summary>What stands about a method, constructor or operator; null for nothing.</summary>
    public XElement? Of(MethodBase method) => members.GetValueOrDefault(IdOf(method));

    /// <summary>The identifier by which the compiler files a method.</summary>
    public static string IdOf(MethodBase method)
    {
        var name = method.IsConstructor ? "#ctor" : method.Name.Replace('.', '#');
        var arity = method.IsGenericMethod ? $"``{method.GetGenericArguments().Length}" : "";
        var parameters = string.Join(',', method.GetParameters().Select(parameter => IdOf(parameter.ParameterType)));
        var result = method is MethodInfo { Name: "op_Implicit" or "op_Explicit" } conversion ? "~" + IdOf(conversion.ReturnType)
            : "";
        return $"M:{NameOf(method.DeclaringType!)}.{name}{arity}{(parameters.Length == 0 ? "" : $"({parameters})")}{result}";
    }

    private static string NameOf(Type type) => type.IsNested
        ? $"{NameOf(type.DeclaringType!)}.{type.Name}"
        : $"{type.Namespace}.{type.Name}";

    private static string IdOf(Type type)
    {
        if (type.IsByRef)
        {
            return IdOf(type.GetElementType()!) + "@";
        }

        if (type.IsPointer)
        {
            return IdOf(type.GetElementType()!) + "*";
        }

        if (type.IsArray)
        {
            var rank = type.GetArrayRank();
            return IdOf(type.GetElementType()!) + (rank == 1 ? "[]" : $"[{string.Join(',', Enumerable.Repeat("0:", rank))}]");
        }

        if (type.IsGenericParameter)
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"{(type.DeclaringMethod is null ? "`" : "``")}{type.GenericParameterPosition}");
        }

        if (!type.IsGenericType)
        {
            return NameOf(type);
        }

        var name = NameOf(type.GetGenericTypeDefinition());
        var arguments = string.Join(',', type.GetGenericArguments().Select(IdOf));
        return $"{name[..name.IndexOf('`', StringComparison.Ordinal)]}{{{arguments}}}";
    }
}
