using FsCheck;
using FsCheck.Fluent;
using ILGPU;
using ILGPU.Runtime;
using IlgpuVq.Tests.Ilgpu.Differential.Harness;
using IlgpuVq.Tests.Laws;
using Microsoft.FSharp.Core;
using Xunit;
using Xunit.Sdk;

namespace IlgpuVq.Tests.Ilgpu.Differential.Programs;

/// <summary>
/// Random programs as kernels, with results equal to the bit: floating point uses only what IEEE 754 rounds correctly.
/// </summary>
public sealed class ProgramTests(DifferentialDevices devices) : IClassFixture<DifferentialDevices>
{
    private const int Threads = 64;

    private const int ProgramsPerKernel = 2;

    /// <summary>40 kernels of each sort unless asked for more: each costs a device a second to compile.</summary>
    private static readonly int Kernels = Math.Max(1, Law.Cases * 2 / 5);

    public static TheoryData<string> Devices => [.. DifferentialDevices.Names];

    [Theory]
    [MemberData(nameof(Devices))]
    public void Integer_programs_give_what_their_method_gives(string device) => Hold(device, DrawProgram.OfIntegers);

    [Theory]
    [MemberData(nameof(Devices))]
    public void Programs_on_all_numbers_give_what_their_method_gives(string device) => Hold(device, DrawProgram.OfNumbers);

    private void Hold(string device, Gen<Program> programs)
    {
        var accelerator = devices.Open(device);
        string? why = null;
        Batch? failed = null;
        bool Holds(Batch batch)
        {
            if (WhyWrong(batch, accelerator) is not { } reason)
            {
                return true;
            }

            (failed, why) = (batch, reason);
            return false;
        }

        var batches = programs.ListOf(ProgramsPerKernel).Select(list => new Batch([.. list]));
        var config = Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest(Kernels)
            .WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd((ulong)Law.Seed), FSharpOption<int>.None)));
        try
        {
            Prop.ForAll(Arb.From(batches, batch => batch.Shrink()), Holds).Check(config);
        }
        catch (Exception exception) when (failed is not null)
        {
            throw new XunitException($"{device}: {why} Run it again with {Law.SeedVariable}={Law.Seed}.\n{failed}", exception);
        }
    }

    /// <summary>How the device differs from the method, or why it cannot run the programs; null where all is well.</summary>
    private string? WhyWrong(Batch batch, Accelerator accelerator)
    {
        try
        {
            return FirstDifference(batch, accelerator);
        }
        catch (Exception exception) when (exception is InternalCompilerException or AcceleratorException)
        {
            return exception.Message;
        }
    }

    private string? FirstDifference(Batch batch, Accelerator accelerator)
    {
        var kernel = ProgramCompiler.Compile(batch.Programs)
            .CreateDelegate<Action<Index1D, ArrayView<int>, ArrayView<long>, ArrayView<float>, ArrayView<double>,
                ArrayView<int>, ArrayView<long>, ArrayView<float>, ArrayView<double>>>();
        var launched = new KernelCase("drawn programs", run => run.Accelerator.LoadAutoGroupedStreamKernel(kernel)(
            Threads,
            run.Input(Numbers<int>()),
            run.Input(Numbers<long>()),
            run.Input(Numbers<float>()),
            run.Input(Numbers<double>()),
            Results<int>(run, NumberType.Int),
            Results<long>(run, NumberType.Long),
            Results<float>(run, NumberType.Float),
            Results<double>(run, NumberType.Double)));
        return launched.Run(devices.Reference).Zip(launched.Run(accelerator), Harness.Comparison.FirstDifference)
            .FirstOrDefault(difference => difference is not null);

        ArrayView1D<T, Stride1D.Dense> Results<T>(KernelRun run, NumberType type)
            where T : unmanaged =>
            run.Output<T>(Threads * batch.Programs.Count * ProgramEmitter.SlotsPerProgram(type), name: $"{type} results");
    }

    private static T[] Numbers<T>()
        where T : unmanaged => Samples.Of<T>()[..(Input.Mask + 1)];

    private sealed record Batch(IReadOnlyList<Program> Programs)
    {
        /// <summary>First the program that fails alone, then smaller ones.</summary>
        public IEnumerable<Batch> Shrink() => Programs.Count > 1
            ? Programs.Select(program => new Batch([program]))
            : Programs.SelectMany(DrawProgram.Shrink).Select(program => new Batch([program]));

        public override string ToString() => string.Join("\n---\n", Programs);
    }
}
