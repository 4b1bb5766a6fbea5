using IlgpuVq.Tests.Ptx.Machine;
using IlgpuVq.Tests.Ptx.Syntax;

namespace IlgpuVq.Tests.Ptx.Decoding;

/// <summary>Where the address of an access is: a register of 32 or 64 bits, and what is added to it.</summary>
internal readonly record struct LaneAddress(int Register, bool IsNarrow, ulong Offset)
{
    public unsafe ulong Of(Warp warp, int lane) =>
        (IsNarrow ? warp.Register<uint>(Register)[lane] : warp.Register<ulong>(Register)[lane]) + Offset;
}

internal static class AddressReader
{
    /// <summary>The address operand of an access to a space.</summary>
    public static LaneAddress Read(InstructionReader reader, StateSpace space)
    {
        var operand = reader.Next();
        if (operand is not AddressOperand address)
        {
            throw reader.Error($"expected an address in brackets; got {operand}");
        }

        if (address.Base is null)
        {
            return new(reader.File.Constant(8, (ulong)address.Offset), false, 0);
        }

        if (reader.FindRegister(address.Base) is { } register)
        {
            // Only memory of a group, a thread or a launch is small enough for addresses of 32 bits.
            var isNarrow = register.Type.Bytes == 4;
            var isSmall = space is StateSpace.Shared or StateSpace.Local or StateSpace.Param;
            var isAddress = !register.Type.IsFloat && (register.Type.Bytes == 8 || (isNarrow && isSmall));
            return isAddress
                ? new(reader.Read(register), isNarrow, (ulong)address.Offset)
                : throw reader.Error(
                    $"expected a register that holds an address of {NameOf(space)}; got {register.Name} of {register.Type}");
        }

        if (reader.FindVariable(address.Base) is not { } variable)
        {
            throw reader.Error($"{address.Base} is not declared");
        }

        if (space == StateSpace.Generic ? variable.Space is not StateSpace.Global : variable.Space != space)
        {
            throw reader.Error($"expected a variable in {NameOf(space)}; got {variable.Name} in {NameOf(variable.Space)}");
        }

        return new(reader.File.Constant(8, reader.AddressOf(variable) + (ulong)address.Offset), false, 0);
    }

    private static string NameOf(StateSpace space) => "." + space.ToString().ToLowerInvariant();
}
