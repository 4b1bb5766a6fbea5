using System.Reflection;
using System.Runtime.Loader;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace IlgpuVq.Tests.Docs;

/// <summary>A program made of C# of the documentation, compiled in this process.</summary>
internal static partial class PageProgram
{
    /// <summary>What a project of the SDK imports by itself, and a console that keeps what is written: a type of the program
    /// itself goes before those of namespaces.</summary>
    private const string Surroundings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;

        internal static class Console
        {
            public static readonly StringWriter Written = new();

            public static void WriteLine(object? value) => Written.WriteLine(value);
        }
        """;

    private static readonly CSharpParseOptions Language = new(LanguageVersion.CSharp14);

    private static readonly Lazy<MetadataReference[]> References = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var name && (name.StartsWith("System.", StringComparison.Ordinal)
                || name.StartsWith("ILGPU", StringComparison.OrdinalIgnoreCase)
                || name.StartsWith("netstandard", StringComparison.Ordinal)))
            .Select(path => MetadataReference.CreateFromFile(path))]);

    private static int programs;

    /// <summary>The blocks as one program: imports first, statements in their order, then types.</summary>
    /// <param name="page">Where they come from, for messages.</param>
    /// <param name="blocks">In their order.</param>
    /// <param name="before">Statements before all.</param>
    public static string Join(string page, IEnumerable<DocBlock> blocks, string before = "")
    {
        var imports = new SortedSet<string>(StringComparer.Ordinal);
        var (statements, types) = (new StringBuilder(before).Append('\n'), new StringBuilder());
        foreach (var block in blocks)
        {
            var unit = CSharpSyntaxTree.ParseText(block.Text, Language).GetCompilationUnitRoot();
            imports.UnionWith(unit.Usings.Select(import => import.ToString()));
            foreach (var member in unit.Members)
            {
                var line = block.Line + member.SyntaxTree.GetLineSpan(member.FullSpan).StartLinePosition.Line;
                (member is GlobalStatementSyntax ? statements : types)
                    .Append($"#line {line} \"{page}\"\n").Append(member.ToFullString()).Append('\n');
            }
        }

        return string.Join('\n', imports) + "\n" + statements + types;
    }

    /// <summary>An embedded one-file program, without the lines that <c>dotnet run</c> alone reads.</summary>
    public static string OfFile(string name) => Directive().Replace(DocPage.Resource(name), "");

    /// <summary>Compiles a program; fails the test with the compiler's words where it cannot.</summary>
    public static Assembly Compile(string source, bool warningsFail = true)
    {
        var compilation = CSharpCompilation.Create(
            $"Page{Interlocked.Increment(ref programs)}",
            [CSharpSyntaxTree.ParseText(source, Language), CSharpSyntaxTree.ParseText(Surroundings, Language)],
            References.Value,
            new CSharpCompilationOptions(
                OutputKind.ConsoleApplication, optimizationLevel: OptimizationLevel.Release,
                nullableContextOptions: NullableContextOptions.Enable));
        using var image = new MemoryStream();
        var least = warningsFail ? DiagnosticSeverity.Warning : DiagnosticSeverity.Error;
        var faults = compilation.Emit(image).Diagnostics.Where(diagnostic => diagnostic.Severity >= least).ToArray();
        Assert.True(faults.Length == 0, string.Join('\n', faults.Select(fault => fault.ToString())));
        image.Position = 0;

        // In the context of all else, where ILGPU's launchers find the types of kernels.
        return AssemblyLoadContext.Default.LoadFromStream(image);
    }

    /// <summary>Runs a program: what it wrote, and its exit code.</summary>
    public static (string Output, int ExitCode) Run(Assembly program, params string[] arguments)
    {
        var main = program.EntryPoint!;
        var result = main.Invoke(
            null, BindingFlags.DoNotWrapExceptions, binder: null, main.GetParameters().Length == 0 ? null : [arguments], null);
        var written = program.GetType("Console")!.GetField("Written")!.GetValue(null)!.ToString()!;
        return (written.ReplaceLineEndings("\n"), result as int? ?? 0);
    }

    [GeneratedRegex(@"^#:.*\n", RegexOptions.Multiline)]
    private static partial Regex Directive();
}
