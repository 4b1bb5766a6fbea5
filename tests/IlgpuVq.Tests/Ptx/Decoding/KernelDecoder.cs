using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>Checks an instruction of one opcode, and makes it ready to run.</summary>
internal delegate Step Decoder(InstructionReader reader);

/// <summary>
/// Checks a kernel as the driver's translator does, and makes every instruction ready to run: what cannot be decoded is wrong.
/// </summary>
internal static class KernelDecoder
{
    private static readonly Dictionary<string, Decoder> Opcodes = new IEnumerable<(string, Decoder)>[]
    {
        IntegerInstructions.All, FloatInstructions.All, LogicInstructions.All, ComparisonInstructions.All, MoveInstructions.All,
        ConversionInstructions.All, MemoryInstructions.All, ControlInstructions.All, WarpInstructions.All, AtomicInstructions.All,
        AsyncCopyInstructions.All, MatrixInstructions.All,
    }.SelectMany(family => family).ToDictionary();

    /// <exception cref="PtxException">All errors of the kernel.</exception>
    public static PtxKernel Decode(PtxModule module, PtxEntry entry, IReadOnlyDictionary<PtxVariable, ulong> globals)
    {
        var layout = new KernelLayout(module, entry, globals);
        var file = new RegisterFile();
        var steps = new List<Step>();
        var errors = new List<string>();
        var usesGlobalAtomics = false;
        foreach (var instruction in entry.Instructions)
        {
            try
            {
                var reader = new InstructionReader(module, layout, file, instruction);
                steps.Add(Decode(reader));
                usesGlobalAtomics |= reader.IsGlobalAtomic;
            }
            catch (PtxException failure)
            {
                errors.AddRange(failure.Errors);
            }
        }

        // Falling off the end is returning.
        var lastLine = entry.Instructions.Count == 0 ? entry.Line : entry.Instructions[^1].Line;
        var end = new PtxInstruction("ret", [], [], null, entry.Scope, lastLine);
        steps.Add(Decode(new InstructionReader(module, layout, file, end)));
        return errors.Count == 0
            ? new PtxKernel(entry, layout, file, [.. steps], usesGlobalAtomics)
            : throw new PtxException(errors);
    }

    private static Step Decode(InstructionReader reader)
    {
        if (!Opcodes.TryGetValue(reader.Instruction.Opcode, out var decode))
        {
            throw reader.Error("unknown instruction");
        }

        reader.ReadGuard();
        var step = decode(reader);
        reader.Finish(step);
        return step;
    }
}
