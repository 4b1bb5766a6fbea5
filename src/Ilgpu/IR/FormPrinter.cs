using System.Globalization;
using System.Text;

namespace ILGPU.IR;

/// <summary>Writes the form of a kernel as text, to read and to compare.</summary>
internal sealed class FormPrinter
{
    private readonly StringBuilder text = new();
    private readonly Dictionary<Value, string> names = [];
    private readonly HashSet<string> taken = [];
    private readonly Dictionary<Block, int> numbers = [];

    private FormPrinter()
    {
    }

    public static string Print(KernelForm form)
    {
        var printer = new FormPrinter();
        printer.Write(form);
        return printer.text.ToString();
    }

    private static string Detail(object detail) => detail switch
    {
        Variable variable => variable.Name ?? "variable",
        Step step => Culture($"[·{step.Scale} + {step.Offset}]"),
        Conversion conversion => conversion.FromUnsigned ? $"{conversion.To} from unsigned" : $"{conversion.To}",
        Allocation allocation => Culture($"{allocation.Space} {allocation.Element} {allocation.Bytes} bytes"),
        _ => $"{detail}",
    };

    private static string Culture(FormattableString value) => value.ToString(CultureInfo.InvariantCulture);

    private void Write(KernelForm form)
    {
        var blocks = form.Blocks();
        for (var i = 0; i < blocks.Count; i++)
        {
            numbers[blocks[i]] = i;
        }

        var parameters = form.Parameters.Select(parameter =>
            $"{NameOf(parameter)}: {(parameter.Kind == ValueKind.Pointer ? $"{parameter.Type}*" : $"{parameter.Type}")}");
        text.AppendLine(CultureInfo.InvariantCulture, $"kernel {form.Name}({string.Join(", ", parameters)})");
        foreach (var block in blocks)
        {
            Write(block);
        }
    }

    private void Write(Block block)
    {
        var parameters = string.Join(", ", block.Parameters.Select(parameter => $"{NameOf(parameter)}: {parameter.Kind}"));
        text.AppendLine(CultureInfo.InvariantCulture, $"block {numbers[block]}({parameters}):");
        foreach (var instruction in block.Instructions)
        {
            var result = instruction.Kind == ValueKind.None ? "" : $"{NameOf(instruction)}: {instruction.Kind} = ";
            var detail = instruction.Detail is { } shown ? $" {Detail(shown)}" : "";
            var operands = string.Join(", ", instruction.Operands.Select(NameOf));
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"  {result}{instruction.Operation}{detail}{(operands.Length > 0 ? " " : "")}{operands}");
        }

        var terminator = block.Terminator;
        text.AppendLine(terminator switch
        {
            { Condition: { } condition } => $"  if {NameOf(condition)} {Show(terminator.Edges[0])} else {Show(terminator.Edges[1])}",
            { Edges: [var edge] } => $"  {Show(edge)}",
            _ => terminator == Terminator.Return ? "  return" : "  fail",
        });
    }

    private string Show(Edge edge) =>
        Culture($"goto {numbers[edge.Target]}({string.Join(", ", edge.Arguments.Select(NameOf))})");

    private string NameOf(Value value)
    {
        if (value is Constant constant)
        {
            return constant.Kind switch
            {
                ValueKind.Bool => constant.IsZero ? "false" : "true",
                ValueKind.Pointer => "null",
                ValueKind.Float32 => constant.AsFloat.ToString(CultureInfo.InvariantCulture),
                ValueKind.Float64 => constant.AsDouble.ToString(CultureInfo.InvariantCulture),
                _ => constant.Bits.ToString(CultureInfo.InvariantCulture),
            };
        }

        if (!names.TryGetValue(value, out var name))
        {
            var stem = value.Name ?? "v";
            name = stem;
            for (var i = value.Name is null ? 0 : 1; value.Name is null ? !taken.Add(name = Culture($"{stem}{i}")) : !taken.Add(name); i++)
            {
                name = Culture($"{stem}.{i}");
            }

            names[value] = name;
        }

        return name;
    }
}
