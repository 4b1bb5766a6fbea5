using System.Reflection;
using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Autograd;
using IlgpuVq.Tests.Laws.Registry;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Laws;

/// <summary>Nothing escapes the laws: every op has a row, and every row is as wide as it says.</summary>
public sealed class CompletenessTests(LawDevices devices) : IClassFixture<LawDevices>
{
    /// <summary>Ops whose gradient is, on purpose, not that of their value, and where they are tested by hand.</summary>
    private static readonly Dictionary<Type, string> HandTested = new()
    {
        [typeof(StopGradient)] = "HandTestedOpsTests",
        [typeof(StraightThrough)] = "HandTestedOpsTests, SmallNetTests",
    };

    [Fact]
    public void Every_op_has_a_row_or_is_tested_by_hand()
    {
        var ops = StaticMethodsThatReturnVariables().Where(method => method.Name == "Apply").Select(op => op.DeclaringType!);
        var withRow = OpRegistry.Rows.Select(row => row.Op).Distinct();
        Assert.Equal(Names(ops.Distinct()), Names(withRow.Concat(HandTested.Keys)));
    }

    [Fact]
    public void Every_public_method_that_makes_a_variable_of_variables_is_named_Apply()
    {
        var others = StaticMethodsThatReturnVariables().Where(method => method.Name != "Apply");
        Assert.Empty(others.Select(method => $"{method.DeclaringType!.Name}.{method.Name}"));
    }

    [Theory]
    [MemberData(nameof(OpRegistry.Names), MemberType = typeof(OpRegistry))]
    public void The_tape_calls_an_op_what_its_row_says(string op)
    {
        var row = OpRegistry.Row(op);
        var run = OpRun.Both(devices.Open("cpu"), First(row, Scale.Small), upstreamSeed: 1);
        Assert.Equal(row.TapeName ?? run.TapeName, run.TapeName);
        if (row.TapeName is null)
        {
            Assert.Contains(OpRegistry.Rows, other => other.TapeName == run.TapeName);
        }
    }

    [Theory]
    [MemberData(nameof(OpRegistry.Names), MemberType = typeof(OpRegistry))]
    public void Small_cases_have_axes_of_length_one_and_where_legal_of_length_zero(string op)
    {
        var row = OpRegistry.Row(op);
        var cases = row.Cases(Scale.Small).Sample(200, new Rnd(1), 50);
        var shapes = cases.SelectMany(drawn => drawn.Inputs).Select(input => input.Shape).ToArray();
        Assert.Contains(shapes, shape => shape.Contains(1));
        Assert.Equal(row.AllowsEmptyAxes, shapes.Any(shape => shape.Contains(0)));
    }

    [Theory]
    [MemberData(nameof(OpRegistry.Names), MemberType = typeof(OpRegistry))]
    public void Large_cases_are_large_enough_to_be_split_over_threads(string op)
    {
        var drawn = OpRegistry.Row(op).Cases(Scale.Large).Sample(5, new Rnd(1), 50);
        Assert.All(drawn, one => Assert.InRange(one.Inputs.Max(input => input.Shape.Size), 5_000, 500_000));
    }

    [Theory]
    [MemberData(nameof(OpRegistry.Names), MemberType = typeof(OpRegistry))]
    public void Cases_are_made_of_choices_so_that_they_shrink(string op)
    {
        var choices = new Choices(bounds: []);
        OpRegistry.Row(op).Cases(Scale.Medium.With(choices)).Sample(1, new Rnd(1), 50);
        Assert.NotEmpty(choices.Taken);
    }

    [Fact]
    public void Only_functions_of_one_element_have_no_bad_inputs()
    {
        var without = OpRegistry.Rows.GroupBy(row => row.Op).Where(rows => rows.All(row => row.BadInputs.Count == 0));
        var ofOneElement = ElementwiseRows.All.Concat(RandomRows.All).Select(row => row.Op).Distinct();
        Assert.Equal(Names(ofOneElement), Names(without.Select(rows => rows.Key)));
    }

    [Fact]
    public void Row_names_are_unique() =>
        Assert.Equal(OpRegistry.Rows.Count, OpRegistry.Rows.Select(row => row.Name).Distinct().Count());

    private static OpCase First(OpRow row, Scale scale) => row.Cases(scale).Sample(1, new Rnd(1), 50).Single();

    private static IEnumerable<MethodInfo> StaticMethodsThatReturnVariables() =>
        typeof(Tape).Assembly.GetExportedTypes()
            .Where(type => type is { IsAbstract: true, IsSealed: true } or { IsValueType: true })
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static))
            .Where(method => method.ReturnType == typeof(Variable) && method.DeclaringType != typeof(Elementwise));

    private static string[] Names(IEnumerable<Type> types) => [.. types.Select(type => type.Name).Order(StringComparer.Ordinal)];
}
