using System.Numerics;
using static IlgpuVq.Models.Safetensors.SafetensorsException;

namespace IlgpuVq.Models.Torch;

/// <summary>The stack machine that a pickle is a program for: protocols 2 to 5, as far as checkpoints need them.</summary>
/// <remarks>
/// <para>It makes numbers, text, lists, dictionaries and what <see cref="TorchObjects"/> allows by name. Nothing that a pickle
/// names is looked for anywhere else, and nothing is called.</para>
/// <para>Bounds: <see cref="MostSteps"/> instructions, so as many values and remembered ones; a pickle's length, see
/// <see cref="PickleInput"/>. Nesting costs no stack of ours.</para>
/// <para>Source: the documentation of Python's module pickletools.</para>
/// </remarks>
internal sealed class PickleReader
{
    private const int MostSteps = 1 << 22;

    /// <summary>Bytes of a whole number; no checkpoint has one that is longer.</summary>
    private const int LongestNumber = 64;

    private const int LongestName = 256;

    private static readonly object Mark = new();

    private readonly PickleInput input;
    private readonly TorchObjects objects;
    private readonly List<object?> stack = [];
    private readonly Dictionary<ulong, object?> memo = [];

    private PickleReader(PickleInput input, TorchObjects objects) => (this.input, this.objects) = (input, objects);

    /// <summary>The value that the next pickle stands for.</summary>
    /// <exception cref="TorchException">It names what no checkpoint may hold, or is damaged.</exception>
    public static object? Read(PickleInput input, TorchObjects objects)
    {
        var reader = new PickleReader(input, objects);
        for (var steps = 0; steps < MostSteps; steps++)
        {
            var instruction = input.ReadByte();
            if (instruction == '.')
            {
                return reader.stack.Count == 1 && reader.stack[0] != Mark
                    ? reader.stack[0]
                    : throw reader.Broken("one value at the end of the pickle", $"{reader.stack.Count}");
            }

            reader.Execute(instruction);
        }

        throw reader.Broken($"at most {MostSteps} instructions in a pickle", "more");
    }

    private void Execute(byte instruction)
    {
        switch (instruction)
        {
            case 0x80: // PROTO
                var protocol = input.ReadByte();
                if (protocol is < 2 or > 5)
                {
                    throw Broken("a pickle of protocol 2 to 5", $"{protocol}");
                }

                break;
            case 0x95: // FRAME: how much may be read at once
                input.ReadUnsigned(8);
                break;
            case (byte)'(': // MARK
                stack.Add(Mark);
                break;
            case (byte)'0': // POP
                PopAny();
                break;
            case (byte)'1': // POP_MARK
                PopToMark();
                break;
            case (byte)'2': // DUP
                stack.Add(Top());
                break;
            default:
                if (!TryNumber(instruction) && !TryText(instruction) && !TryContainer(instruction) && !TryMemo(instruction))
                {
                    ExecuteNamed(instruction);
                }

                break;
        }
    }

    private bool TryNumber(byte instruction)
    {
        switch (instruction)
        {
            case (byte)'N':
                stack.Add(null);
                break;
            case 0x88:
                stack.Add(true);
                break;
            case 0x89:
                stack.Add(false);
                break;
            case (byte)'J': // BININT
                stack.Add((long)(int)input.ReadUnsigned(4));
                break;
            case (byte)'K': // BININT1
                stack.Add((long)input.ReadByte());
                break;
            case (byte)'M': // BININT2
                stack.Add((long)input.ReadUnsigned(2));
                break;
            case 0x8A: // LONG1
                PushNumber(input.ReadByte());
                break;
            case 0x8B: // LONG4
                PushNumber(input.ReadUnsigned(4));
                break;
            case (byte)'G': // BINFLOAT
                stack.Add(input.ReadDouble());
                break;
            default:
                return false;
        }

        return true;
    }

    private bool TryText(byte instruction)
    {
        switch (instruction)
        {
            case (byte)'X': // BINUNICODE
                stack.Add(input.ReadText(input.ReadUnsigned(4)));
                break;
            case 0x8C: // SHORT_BINUNICODE
                stack.Add(input.ReadText(input.ReadByte()));
                break;
            case 0x8D: // BINUNICODE8
                stack.Add(input.ReadText(input.ReadUnsigned(8)));
                break;
            case (byte)'U': // SHORT_BINSTRING: the text of Python 2
                stack.Add(input.ReadText(input.ReadByte()));
                break;
            case (byte)'T': // BINSTRING
                stack.Add(input.ReadText(input.ReadUnsigned(4)));
                break;
            case (byte)'C': // SHORT_BINBYTES
                stack.Add(input.ReadBytes(input.ReadByte()));
                break;
            case (byte)'B': // BINBYTES
                stack.Add(input.ReadBytes(input.ReadUnsigned(4)));
                break;
            case 0x8E: // BINBYTES8
                stack.Add(input.ReadBytes(input.ReadUnsigned(8)));
                break;
            default:
                return false;
        }

        return true;
    }

