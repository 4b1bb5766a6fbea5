using System.Runtime.InteropServices;
using ILGPU.Runtime.OpenCL;

namespace IlgpuVq.Tests.Ilgpu.OpenCL;

/// <summary>The system's OpenCL loader with some of its functions replaced.</summary>
internal static class FaultyLibrary
{
    private static readonly nint Loader = CLLibrary.Names.Select(Load).FirstOrDefault(handle => handle != 0);

    /// <summary>A loader in which these functions are others.</summary>
    public static CLLibrary With(params (string Name, nint Function)[] replaced) => new(name =>
    {
        var (_, function) = replaced.FirstOrDefault(entry => entry.Name == name);
        return function != 0 ? function : Real(name);
    });

    /// <summary>The function of the system's loader.</summary>
    public static nint Real(string name) => Loader != 0 && NativeLibrary.TryGetExport(Loader, name, out var address) ? address : 1;

    private static nint Load(string name) => NativeLibrary.TryLoad(name, out var handle) ? handle : 0;
}
