using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;
using Xunit;

namespace IlgpuVq.Tests.Ptx.Tests;

/// <summary>Hand-written kernels on the machine: the body of one whose parameters are <c>out</c> and <c>in</c>.</summary>
internal sealed unsafe class PtxMachine : IDisposable
{
    private readonly DeviceMemory memory = new();

    /// <summary>The text of a module with one kernel. It starts with %rd0 = out, %rd1 = in, %r0 = %tid.x.</summary>
    public static string Module(string body, string version = "8.0", string target = "sm_90", string declarations = "") => $$"""
        .version {{version}}
        .target {{target}}
        .address_size 64
        {{declarations}}
        .visible .entry kernel(.param .u64 out, .param .u64 in)
        {
            .reg .pred %p<8>;
            .reg .b16 %h<16>;
            .reg .b32 %r<32>;
            .reg .b64 %rd<16>;
            .reg .f32 %f<32>;
            .reg .f64 %fd<8>;
            ld.param.u64 %rd0, [out];
            ld.param.u64 %rd1, [in];
            mov.u32 %r0, %tid.x;
        {{body}}
        }
        """;

    /// <summary>The errors of a kernel with this body, without the numbers of lines.</summary>
    public static string Refusal(string body, string version = "8.0", string target = "sm_90", string declarations = "")
    {
        using var memory = new DeviceMemory();
        var source = Module(body, version, target, declarations);
        var failure = Assert.Throws<PtxException>(() => new PtxProgram(source, memory));
        return string.Join('\n', failure.Errors.Select(error => error[(error.IndexOf(": ", StringComparison.Ordinal) + 2)..]));
    }

    /// <summary>Runs a body over groups of threads; <c>in</c> and <c>out</c> are arrays of 32-bit words.</summary>
    public uint[] Run(
        string body, uint[] input, int outputs, uint threads = 32, uint groups = 1, int dynamicBytes = 0,
        string declarations = "")
    {
        var program = new PtxProgram(Module(body, declarations: declarations), memory);
        var source = memory.Allocate(Math.Max(input.Length, 1) * 4);
        var target = memory.Allocate(outputs * 4);
        input.CopyTo(new Span<uint>(source.Pointer, input.Length));
        new PtxLaunch(
            program.Kernels["kernel"],
            memory,
            (groups, 1, 1),
            (threads, 1, 1),
            dynamicBytes,
            [.. BitConverter.GetBytes(target.Base), .. BitConverter.GetBytes(source.Base)]).Run();
        return new Span<uint>(target.Pointer, outputs).ToArray();
    }

    /// <summary>One thread that leaves its result in %r1.</summary>
    public uint Value(string body) => Run(body + "\n st.global.b32 [%rd0], %r1;", [], 1, threads: 1)[0];

    /// <summary>One thread that leaves its result in %f1.</summary>
    public float Single(string body) =>
        BitConverter.UInt32BitsToSingle(Run(body + "\n st.global.f32 [%rd0], %f1;", [], 1, threads: 1)[0]);

    public void Dispose() => memory.Dispose();

    public string Fault(string body, uint threads = 32) =>
        Assert.Throws<PtxFault>(() => Run(body, new uint[32], 32, threads)).Message;
}
