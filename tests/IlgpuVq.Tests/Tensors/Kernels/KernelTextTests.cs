using System.Reflection;
using System.Runtime.CompilerServices;
using ILGPU;
using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Kernels;
using Xunit;

namespace IlgpuVq.Tests.Tensors.Kernels;

/// <summary>What every kernel's text must not have: each is a fault of ILGPU 1.5.3, or of a kernel, that no error tells
/// of.</summary>
public sealed class KernelTextTests
{
    private static readonly Lazy<IReadOnlyList<KernelText>> Texts = new(FunctionTour.Texts);

    private static readonly Lazy<IReadOnlyCollection<Type>> Types = new(() => KernelList.All(FunctionTour.Run));

    [Fact]
    public void Every_kernel_of_the_primitives_is_shown()
    {
        var kernels = typeof(Device).Assembly.GetTypes().Where(type => type.IsValueType
            && (typeof(IKernel).IsAssignableFrom(type) || typeof(IGroupKernel).IsAssignableFrom(type))).ToList();
        Assert.True(kernels.Count > 30, $"{kernels.Count} kernels");
        var shown = Types.Value.Select(type => type.IsGenericType ? type.GetGenericTypeDefinition() : type).ToHashSet();
        Assert.Equal([], kernels.Where(kernel => !shown.Contains(kernel)).Select(KernelEntry.NameOf));
        Assert.Equal(Types.Value.Select(KernelEntry.NameOf).Order(StringComparer.Ordinal), Texts.Value.Select(text => text.Name));
    }

    [Fact]
    public void Kernels_are_visible_to_the_assembly_in_which_ILGPU_makes_their_launchers()
    {
        // ILGPU's assembly sees what is internal where it is a friend.
        var seen = new HashSet<Type>();
        foreach (var kernel in Types.Value)
        {
            Visit(kernel);
        }

        Assert.True(seen.Count > Types.Value.Count);
        Assert.Equal([], seen.Where(IsHidden).Select(KernelEntry.NameOf));

        void Visit(Type type)
        {
            if (seen.Add(type) && IsOurs(type))
            {
                foreach (var part in type.GetGenericArguments()
                    .Concat(type.GetFields(KernelFaults.Fields).Select(field => field.FieldType)))
                {
                    Visit(part);
                }
            }
        }
    }

    [Fact]
    public void Types_that_are_hidden_would_be_found()
    {
        Assert.True(IsHidden(typeof(Hidden)));
        Assert.True(IsHidden(typeof(Hidden.Inner)));
        Assert.True(IsHidden(typeof(Assert).Assembly.GetTypes().First(type => type is { IsNotPublic: true, IsNested: false })));
        Assert.False(IsHidden(typeof(KernelFaultTests.Fused)));
    }

    [Fact]
    public void No_kernel_has_what_ILGPU_gets_wrong() =>
        Assert.Equal([], Texts.Value.SelectMany(text => KernelFaults.Find(text).Select(fault => $"{text.Name}: {fault}")));

    [Fact]
    public void Element_wise_kernels_read_and_write_four_neighbours_at_once()
    {
        var text = Assert.Single(Texts.Value, text => text.Name == "ZipKernels.ZipQuads<Plus>");
        Assert.Equal(2, text.Ptx.Split("ld.global.v4.f32").Length - 1);
        Assert.Equal(1, text.Ptx.Split("st.global.v4.f32").Length - 1);
    }

    [Fact]
    public void Kernels_of_tensor_cores_have_no_text_for_other_devices() => Assert.All(
        Texts.Value,
        text => Assert.Equal(text.Ptx.Contains("mma.sync", StringComparison.Ordinal), text.OpenCl is null));

    /// <summary>By its text a driver finds what it has built of a kernel. ILGPU orders some instructions by its numbers too:
    /// those of a few kernels differ in that.</summary>
    [Fact]
    public void The_names_of_a_text_do_not_depend_on_what_was_compiled_before()
    {
        var types = Types.Value.Where((_, i) => i % 5 == 0).Reverse().ToList();
        using var context = KernelDevice.CreateContext(_ => { });
        using var compiler = new KernelCompiler(context);
        var texts = Texts.Value.ToDictionary(text => text.Name);
        var same = types.Count(type => texts[KernelEntry.NameOf(type)] == compiler.TextOf(type));
        Assert.InRange(same, types.Count * 4 / 5, types.Count);
        Assert.Contains(types, type => texts[KernelEntry.NameOf(type)].Ptx.Contains("L_", StringComparison.Ordinal));
    }

    private static bool IsHidden(Type type) => type.IsNestedPrivate
        || (!type.IsVisible && !type.Assembly.GetCustomAttributes<InternalsVisibleToAttribute>()
            .Any(friend => friend.AssemblyName == Context.RuntimeAssemblyName))
        || (type.DeclaringType is { } outer && IsHidden(outer));

    private static bool IsOurs(Type type) => type.Assembly.GetName().Name!.StartsWith("IlgpuVq.", StringComparison.Ordinal);

    private readonly struct Hidden
    {
        internal readonly struct Inner;
    }
}
