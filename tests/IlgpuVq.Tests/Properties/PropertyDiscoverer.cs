using FsCheck;
using Microsoft.FSharp.Core;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace IlgpuVq.Tests.Properties;

/// <summary>Finds the tests of a method with <see cref="PropertyAttribute"/>: one, or one for each row of its data.</summary>
public sealed class PropertyDiscoverer : IXunitTestCaseDiscoverer
{
    public async ValueTask<IReadOnlyCollection<IXunitTestCase>> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions, IXunitTestMethod testMethod, IFactAttribute factAttribute)
    {
        if (testMethod.DataAttributes.Count == 0)
        {
            return [Create(discoveryOptions, testMethod, factAttribute, row: null)];
        }

        await using var disposables = new DisposalTracker();
        var cases = new List<IXunitTestCase>();
        foreach (var source in testMethod.DataAttributes)
        {
            foreach (var row in await source.GetData(testMethod.Method, disposables))
            {
                cases.Add(Create(discoveryOptions, testMethod, factAttribute, row));
            }
        }

        if (cases.Count > 0 && testMethod.ReturnType == typeof(Property))
        {
            return cases;
        }

        var details = TestIntrospectionHelper.GetTestCaseDetails(discoveryOptions, testMethod, factAttribute);
        return
        [
            new ExecutionErrorTestCase(
                testMethod, details.TestCaseDisplayName, details.UniqueID, details.SourceFilePath, details.SourceLineNumber,
                $"expected at least one row and a result of type Property; got {cases.Count} rows and "
                    + $"{testMethod.ReturnType.Name}."),
        ];
    }

    private static PropertyCase Create(
        ITestFrameworkDiscoveryOptions options, IXunitTestMethod method, IFactAttribute attribute, ITheoryDataRow? row)
    {
        var arguments = row is null ? null : method.ResolveMethodArguments(row.GetData());
        var details = TestIntrospectionHelper.GetTestCaseDetails(
            options, method, attribute, arguments, row?.Timeout, row?.TestDisplayName, row?.Label);
        return new PropertyCase(
            details.ResolvedTestMethod, details.TestCaseDisplayName, details.UniqueID, details.Explicit,
            Some(details.SkipExceptions), Some(row?.Skip ?? details.SkipReason), Some(details.SkipType), Some(details.SkipUnless),
            Some(details.SkipWhen), Some(TestIntrospectionHelper.GetTraits(method, row)), Some(arguments),
            Some(details.SourceFilePath), OptionModule.OfNullable(details.SourceLineNumber), Some(details.Timeout));
    }

    private static FSharpOption<T>? Some<T>(T? value) => value is null ? null : FSharpOption<T>.Some(value);
}
