using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;
using ArchUnitNET.Domain;
using ArchUnitNET.Domain.Dependencies;
using ArchUnitNET.Loader;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Laws.Registry;
using Xunit;
using Assembly = System.Reflection.Assembly;
using Module = IlgpuVq.Models.Module;
using Type = System.Type;

namespace IlgpuVq.Tests.Architecture;

/// <summary>What is public in the libraries says what it is.</summary>
/// <remarks>A member is documented by words of its own, or by those of what it overrides or implements; a constructor also by
/// the parameters of its type, an op's Apply by its class. An operator means what it means everywhere, or its type says
/// what.</remarks>
public sealed class DocumentationTests
{
    /// <summary>Members that have no words yet.</summary>
    private static readonly HashSet<string> Later =
    [
        "M:IlgpuVq.Models.Layers.Conv2dLayer.#ctor(IlgpuVq.Models.ModuleScope,IlgpuVq.Models.Layers.ConvShape,"
            + "IlgpuVq.Tensors.Conv2dParams,IlgpuVq.Tensors.Activation,System.Boolean)",
        "M:IlgpuVq.Models.Layers.ConvTranspose2dLayer.#ctor(IlgpuVq.Models.ModuleScope,IlgpuVq.Models.Layers.ConvShape,"
            + "IlgpuVq.Tensors.Conv2dParams,IlgpuVq.Tensors.Activation)",
        "M:IlgpuVq.Models.Layers.ConvTranspose2dLayer.Forward(IlgpuVq.Autograd.Variable)",
        "M:IlgpuVq.Models.Optimization.Adam.#ctor(System.Collections.Generic.IEnumerable{IlgpuVq.Autograd.Parameter},"
            + "IlgpuVq.Models.Optimization.AdamOptions,System.Single)",
    ];

    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Assembly[] Libraries = [typeof(Device).Assembly, typeof(Tape).Assembly, typeof(Module).Assembly];

    private static readonly Dictionary<Assembly, Documentation> Words =
        Libraries.ToDictionary(library => library, library => new Documentation(library));

    private static IEnumerable<Type> PublicTypes => Libraries.SelectMany(library => library.GetExportedTypes());

    private static IEnumerable<Type> Ops => typeof(Tape).Assembly.GetExportedTypes()
        .Where(type => type is { IsAbstract: true, IsSealed: true } && Applies(type).Any());

    [Fact]
    public void Every_public_type_has_a_summary() =>
        AssertNone(PublicTypes.Where(type => !HasText(Words[type.Assembly].Of(type), "summary")).Select(type => type.FullName!));

    [Fact]
    public void Every_public_member_with_parameters_is_documented() =>
        AssertNone(PublicTypes.SelectMany(MethodsOf).Where(method => !IsDocumented(method))
            .Select(Documentation.IdOf).Except(Later));

    [Fact]
    public void Every_op_tells_its_shapes_and_its_gradient()
    {
        Assert.NotEmpty(Ops);
        AssertNone(
            from op in Ops
            let text = Words[op.Assembly].Of(op)?.Value ?? ""
            from paragraph in new[] { "Shapes:", "Gradient" }
            where !text.Contains(paragraph, StringComparison.Ordinal)
            select $"{op.Name}: {paragraph}");
    }

    [Fact]
    public void Every_op_that_refuses_shapes_says_so() =>
        AssertNone(
            from op in OpRegistry.Rows.Where(row => row.BadInputs.Count > 0).Select(row => row.Op).Distinct()
            where !Applies(op).Any(method => Tells(method, typeof(ShapeException)))
            select op.Name);

    [Fact]
    public void Every_public_method_that_refuses_shapes_says_so()
    {
        var code = new ArchLoader().LoadAssemblies(Libraries).Build();
        var throwing = ThrowersOf(code, typeof(ShapeException)).ToHashSet();
        Assert.NotEmpty(throwing);
        AssertNone(
            from type in PublicTypes
            from methods in MethodsOf(type).Where(method => !method.IsConstructor).GroupBy(method => method.Name)
            where throwing.Contains((type.FullName!, methods.Key)) &&
                !methods.Any(method => Tells(method, typeof(ShapeException)))
            select $"{type.FullName}.{methods.Key}");
    }

