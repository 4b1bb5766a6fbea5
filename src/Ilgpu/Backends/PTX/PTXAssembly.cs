using System.Globalization;
using System.Text;
using ILGPU.IR;
using ILGPU.Runtime.Cuda;

namespace ILGPU.Backends.PTX;

/// <summary>Writes the instructions of <see cref="CudaAsm"/> with the registers of their arguments.</summary>
internal sealed class PTXAssembly(PTXEmitter emitter)
{
    private readonly Dictionary<Instruction, string[]> registers = [];

    public void Write(AssemblyDetail detail, Instruction instruction)
    {
        var names = registers[instruction] = new string[detail.Arguments.Count];
        var operand = 0;
        for (var i = 0; i < names.Length; i++)
        {
            var argument = detail.Arguments[i];
            var source = argument.IsRead ? emitter.Register(instruction[operand++]) : null;
            names[i] = source ?? emitter.Registers.Of(argument.Kind);
            if (source is not null && argument.IsWritten)
            {
                // The value before may have other uses.
                names[i] = emitter.Registers.Of(argument.Kind);
                emitter.Emit($"mov.{PTXText.Bits(argument.Kind)}", names[i], source);
            }
        }

        foreach (var line in Fill(detail.Text, names).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            emitter.Verbatim(line);
        }
    }

    /// <summary>A result is where the instructions left it.</summary>
    public void Bind(Instruction result) => emitter.Bind(result, registers[(Instruction)result[0]][(int)result.Detail!]);

    private static string Fill(string text, string[] names)
    {
        var filled = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '%' || i + 1 == text.Length)
            {
                filled.Append(text[i]);
                continue;
            }

            var digits = new string([.. text[(i + 1)..].TakeWhile(char.IsAsciiDigit)]);
            filled.Append(digits.Length == 0 ? "%" : names[int.Parse(digits, CultureInfo.InvariantCulture)]);
            i += Math.Max(digits.Length, 1);
        }

        return filled.ToString();
    }
}
