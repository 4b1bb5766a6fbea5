using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using IlgpuVq.Tensors;

namespace IlgpuVq.Train.Runs;

/// <summary>What a run was trained on, from a step on.</summary>
/// <param name="FromStep">Steps done before.</param>
/// <param name="Processor">Its name, or its kind where that is not known.</param>
/// <param name="Processors">Logical processors that the program may use.</param>
/// <param name="Threads">Threads of the device.</param>
/// <param name="VectorBits">The widest vectors of the processor.</param>
/// <param name="Accelerator">The device's name.</param>
/// <param name="Device">What the device is.</param>
/// <param name="MemoryBytes">Memory that the program may use.</param>
/// <param name="System">The operating system.</param>
/// <param name="Runtime">The version of .NET.</param>
/// <param name="Program">The version of the program.</param>
internal sealed record MachineRecord(
    long FromStep, string Processor, int Processors, int Threads, int VectorBits, string Accelerator, string Device,
    long MemoryBytes, string System, string Runtime, string Program)
{
    private const string ProcessorTable = "/proc/cpuinfo";

    /// <summary>The machine that this runs on.</summary>
    public static MachineRecord Of(Device device, long step) => new(
        step, ProcessorName(), Environment.ProcessorCount, device.Threads,
        Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128,
        device.Name, device.Description, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        $"{RuntimeInformation.OSDescription.Trim()}, {RuntimeInformation.OSArchitecture}",
        RuntimeInformation.FrameworkDescription,
        typeof(MachineRecord).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "");

    /// <summary>The name in Linux's table, whose line begins with <c>model name</c>; null where there is none.</summary>
    internal static string? NameIn(string table) => table.Split('\n')
        .Where(line => line.StartsWith("model name", StringComparison.Ordinal))
        .Select(line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()).FirstOrDefault(name => name.Length > 0);

    private static string ProcessorName()
    {
        string? name = null;
        try
        {
            name = OperatingSystem.IsLinux() ? NameIn(File.ReadAllText(ProcessorTable))
                : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A container may hide it.
        }

        return name ?? $"{RuntimeInformation.ProcessArchitecture}";
    }
}

/// <summary><c>machines.jsonl</c>: a line for each machine that a run was trained on, the first first.</summary>
/// <remarks>It tells, and nothing depends on it: a line that cannot be read is passed over.</remarks>
internal static class MachineLog
{
    /// <summary>Adds the machine that trains from now on, unless it is the one that did before. Machines of steps that come again
    /// go.</summary>
    /// <exception cref="RunException">The file cannot be written.</exception>
    public static void Add(string path, MachineRecord machine)
    {
        MachineRecord[] before = [.. (File.Exists(path) ? Read(path) : []).Where(one => one.FromStep < machine.FromStep)];
        MachineRecord[] all = before is [.., var last] && last with { FromStep = machine.FromStep } == machine
            ? before
            : [.. before, machine];
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(string.Concat(
            all.Select(one => JsonSerializer.Serialize(one, MachineJson.Default.MachineRecord) + "\n")))));
    }

    /// <summary>The machines of a run; none where it was trained by a version that wrote none.</summary>
    /// <exception cref="RunException">The file is there and cannot be read.</exception>
    public static IReadOnlyList<MachineRecord> Read(string path)
    {
        try
        {
            return File.Exists(path) ? [.. File.ReadLines(path).Select(Parse).OfType<MachineRecord>()] : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RunException.Reading(path, exception);
        }
    }

    private static MachineRecord? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, MachineJson.Default.MachineRecord);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(MachineRecord))]
internal sealed partial class MachineJson : JsonSerializerContext;
