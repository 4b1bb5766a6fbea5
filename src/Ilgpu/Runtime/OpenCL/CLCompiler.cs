using System.Text;
using ILGPU.Backends;
using ILGPU.Backends.OpenCL;
using ILGPU.Frontend;

namespace ILGPU.Runtime.OpenCL;

/// <summary>Writes a kernel as OpenCL C: the parameters of <see cref="CLGenerator.Generate"/>.</summary>
internal delegate CLKernelCode CLGenerate(
    KernelSource source,
    bool isImplicitlyGrouped,
    IReadOnlyList<object?> constants,
    CLTarget target);

/// <summary>From the method of a kernel to a program that a device runs, by way of the binaries of earlier runs.</summary>
internal sealed class CLCompiler(CLGenerate generate, BinaryCache cache)
{
    /// <summary>The generator of this library and the cache of this user.</summary>
    public static CLCompiler Default { get; } = new(CLGenerator.Generate, new BinaryCache(CacheFolder.Default));

    /// <inheritdoc cref="CLGenerator.Generate"/>
    public CLKernelCode Generate(
        KernelSource source,
        bool isImplicitlyGrouped,
        IReadOnlyList<object?> constants,
        CLTarget target) => generate(source, isImplicitlyGrouped, constants, target);

    /// <summary>Builds the program of a kernel.</summary>
    /// <param name="accelerator">Where it will run.</param>
    /// <param name="operation">The kernel as errors call it.</param>
    /// <param name="code">Its source.</param>
    /// <exception cref="InternalCompilerException">The driver refuses the source.</exception>
    /// <exception cref="CLException">The driver has no memory left, or the device is lost.</exception>
    public CLHandle Build(CLAccelerator accelerator, string operation, CLKernelCode code)
    {
        var device = accelerator.CLDevice;
        var options = OptionsFor(accelerator);
        var key = BinaryCache.KeyOf(
            code.Source, options, device.PlatformName, device.Name, device.VersionText, device.DriverVersion);
        if (cache.Read(key) is { } binary && FromBinary(accelerator, binary, options) is { } stored)
        {
            return stored;
        }

        var program = accelerator.Library.CreateProgram(accelerator.NativeContext, Encoding.UTF8.GetBytes(code.Source));
        try
        {
            var error = accelerator.Library.BuildProgram(program, device.DeviceId, Ended(options));
            if (error is CLError.CL_BUILD_PROGRAM_FAILURE or CLError.CL_INVALID_BUILD_OPTIONS)
            {
                throw Refused(accelerator, operation, code, program, error);
            }

            if (error != CLError.CL_SUCCESS)
            {
                throw accelerator.Failure(error, $"{operation}, build");
            }

            if (accelerator.Library.GetProgramBinary(program) is { Length: > 0 } built)
            {
                cache.Write(key, built);
            }

            return program;
        }
        catch
        {
            program.Dispose();
            throw;
        }
    }

    /// <summary>A text as C has it.</summary>
    public static byte[] Ended(string text) => Encoding.UTF8.GetBytes(text + '\0');

    private static string OptionsFor(CLAccelerator accelerator)
    {
        var options = "-cl-std=CL1.2";
        if (accelerator.CLDevice.RoundsDivisionAndRoot)
        {
            options += " -cl-fp32-correctly-rounded-divide-sqrt";
        }

        return accelerator.Context.Properties.OptimizationLevel == OptimizationLevel.O0 ? options + " -cl-opt-disable" : options;
    }

    /// <summary>The program of a stored binary; none where the driver has come to refuse it.</summary>
    private static CLHandle? FromBinary(CLAccelerator accelerator, byte[] binary, string options)
    {
        var (library, device) = (accelerator.Library, accelerator.CLDevice.DeviceId);
        if (library.TryCreateProgramFromBinary(accelerator.NativeContext, device, binary) is not { } program)
        {
            return null;
        }

        if (library.BuildProgram(program, device, Ended(options)) == CLError.CL_SUCCESS)
        {
            return program;
        }

        program.Dispose();
        return null;
    }

    private static InternalCompilerException Refused(
        CLAccelerator accelerator,
        string operation,
        CLKernelCode code,
        CLHandle program,
        CLError error)
    {
        var log = accelerator.Library.GetBuildLog(program, accelerator.CLDevice.DeviceId);
        return new(
            $"{operation}: expected OpenCL C that {accelerator.Name} compiles; got {CLException.Describe(error)}. " +
            $"{RefusedSource.Keep(code.EntryPoint, ".cl", code.Source)}\n{(log.Length > 0 ? log : "The driver gives no reason.")}");
    }
}
