using IlgpuVq.Models.Images;
using IlgpuVq.Tests.Support;
using Xunit;

namespace IlgpuVq.Tests.Docs;

/// <summary>The C# of README.md and of docs/ is compiled from the pages' text and run, and prints what they say.</summary>
public sealed class PageTests
{
    /// <summary>Paths that the README takes for given.</summary>
    private const string Paths = "var (root, photo, picture) = (args[0], args[1], args[2]);";

    /// <summary>Pages without C#, or with tests of their own.</summary>
    private static readonly string[] Others = ["README.md", "docs/README.md", "docs/puzzles.md"];

    public static TheoryData<string> Programs { get; } = [.. DocPage.Names.Except(Others)];

    [Theory]
    [MemberData(nameof(Programs))]
    public void A_page_is_a_program_that_prints_what_it_says(string name)
    {
        var page = DocPage.Open(name);
        Assert.NotEmpty(page.Code);
        Assert.Contains(page.Blocks, block => block.Info is "text");
        var (output, code) = PageProgram.Run(PageProgram.Compile(PageProgram.Join(name, page.Code)));
        Assert.Equal(0, code);
        Printed.IsIn(output, page.Blocks);
    }

    [Fact]
    public void The_readme_computes_gradients_and_prints_their_tape()
    {
        var page = DocPage.Open("README.md");
        var (output, _) = PageProgram.Run(PageProgram.Compile(PageProgram.Join(page.Name, page.Code.Take(1))));
        Printed.IsIn(output, page.Blocks);
    }

    [Fact]
    public void The_readme_reads_and_writes_images()
    {
        using var folder = new TemporaryFolder();
        var page = DocPage.Open("README.md");
        Assert.Equal(2, page.Code.Count());
        var program = PageProgram.Compile(PageProgram.Join(page.Name, page.Code, before: Paths));
        RealData.Require("cifar10", "data_batch_1.bin.gz");
        PageProgram.Run(program, RealData.Root, RealData.Require("images", "photos", "astronaut.png"), folder["batch.png"]);
        Assert.Equal((8 * 34) + 2, ImageFile.ReadHeader(folder["batch.png"]).Width);
    }

    [Fact]
    public void What_draws_the_pictures_of_the_concepts_compiles() =>
        PageProgram.Compile(PageProgram.OfFile("docs/pictures.cs"));

    [Fact]
    public void The_tutorial_has_at_most_200_lines() =>
        Assert.InRange(DocPage.Open("docs/tutorial.md").Code.Sum(block => block.Text.Count('\n')), 150, 200);
}
