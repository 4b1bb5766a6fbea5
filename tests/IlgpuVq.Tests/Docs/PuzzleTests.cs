using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace IlgpuVq.Tests.Docs;

/// <summary>A puzzle's check refuses the kernel that does nothing and accepts the solution of the page.</summary>
public sealed partial class PuzzleTests
{
    public static TheoryData<string> Puzzles { get; } = [.. typeof(PuzzleTests).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith("docs/puzzles/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    [Fact]
    public void Each_puzzle_has_a_solution()
    {
        var page = DocPage.Open("docs/puzzles.md");
        Assert.Equal(5, Puzzles.Count);
        Assert.Equal(
            Puzzles.Select(row => row.Data[5..]),
            Linked().Matches(page.Text).Select(match => match.Groups[1].Value).Where(path => path.EndsWith(".cs")));
        Assert.Equal(Puzzles.Count, page.Code.Count());
    }

    [Theory]
    [MemberData(nameof(Puzzles))]
    public void What_does_nothing_is_wrong_and_the_solution_is_right(string name)
    {
        var program = PageProgram.OfFile(name);
        var (stub, stubCode) = PageProgram.Run(PageProgram.Compile(program, warningsFail: false));
        Assert.StartsWith("wrong: ", stub, StringComparison.Ordinal);
        Assert.Equal(1, stubCode);

        var (solved, code) = PageProgram.Run(PageProgram.Compile(Solve(program, SolutionOf(name))));
        Assert.Equal(("right\n", 0), (solved, code));
    }

    /// <summary>The page's solution of a puzzle: the number of both is the same.</summary>
    private static string SolutionOf(string name) =>
        DocPage.Open("docs/puzzles.md").Code.ElementAt(name["docs/puzzles/".Length] - '1').Text;

    /// <summary>The program with another structure of the same name.</summary>
    private static string Solve(string program, string solution)
    {
        var kernel = StructuresOf(solution).Single();
        var stub = StructuresOf(program).Single(structure => structure.Identifier.Text == kernel.Identifier.Text);
        Assert.Equal(stub.ParameterList!.ToString(), kernel.ParameterList!.ToString());
        return program.Remove(stub.SpanStart, stub.Span.Length).Insert(stub.SpanStart, solution);
    }

    private static IEnumerable<StructDeclarationSyntax> StructuresOf(string source) =>
        CSharpSyntaxTree.ParseText(source).GetCompilationUnitRoot().Members.OfType<StructDeclarationSyntax>();

    [GeneratedRegex(@"\]\((puzzles/[^)]*)\)")]
    private static partial Regex Linked();
}
