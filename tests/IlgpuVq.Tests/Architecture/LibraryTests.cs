using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using ArchUnitNET.Domain;
using ArchUnitNET.Domain.Dependencies;
using ArchUnitNET.Loader;
using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Models.Autoencoders;
using IlgpuVq.Tests.Models.Data;
using Xunit;
using Assembly = System.Reflection.Assembly;
using Module = IlgpuVq.Models.Module;
using Type = System.Type;

namespace IlgpuVq.Tests.Architecture;

/// <summary>Tensor, Autograd and Models serve programs other than the one here.</summary>
public sealed partial class LibraryTests
{
    private static readonly Assembly[] Libraries = [typeof(Device).Assembly, typeof(Tape).Assembly, typeof(Module).Assembly];

    /// <summary>A message may say what to set, but not by an option of the program: <c>--data-root</c> means nothing
    /// elsewhere.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void No_text_of_a_library_names_an_option_of_the_program(int library)
    {
        var texts = Texts(Libraries[library]);
        Assert.NotEmpty(texts);
        Assert.DoesNotContain(texts, text => Option().IsMatch(text));
    }

    /// <summary>These tests see what is internal, but stand for someone who does not.</summary>
    [Theory]
    [InlineData(typeof(PublicPartsTests))]
    [InlineData(typeof(PublicDataTests))]
    public void What_is_tested_as_a_library_needs_nothing_internal(Type tests)
    {
        var code = new ArchLoader().LoadAssemblies([.. Libraries, tests.Assembly]).Build();
        var uses = code.Types.Where(type => type.FullName.Split('+')[0] == tests.FullName)
            .SelectMany(type => type.Dependencies)
            .Where(use => Libraries.Any(library => $"{use.Target.Namespace?.FullName}."
                .StartsWith(library.GetName().Name + ".", StringComparison.Ordinal)))
            .ToArray();
        Assert.NotEmpty(uses);
        Assert.DoesNotContain(uses, use => use.Target.Visibility != Visibility.Public);
        var members = uses.OfType<IMemberMemberDependency>().Select(use => use.TargetMember).ToArray();
        Assert.NotEmpty(members);
        Assert.DoesNotContain(members, member => member.Visibility is not (Visibility.Public or Visibility.Protected));
    }

    [GeneratedRegex("--[a-z]")]
    private static partial Regex Option();

    private static List<string> Texts(Assembly library)
    {
        using var file = new PEReader(File.OpenRead(library.Location));
        var reader = file.GetMetadataReader();
        var texts = new List<string>();
        for (var text = MetadataTokens.UserStringHandle(0); ;)
        {
            texts.Add(reader.GetUserString(text));
            text = reader.GetNextHandle(text);
            if (text.IsNil)
            {
                return texts;
            }
        }
    }
}
