using System.Runtime.CompilerServices;
using Xunit.v3;

namespace IlgpuVq.Tests.Properties;

/// <summary>A property, held on as many random cases as <see cref="RandomCases"/> says.</summary>
/// <remarks>
/// <para>A method with parameters gets random values of their types; one that returns a <see cref="FsCheck.Property"/> says
/// itself what is drawn.</para>
/// <para>With data attributes, each row is a test of its own: the method takes the row and returns the property.</para>
/// </remarks>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer(typeof(PropertyDiscoverer))]
internal sealed class PropertyAttribute : FsCheck.Xunit.PropertyAttribute, IFactAttribute
{
    private readonly string? file;
    private readonly int line;

    /// <param name="file">Where the method is, for who wants to go there: the base class names itself.</param>
    /// <param name="line">The same.</param>
    public PropertyAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = 0)
    {
        (this.file, this.line) = (file, line);
        AtLeast = 1;
        QuietOnSuccess = true;
    }

    /// <summary>Cases where fewer are asked for: for a property that costs little and seldom fails.</summary>
    public int AtLeast
    {
        get => MaxTest;
        set => MaxTest = value;
    }

    string? IFactAttribute.SourceFilePath => file;

    int? IFactAttribute.SourceLineNumber => line;
}
