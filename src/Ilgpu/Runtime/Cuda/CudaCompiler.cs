using System.Globalization;
using System.Text;
using ILGPU.Backends;
using ILGPU.Backends.PTX;
using ILGPU.Frontend;

namespace ILGPU.Runtime.Cuda;

/// <summary>Writes a kernel as PTX: the parameters of <see cref="PTXGenerator.Generate"/>.</summary>
internal delegate PTXKernelCode PTXGenerate(
    KernelSource source,
    bool isImplicitlyGrouped,
    IReadOnlyList<object?> constants,
    PTXTarget target);

/// <summary>From the method of a kernel to a program that a device runs, by way of the programs of earlier runs.</summary>
internal sealed class CudaCompiler(PTXGenerate generate, BinaryCache cache)
{
    /// <summary>The generator of this library and the cache of this user.</summary>
    public static CudaCompiler Default { get; } = new(PTXGenerator.Generate, new BinaryCache(CacheFolder.Default));

    /// <inheritdoc cref="PTXGenerator.Generate"/>
    public PTXKernelCode Generate(
        KernelSource source,
        bool isImplicitlyGrouped,
        IReadOnlyList<object?> constants,
        PTXTarget target) => generate(source, isImplicitlyGrouped, constants, target);

    /// <summary>Loads the program of a kernel.</summary>
    /// <param name="accelerator">Where it will run.</param>
    /// <param name="operation">The kernel as errors call it.</param>
    /// <param name="code">Its PTX.</param>
    /// <returns>The CUmodule.</returns>
    /// <exception cref="InternalCompilerException">The driver refuses the PTX.</exception>
    /// <exception cref="CudaException">The device has no memory left, or is lost.</exception>
    public CudaHandle Load(CudaAccelerator accelerator, string operation, PTXKernelCode code)
    {
        const int Least = 0, Most = 4;
        var driver = accelerator.Enter(operation);
        var level = accelerator.Context.Properties.OptimizationLevel == OptimizationLevel.O0 ? Least : Most;
        var key = KeyOf(accelerator.CudaDevice, code, level);
        if (cache.Read(key) is { } image && driver.LoadModule(image, out var stored) == CudaError.CUDA_SUCCESS)
        {
            return Own(accelerator, stored);
        }

        var error = driver.Link(Ended(code.Text), level, out image, out var log);
        if (error != CudaError.CUDA_SUCCESS)
        {
            throw IsAboutDevice(error)
                ? accelerator.Failure(error, $"{operation}, translation")
                : Refused(accelerator, operation, code, error, log);
        }

        accelerator.Check(driver.LoadModule(image, out var module), $"{operation}, loading");
        cache.Write(key, image);
        return Own(accelerator, module);
    }

    /// <summary>A text as C has it.</summary>
    public static byte[] Ended(string text) => Encoding.UTF8.GetBytes(text + '\0');

    private static string KeyOf(CudaDevice device, PTXKernelCode code, int level)
    {
        var (major, minor) = device.ComputeCapability;
        return BinaryCache.KeyOf(
            code.Text,
            string.Create(CultureInfo.InvariantCulture, $"cuda {device.DriverVersion} sm_{major}{minor} O{level}"),
            device.Name);
    }

    private static CudaHandle Own(CudaAccelerator accelerator, nint module) =>
        new(accelerator.NativeContext, module, static (driver, module) => driver.UnloadModule(module));

    private static bool IsAboutDevice(CudaError error) =>
        error == CudaError.CUDA_ERROR_OUT_OF_MEMORY || CudaFailure.IsLasting(error) || CudaFailure.IsAboutCapture(error);

    private static InternalCompilerException Refused(
        CudaAccelerator accelerator,
        string operation,
        PTXKernelCode code,
        CudaError error,
        string log)
    {
        var hint = error is CudaError.CUDA_ERROR_JIT_COMPILER_NOT_FOUND
            ? " The driver's translator (libnvidia-ptxjitcompiler) is not installed; it belongs to the driver."
            : "";
        return new(
            $"{operation}: expected PTX that {accelerator.Name} takes; got {CudaException.Describe(error, accelerator.Driver)}.{hint} " +
            $"{RefusedSource.Keep(code.EntryPoint, ".ptx", code.Text)}\n{(log.Length > 0 ? log : "The driver gives no reason.")}");
    }
}
