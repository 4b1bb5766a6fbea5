namespace IlgpuVq.Tests.Ptx.Syntax;

/// <summary>The text of a module as a tree. Statements are read by <see cref="PtxBodyParser"/>.</summary>
internal static class PtxParser
{
    private static readonly string[] Linking = ["visible", "extern", "weak", "common"];

    public static PtxModule Parse(string source)
    {
        var reader = new PtxTokenReader(PtxLexer.Read(source));
        var version = ReadVersion(reader);
        var target = ReadTarget(reader);
        if (reader.TryDirective("address_size"))
        {
            var (size, line) = reader.Integer();
            _ = size == 64 ? 0 : throw new PtxException(line, $".address_size: expected 64; got {size}");
        }

        var scope = new PtxScope(null);
        var variables = new List<PtxVariable>();
        var entries = new List<PtxEntry>();
        while (!reader.AtEnd)
        {
            ReadTopLevel(reader, scope, variables, entries);
        }

        return new PtxModule(version, target, variables, entries);
    }

    private static void ReadTopLevel(PtxTokenReader reader, PtxScope scope, List<PtxVariable> variables, List<PtxEntry> entries)
    {
        var linking = reader.TryAnyDirective(Linking);
        if (reader.TryDirective("entry"))
        {
            var entry = ReadEntry(reader, scope);
            if (entries.Any(other => other.Name == entry.Name))
            {
                throw new PtxException(entry.Line, $"{entry.Name}: expected a name that is declared once in its scope");
            }

            entries.Add(entry);
        }
        else if (reader.TryDirective("file"))
        {
            reader.SkipLine();
        }
        else if (PtxVariableParser.TryRead(reader, isExternal: linking == "extern") is { } declared)
        {
            foreach (var variable in declared)
            {
                scope.DeclareVariable(variable);
                variables.Add(variable);
            }
        }
        else
        {
            throw reader.Unexpected("an entry or a variable");
        }
    }

    private static PtxVersion ReadVersion(PtxTokenReader reader)
    {
        reader.Directive("version");
        var (text, line) = reader.Decimal();
        var parts = text.Split('.');
        return parts.Length == 2 && int.TryParse(parts[0], out var major) && int.TryParse(parts[1], out var minor)
            ? new PtxVersion(major, minor)
            : throw new PtxException(line, $".version: expected major.minor; got {text}");
    }

    /// <summary>The number of <c>sm_90</c> or <c>sm_90a</c>.</summary>
    private static int ReadTarget(PtxTokenReader reader)
    {
        reader.Directive("target");
        var (name, line) = reader.Name();
        return name.StartsWith("sm_", StringComparison.Ordinal) && int.TryParse(name.AsSpan(3).TrimEnd('a'), out var number)
            ? number
            : throw new PtxException(line, $".target: expected sm_ and a number; got {name}");
    }

    private static PtxEntry ReadEntry(PtxTokenReader reader, PtxScope module)
    {
        var (name, line) = reader.Name();
        var scope = new PtxScope(module);
        var parameters = new List<PtxVariable>();
        if (reader.TryMark("("))
        {
            while (!reader.TryMark(")"))
            {
                var parameter = PtxVariableParser.ReadParameter(reader);
                scope.DeclareVariable(parameter);
                parameters.Add(parameter);
                if (!reader.PeekMark(")"))
                {
                    reader.Mark(",");
                }
            }
        }

        var limits = ReadLimits(reader);
        var body = new PtxBodyParser(reader, scope);
        body.Read();
        return new PtxEntry(name, parameters, body.Instructions, scope, body.Variables, limits, line);
    }

    private static PtxLimits ReadLimits(PtxTokenReader reader)
    {
        var limits = new PtxLimits();
        while (reader.TryAnyDirective(["maxntid", "reqntid", "minnctapersm", "maxnreg"]) is { } directive)
        {
            var product = 1;
            var line = 0;
            do
            {
                (var factor, line) = reader.Integer();
                product *= (int)factor;
            }
            while (reader.TryMark(","));

            limits = directive switch
            {
                "maxntid" => limits with { MaxThreads = product },
                "reqntid" => limits with { MaxThreads = product, IsExact = true },
                "minnctapersm" => limits with { MinGroups = product },
                _ => limits with { MaxRegisters = product },
            };
            _ = product > 0 ? 0 : throw new PtxException(line, $".{directive}: expected a positive number; got {product}");
        }

        return limits;
    }
}