    private bool TryContainer(byte instruction)
    {
        switch (instruction)
        {
            case (byte)')':
                stack.Add(Array.Empty<object?>());
                break;
            case 0x85: // TUPLE1
                stack.Add(new[] { Pop() });
                break;
            case 0x86: // TUPLE2
                var second = Pop();
                stack.Add(new[] { Pop(), second });
                break;
            case 0x87: // TUPLE3
                var (third, middle) = (Pop(), Pop());
                stack.Add(new[] { Pop(), middle, third });
                break;
            case (byte)'t':
                stack.Add(PopToMark());
                break;
            case (byte)']' or 0x8F: // EMPTY_LIST, EMPTY_SET
                stack.Add(new PickleList());
                break;
            case (byte)'a': // APPEND
                var item = Pop();
                Top<PickleList>("a list").Items.Add(item);
                break;
            case (byte)'e' or 0x90: // APPENDS, ADDITEMS
                var items = PopToMark();
                Top<PickleList>("a list").Items.AddRange(items);
                break;
            case 0x91: // FROZENSET
                var frozen = PopToMark();
                var set = new PickleList();
                set.Items.AddRange(frozen);
                stack.Add(set);
                break;
            case (byte)'}':
                stack.Add(new PickleDictionary());
                break;
            case (byte)'s': // SETITEM
                var value = Pop();
                var key = Pop();
                Top<PickleDictionary>("a dictionary").Items.Add((key, value));
                break;
            case (byte)'u': // SETITEMS
                AddItems(PopToMark());
                break;
            default:
                return false;
        }

        return true;
    }

    private bool TryMemo(byte instruction)
    {
        switch (instruction)
        {
            case (byte)'q': // BINPUT
                memo[input.ReadByte()] = Top();
                break;
            case (byte)'r': // LONG_BINPUT
                memo[input.ReadUnsigned(4)] = Top();
                break;
            case 0x94: // MEMOIZE
                memo[(ulong)memo.Count] = Top();
                break;
            case (byte)'h': // BINGET
                stack.Add(Remembered(input.ReadByte()));
                break;
            case (byte)'j': // LONG_BINGET
                stack.Add(Remembered(input.ReadUnsigned(4)));
                break;
            default:
                return false;
        }

        return true;
    }

    /// <summary>Instructions about what a pickle names.</summary>
    private void ExecuteNamed(byte instruction)
    {
        switch (instruction)
        {
            case (byte)'c': // GLOBAL
                var module = input.ReadLine(LongestName);
                stack.Add(objects.Find($"{module}.{input.ReadLine(LongestName)}"));
                break;
            case 0x93: // STACK_GLOBAL
                var name = Pop<string>("the name of a class");
                stack.Add(objects.Find($"{Pop<string>("the module of a class")}.{name}"));
                break;
            case (byte)'R': // REDUCE
                var arguments = Pop<object?[]>("a tuple of arguments");
                stack.Add(objects.Make(Pop<PickleGlobal>("a class or function"), arguments));
                break;
            case (byte)'b': // BUILD: attributes beside the items, such as the versions of modules
                Pop();
                Top<PickleDictionary>("a dictionary");
                break;
            case (byte)'Q': // BINPERSID
                stack.Add(objects.FindStorage(Pop<object?[]>("a tuple that names a storage")));
                break;
            default:
                throw Broken(
                    "instructions that a checkpoint needs", $"{DescribeInstruction(instruction)} before byte {input.Position}");
        }
    }

    private static string DescribeInstruction(byte instruction) =>
        instruction is > (byte)' ' and < 0x7F ? $"'{(char)instruction}'" : $"0x{instruction:x2}";

    /// <summary>A whole number in two's complement; as a long where it is one.</summary>
    private void PushNumber(ulong length)
    {
        if (length > LongestNumber)
        {
            throw Broken($"whole numbers of at most {LongestNumber} bytes", $"{length}");
        }

        var number = new BigInteger(input.ReadBytes(length));
        stack.Add(number >= long.MinValue && number <= long.MaxValue ? (long)number : (object)number);
    }

    private void AddItems(object?[] items)
    {
        var dictionary = Top<PickleDictionary>("a dictionary");
        if (items.Length % 2 != 0)
        {
            throw Broken("keys and values in pairs", $"{items.Length} of them");
        }

        for (var i = 0; i < items.Length; i += 2)
        {
            dictionary.Items.Add((items[i], items[i + 1]));
        }
    }

    private object? Remembered(ulong index) => memo.TryGetValue(index, out var value)
        ? value
        : throw Broken("a value that was remembered", $"number {index}, which was not");

    private object? Top() => stack is [.., var top] && top != Mark ? top : throw Broken("a value on the stack", "none");

    private T Top<T>(string what) => Top() is T top ? top : throw Broken(what, Describe(Top()));

    private object? Pop()
    {
        var top = Top();
        stack.RemoveAt(stack.Count - 1);
        return top;
    }

    private T Pop<T>(string what)
    {
        var top = Pop();
        return top is T value ? value : throw Broken(what, Describe(top));
    }

    private void PopAny()
    {
        if (stack.Count == 0)
        {
            throw Broken("a value on the stack", "none");
        }

        stack.RemoveAt(stack.Count - 1);
    }

    private object?[] PopToMark()
    {
        var mark = stack.LastIndexOf(Mark);
        if (mark < 0)
        {
            throw Broken("a mark on the stack", "none");
        }

        var items = stack.GetRange(mark + 1, stack.Count - mark - 1).ToArray();
        stack.RemoveRange(mark, stack.Count - mark);
        return items;
    }

    private TorchException Broken(string expected, string actual) => TorchException.Damaged(input.File, expected, actual);

    /// <summary>A value in words.</summary>
    internal static string Describe(object? value) => value switch
    {
        null => "none",
        string text => $"the text {Quote(text)}",
        bool or long or double or BigInteger => $"the number {value}",
        byte[] => "bytes",
        object?[] => "a tuple",
        PickleList => "a list",
        PickleDictionary => "a dictionary",
        PickleGlobal global => global.Name,
        TorchStorage => "a storage",
        TorchTensor => "a tensor",
        _ => "another value",
    };
}
