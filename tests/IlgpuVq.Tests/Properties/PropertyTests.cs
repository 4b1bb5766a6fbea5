using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tensors;
using Xunit;
using Xunit.Runner.Common;
using Xunit.Sdk;
using Xunit.v3;

namespace IlgpuVq.Tests.Properties;

/// <summary>A broken property says by which case, a small one, and what seed draws it again; one with rows is a test for
/// each.</summary>
public sealed partial class PropertyTests
{
    /// <summary>Broken from 3 rows and 7 columns on.</summary>
    private static readonly Property FewRowsOrColumns = Drawn.ForAll(
        draw =>
            from rows in draw.Between(1, 100)
            from columns in draw.Between(0, 100)
            from isTransposed in draw.Flag()
            from seed in Gen.Choose(0, int.MaxValue)
            select (Shape: Shape.Create([rows, columns]), isTransposed, seed),
        one => Assert.True(one.Shape[0] < 3 || one.Shape[1] < 7, $"too large by {one.seed}"));

    [Fact]
    public void A_broken_property_prints_the_smallest_case_that_breaks_it_and_the_one_it_was_found_by()
    {
        var message = Broken(FewRowsOrColumns, "5");
        Assert.Matches(@"^\(\(3, 7\), False, (\d+)\): too large by \1\n", message);
        Assert.Matches(@"\nCase \d+, shrunk \d+ times from \(\(\d+, \d+\), (True|False), \d+\)\.\n", message);
    }

    [Fact]
    public void The_seed_that_is_printed_draws_the_same_failure_again()
    {
        var message = Broken(FewRowsOrColumns, "5");
        Assert.Equal("5", Seeds().Match(message).Groups["all"].Value);
        Assert.Equal(message, Broken(FewRowsOrColumns, "5"));
        Assert.NotEqual(message, Broken(FewRowsOrColumns, "6"));
    }

    [Fact]
    public void The_seed_of_one_case_draws_that_case_alone()
    {
        var message = Broken(FewRowsOrColumns, "5");
        var alone = Broken(FewRowsOrColumns, Seeds().Match(message).Groups["alone"].Value);
        Assert.Equal(message.Split('\n')[0], alone.Split('\n')[0]);
        Assert.Contains("\nCase 1, shrunk ", alone, StringComparison.Ordinal);
    }

    [Fact]
    public void What_no_bound_reaches_stays_in_a_smaller_case()
    {
        // The second number of a pair is not among the choices: whatever the first shrinks to, it stays.
        var broken = Drawn.ForAll(
            draw => draw.Between(0, 1000).Zip(Gen.Choose(0, 1000)), pair => Assert.True(pair.Item1 < 10, "too large"));
        Assert.Matches(@"^\(10, (\d+)\): too large\nCase \d+, shrunk \d+ times from \(\d+, \1\)\.", Broken(broken, "7"));
    }

