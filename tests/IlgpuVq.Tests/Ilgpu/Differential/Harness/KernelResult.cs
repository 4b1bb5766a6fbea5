namespace IlgpuVq.Tests.Ilgpu.Differential.Harness;

/// <summary>What a run left in one of its buffers.</summary>
/// <param name="Name">The buffer.</param>
/// <param name="Element">The type of its elements.</param>
/// <param name="Bytes">The content.</param>
/// <param name="Before">The content before the run.</param>
/// <param name="Bound">How far two runs may differ.</param>
internal sealed record KernelResult(string Name, Type Element, byte[] Bytes, byte[] Before, Bound Bound);