    /// <summary>Methods whose bodies, or those that they call in the same type, make such an exception.</summary>
    private static IEnumerable<(string Type, string Method)> ThrowersOf(ArchUnitNET.Domain.Architecture code, Type exception)
    {
        var callers = code.MethodMembers
            .SelectMany(caller => caller.MemberDependencies.OfType<MethodCallDependency>()
                .Select(call => (Caller: caller, Called: (MethodMember)call.TargetMember)))
            .ToLookup(call => call.Called, call => call.Caller);
        var open = new Queue<MethodMember>(callers
            .Where(calls => calls.Key.DeclaringType.FullName == exception.FullName)
            .SelectMany(calls => calls));
        var seen = new HashSet<MethodMember>();
        while (open.TryDequeue(out var method))
        {
            if (seen.Add(method))
            {
                yield return (Outermost(method.DeclaringType), NameOf(method));
                foreach (var caller in callers[method].Where(
                    caller => Outermost(caller.DeclaringType) == Outermost(method.DeclaringType)))
                {
                    open.Enqueue(caller);
                }
            }
        }

        static string Outermost(IType type) => type.FullName.Split('+')[0];

        static string NameOf(MethodMember method) => method.Name.Split('(', '<')[0];
    }

    private static IEnumerable<MethodBase> MethodsOf(Type type) =>
        typeof(Delegate).IsAssignableFrom(type)
            ? []
            : type.GetMethods(Declared).Cast<MethodBase>().Concat(type.GetConstructors(Declared))
            .Where(method => method.GetParameters().Length > 0 && !method.IsDefined(typeof(CompilerGeneratedAttribute)))
            .Where(method => !method.IsSpecialName || method.IsConstructor);

    private static bool IsDocumented(MethodBase method)
    {
        var type = method.DeclaringType!;
        var own = Words[type.Assembly].Of(method);
        return own is not null && own.Elements().Any(part => part.Name == "inheritdoc" || part.Value.Length > 0)
            || (method is MethodInfo { IsVirtual: true } redefined && Inherits(redefined))
            || (method.IsConstructor && TellsAll(Words[type.Assembly].Of(type), method))
            || (method.Name == "Apply" && Ops.Contains(type) && HasText(Words[type.Assembly].Of(type), "summary"));
    }

    /// <summary>Whether the words are those of what it overrides or implements: ours, which is looked at itself, or the
    /// platform's.</summary>
    private static bool Inherits(MethodInfo method) => method.GetBaseDefinition().DeclaringType != method.DeclaringType
        || method.DeclaringType!.GetInterfaces().Any(contract => !method.DeclaringType.IsInterface
            && method.DeclaringType.GetInterfaceMap(contract).TargetMethods.Contains(method));

    private static bool TellsAll(XElement? words, MethodBase method) => words is not null && method.GetParameters().All(
        parameter => words.Elements("param").Any(part =>
            part.Attribute("name")?.Value == parameter.Name && part.Value.Length > 0));

    private static bool Tells(MethodBase method, Type exception) =>
        Words[method.DeclaringType!.Assembly].Of(method) is { } words
        && (words.Elements("exception").Any(part => part.Attribute("cref")?.Value == "T:" + exception.FullName)
            || words.Element("inheritdoc") is not null);

    private static IEnumerable<MethodInfo> Applies(Type op) => op.GetMethods(Declared).Where(method => method.Name == "Apply");

    private static bool HasText(XElement? words, string part) =>
        words is not null && (words.Element("inheritdoc") is not null || words.Element(part)?.Value.Trim().Length > 0);

    private static void AssertNone(IEnumerable<string> missing)
    {
        var lines = missing.Distinct().Order(StringComparer.Ordinal).ToArray();
        Assert.True(lines.Length == 0, string.Join('\n', lines));
    }
}