    [Fact]
    public void A_case_that_cannot_be_drawn_is_a_failure_that_can_be_run_again()
    {
        var broken = Drawn.ForAll<int>(_ => throw new NotSupportedException("no such case"), _ => { });
        Assert.Equal("a case could not be drawn: no such case\nRun it again with ILGPUVQ_SEED=5.", Broken(broken, "5"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("five")]
    [InlineData("-5")]
    [InlineData("5,7")]
    [InlineData("5,8,1")]
    [InlineData("5,7,99999999999")]
    public void What_is_no_seed_is_refused(string text) => Assert.Equal(
        $"ILGPUVQ_SEED: expected a whole number, or the three numbers of a single case; got {text}.",
        Assert.Throws<InvalidOperationException>(() => RandomCases.Parse(text)).Message);

    [Fact]
    public async Task Each_row_is_a_test_that_has_its_own_name_and_fails_by_itself()
    {
        var results = await Run(nameof(Properties.Numbers_are_below));
        Assert.Equal([typeof(ITestFailed), typeof(ITestPassed)], results.Select(result => result.Kind));
        Assert.Equal(
            [$"{nameof(Properties.Numbers_are_below)}(limit: 10)", $"{nameof(Properties.Numbers_are_below)}(limit: 1000)"],
            results.Select(result => result.Name[(result.Name.LastIndexOf('.') + 1)..]));
        Assert.StartsWith("10: expected a number below 10\n", results[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_can_skip_its_test_with_a_reason()
    {
        var results = await Run(nameof(Properties.Odd_rows_are_skipped));
        Assert.Equal([typeof(ITestSkipped), typeof(ITestPassed)], results.Select(result => result.Kind));
        Assert.Equal("odd", results[0].Text);
    }

    [Theory]
    [InlineData(nameof(Properties.Rows_are_missing), "0 rows and Property")]
    [InlineData(nameof(Properties.Nothing_is_returned), "1 rows and Void")]
    public async Task A_property_whose_rows_hold_nothing_fails(string method, string got)
    {
        var result = Assert.Single(await Run(method));
        Assert.Equal(typeof(ITestFailed), result.Kind);
        Assert.Equal($"expected at least one row and a result of type Property; got {got}.", result.Text);
    }

    [Fact]
    public async Task Parameters_without_rows_are_drawn_and_shrunk_by_their_types()
    {
        var result = Assert.Single(await Run(nameof(Properties.No_list_holds_a_seven)));
        Assert.Equal(typeof(ITestFailed), result.Kind);
        Assert.StartsWith("[7]: ", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_property_is_held_on_as_many_cases_as_the_run_or_the_property_asks_for()
    {
        Properties.Held = 0;
        Assert.Equal(typeof(ITestPassed), Assert.Single(await Run(nameof(Properties.Cases_are_counted))).Kind);
        Assert.Equal(Math.Max(RandomCases.Count, 321), Properties.Held);
    }

    private static string Broken(Property property, string seed) =>
        Assert.Throws<XunitException>(() => Verdict.Hold(property, RandomCases.Parse(seed))).Message;

    [GeneratedRegex("Run it again with ILGPUVQ_SEED=(?<all>[^,]*), or alone with ILGPUVQ_SEED=(?<alone>.*)\\.$")]
    private static partial Regex Seeds();

    /// <summary>Runs a method of <see cref="Properties"/> as xunit does.</summary>
    private static async Task<List<(Type Kind, string Name, string Text)>> Run(string name)
    {
        RandomCases.RequireMany();
        var assembly = new XunitTestAssembly(typeof(PropertyTests).Assembly, configFilePath: null);
        var collection = new XunitTestCollection(
            assembly, collectionDefinition: null, disableParallelization: true, "properties");
        var testClass = new XunitTestClass(typeof(Properties), collection);
        var method = new XunitTestMethod(testClass, typeof(Properties).GetMethod(name)!, []);
        var cases = await new PropertyDiscoverer().Discover(
            TestFrameworkOptions.ForDiscovery(new TestAssemblyConfiguration()), method, Assert.Single(method.FactAttributes));
        var results = new Results();
        await using var scheduler = ExecutionScheduler.CreateUnlimited();
        using var cancellation = new CancellationTokenSource();
        await XunitTestMethodRunner.Instance.Run(
            method, cases, ExplicitOption.Off, results, new ExceptionAggregator(), cancellation, ParallelMode.None, scheduler, [],
            new FixtureMappingManager("none"));
        return [.. results.Seen.OrderBy(result => result.Name, StringComparer.Ordinal)]; // xunit has an order of its own.
    }

    /// <summary>Properties that xunit does not find by itself, so that they may be broken.</summary>
    [SuppressMessage("Usage", "xUnit1000:Test classes must be public", Justification = "Run by the tests around it alone.")]
    private sealed class Properties
    {
        public static int Held { get; set; }

        public static TheoryData<int> NoRows { get; } = [];

        [Property(AtLeast = 100)]
        [InlineData(10)]
        [InlineData(1000)]
        public Property Numbers_are_below(int limit) => Drawn.ForAll(
            draw => draw.Between(0, 999), number => Assert.True(number < limit, $"expected a number below {limit}"));

        [Property]
        [InlineData(1)]
        [InlineData(2)]
        public Property Odd_rows_are_skipped(int row)
        {
            Assert.SkipWhen(row % 2 == 1, "odd");
            return true.ToProperty();
        }

        [Property]
        [MemberData(nameof(NoRows))]
        public Property Rows_are_missing(int row) => (row == 0).ToProperty();

        [Property]
        [InlineData(1)]
        public void Nothing_is_returned(int row) => Assert.Equal(1, row);

        [Property(AtLeast = 10_000)]
        public bool No_list_holds_a_seven(int[] numbers) => !numbers.Contains(7);

        [Property(AtLeast = 321)]
        public void Cases_are_counted(int _) => Held++;
    }

    private sealed class Results : IMessageBus
    {
        private string name = "";

        public List<(Type Kind, string Name, string Text)> Seen { get; } = [];

        public bool QueueMessage(IMessageSinkMessage message)
        {
            switch (message)
            {
                case ITestStarting starting:
                    name = starting.TestDisplayName;
                    break;
                case ITestPassed:
                    Seen.Add((typeof(ITestPassed), name, ""));
                    break;
                case ITestFailed failed:
                    Seen.Add((typeof(ITestFailed), name, failed.Messages[0]));
                    break;
                case ITestSkipped skipped:
                    Seen.Add((typeof(ITestSkipped), name, skipped.Reason));
                    break;
            }

            return true;
        }

        public void Dispose()
        {
        }
    }
}
