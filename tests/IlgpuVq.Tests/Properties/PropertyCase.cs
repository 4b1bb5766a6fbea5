using System.Diagnostics;
using System.Reflection;
using FsCheck;
using FsCheck.Xunit;
using Microsoft.FSharp.Core;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace IlgpuVq.Tests.Properties;

/// <summary>A property as a test, with the row of data that it is called with, if any.</summary>
public sealed class PropertyCase : PropertyTestCase, ISelfExecutingXunitTestCase
{
    [Obsolete("Called by the deserializer alone.")]
    public PropertyCase()
    {
    }

    internal PropertyCase(
        IXunitTestMethod testMethod, string testCaseDisplayName, string uniqueID, bool isExplicit,
        FSharpOption<Type[]>? skipExceptions, FSharpOption<string>? skipReason, FSharpOption<Type>? skipType,
        FSharpOption<string>? skipUnless, FSharpOption<string>? skipWhen,
        FSharpOption<Dictionary<string, HashSet<string>>>? traits, FSharpOption<object?[]>? testMethodArguments,
        FSharpOption<string>? sourceFilePath, FSharpOption<int>? sourceLineNumber, FSharpOption<int>? timeout)
        : base(
            testMethod, testCaseDisplayName, uniqueID, isExplicit, skipExceptions, skipReason, skipType, skipUnless, skipWhen,
            traits, testMethodArguments, sourceFilePath, sourceLineNumber, timeout)
    {
    }

    async ValueTask<RunSummary> ISelfExecutingXunitTestCase.Run(
        ExplicitOption explicitOption, IMessageBus messageBus, object?[] constructorArguments, ExceptionAggregator aggregator,
        CancellationTokenSource cancellationTokenSource, ParallelMode parallelMode, ExecutionScheduler scheduler,
        FixtureMappingManager methodFixtureMappings) =>
        await new CaseRunner(this).Run(
            this, await CreateTests(), messageBus, aggregator, cancellationTokenSource, parallelMode, scheduler,
            TestCaseDisplayName, SkipReason, explicitOption, constructorArguments, methodFixtureMappings);

    private sealed class CaseRunner(PropertyCase property) : XunitTestCaseRunner
    {
        protected override ValueTask<RunSummary> RunTest(XunitTestCaseRunnerContext ctxt, IXunitTest test) =>
            new TestRunner(property).Run(
                test, ctxt.MessageBus, ctxt.ConstructorArguments, ctxt.ExplicitOption, ctxt.Aggregator.Clone(),
                ctxt.CancellationTokenSource, ctxt.ParallelMode, ctxt.Scheduler, ctxt.BeforeAfterTestAttributes,
                ctxt.CaseFixtureMappings);
    }

    private sealed class TestRunner(PropertyCase property) : XunitTestRunner
    {
        protected override ValueTask<TimeSpan> InvokeTest(XunitTestRunnerContext ctxt, object? testClassInstance)
        {
            var started = Stopwatch.GetTimestamp();
            var config = property.Init((TestOutputHelper)TestContext.Current.TestOutputHelper!);
            config = config.WithMaxTest(Math.Max(config.MaxTest, RandomCases.Count));
            if (ctxt.Method.ReturnType == typeof(Property))
            {
                // Outside of the property, so that the method can skip the test.
                var made = ctxt.Method.Invoke(
                    testClassInstance, BindingFlags.DoNotWrapExceptions, binder: null, ctxt.MethodArguments, culture: null);
                Verdict.Hold(config, run => Check.One(run, (Property)made!));
            }
            else
            {
                Verdict.Hold(config, run => Check.Method(run, ctxt.Method, testClassInstance));
            }

            return new ValueTask<TimeSpan>(Stopwatch.GetElapsedTime(started));
        }
    }
}
