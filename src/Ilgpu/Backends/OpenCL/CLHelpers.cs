using System.Globalization;
using ILGPU.IR;

namespace ILGPU.Backends.OpenCL;

/// <summary>Functions that generated code calls where OpenCL C has none that means the same; each is written when it is needed.</summary>
internal sealed class CLHelpers
{
    private readonly HashSet<string> written = [];
    private readonly List<string> functions = [];

    /// <summary>The functions, each after those that it calls.</summary>
    public IEnumerable<string> Functions => functions;

    /// <summary>64-bit atomics are used, which have to be switched on.</summary>
    public bool UsesInt64Atomics { get; private set; }

    public bool UsesFloat64 { get; set; }

    /// <summary>The smaller or larger float: NaN if one is NaN, and -0 below +0.</summary>
    public string MinMax(bool isMin, ValueKind kind)
    {
        var (type, bits) = kind == ValueKind.Float32 ? ("float", "int") : ("double", "long");
        var name = $"{(isMin ? "min" : "max")}_{type}";
        var relation = isMin ? "<" : ">";
        var pickFirst = isMin ? $"as_{bits}(a) < 0" : $"as_{bits}(a) >= 0";
        Add(
            name,
            $$"""
            // NaN if one is NaN; -0 is below +0.
            {{type}} {{name}}({{type}} a, {{type}} b)
            {
                if (a != a) return a;
                if (b != b) return b;
                return a == b ? ({{pickFirst}} ? a : b) : a {{relation}} b ? a : b;
            }
            """);
        return name;
    }

    /// <summary>A division that never fails: by zero it gives zero, and the smallest number by -1 wraps around.</summary>
    public string Divide(bool isRemainder, bool isUnsigned, ValueKind kind)
    {
        var type = (isUnsigned ? "u" : "") + CLText.TypeOf(kind);
        var name = $"{(isRemainder ? "remainder" : "quotient")}_{type}";
        var byMinusOne = isUnsigned ? "" : $" if (b == -1) return {(isRemainder ? "0" : $"(0 - (u{type})a)")};";
        Add(
            name,
            $$"""
            // On this device, a division by zero would end the process.
            {{type}} {{name}}({{type}} a, {{type}} b)
            {
                if (b == 0) return 0;{{byMinusOne}}
                return a {{(isRemainder ? '%' : '/')}} b;
            }
            """);
        return name;
    }

    public string RoundToHalf(ValueKind kind)
    {
        var type = CLText.TypeOf(kind);
        var name = $"{type}_to_half";
        Add(
            name,
            $$"""
            // The bits of the nearest 16-bit number.
            int {{name}}({{type}} x)
            {
                ushort bits;
                vstore_half_rte(x, 0, (private half*)&bits);
                return bits;
            }
            """);
        return name;
    }

    public string HalfToFloat()
    {
        Add(
            "half_to_float",
            """
            float half_to_float(int x)
            {
                ushort bits = (ushort)x;
                return vload_half(0, (private const half*)&bits);
            }
            """);
        return "half_to_float";
    }

    public string GroupLinearIndex()
    {
        Add(
            "group_linear_index",
            """
            int group_linear_index()
            {
                return (int)((get_local_id(2) * get_local_size(1) + get_local_id(1)) * get_local_size(0) + get_local_id(0));
            }
            """);
        return "group_linear_index()";
    }

    /// <summary>The value of another thread of the group, through shared memory.</summary>
    public string Exchange(ValueKind kind)
    {
        var type = CLText.TypeOf(kind);
        var name = $"exchange_{type}";
        GroupLinearIndex();
        Add(
            name,
            $$"""
            // The value that the thread with this number gives; all threads of the group have to come here.
            {{type}} {{name}}(local long* exchange, {{type}} value, int thread)
            {
                local {{type}}* values = (local {{type}}*)exchange;
                int size = (int)(get_local_size(0) * get_local_size(1) * get_local_size(2));
                int own = group_linear_index();
                values[own] = value;
                barrier(CLK_LOCAL_MEM_FENCE);
                {{type}} result = values[thread >= 0 && thread < size ? thread : own];
                barrier(CLK_LOCAL_MEM_FENCE);
                return result;
            }
            """);
        return name;
    }

    /// <summary>An atomic operation that OpenCL has no function for: repeated until no other thread came between.</summary>
    public string AtomicLoop(AtomicOperation operation, NumberType type, AddressSpace space)
    {
        var (element, place) = (CLText.TypeOf(type), CLText.SpaceOf(space));
        var isWide = ValueKinds.SizeOf(type) == 8;
        var bits = isWide ? "long" : "int";
        var exchange = CompareExchange(isWide);
        var combined = operation switch
        {
            AtomicOperation.Add => "old + value",
            AtomicOperation.Min => $"{MinMax(isMin: true, ValueKinds.KindOf(type))}(old, value)",
            _ => $"{MinMax(isMin: false, ValueKinds.KindOf(type))}(old, value)",
        };
        var name = string.Create(CultureInfo.InvariantCulture, $"atomic_{operation.ToString().ToLowerInvariant()}_{element}_{place}");
        Add(
            name,
            $$"""
            {{element}} {{name}}(volatile {{place}} {{element}}* target, {{element}} value)
            {
                volatile {{place}} {{bits}}* bits = (volatile {{place}} {{bits}}*)target;
                {{bits}} seen = *bits;
                for (;;)
                {
                    {{element}} old = as_{{element}}(seen);
                    {{bits}} now = {{exchange}}(bits, seen, as_{{bits}}({{combined}}));
                    if (now == seen) return old;
                    seen = now;
                }
            }
            """);
        return name;
    }

    public string CompareExchange(bool isWide)
    {
        UsesInt64Atomics |= isWide;
        return isWide ? "atom_cmpxchg" : "atomic_cmpxchg";
    }

    /// <summary>The function of OpenCL for an operation on integers.</summary>
    public string IntegerAtomic(AtomicOperation operation, bool isWide)
    {
        UsesInt64Atomics |= isWide;
        var suffix = operation switch
        {
            AtomicOperation.Exchange => "xchg",
            AtomicOperation.CompareExchange => "cmpxchg",
            _ => operation.ToString().ToLowerInvariant(),
        };
        return $"{(isWide ? "atom" : "atomic")}_{suffix}";
    }

    private void Add(string name, string function)
    {
        if (written.Add(name))
        {
            functions.Add(function);
        }
    }
}
