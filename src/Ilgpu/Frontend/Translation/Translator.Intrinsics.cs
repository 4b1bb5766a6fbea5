using System.Diagnostics;
using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using ILGPU.Algorithms;
using ILGPU.Frontend.Types;
using ILGPU.IR;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace ILGPU.Frontend.Translation;

/// <content>Methods that stand for what devices do of their own, and so are not read.</content>
internal sealed partial class Translator
{
    private bool TryIntrinsic(MethodBase method, StackValue[] arguments, out StackValue? result)
    {
        result = null;
        var type = method.DeclaringType!;
        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        if (method.IsDefined(typeof(KernelFeatureAttribute)) || type.IsDefined(typeof(KernelFeatureAttribute)))
        {
            return TryMachine(type.Name, method, arguments, out result);
        }

        if (definition == typeof(ArrayView<>))
        {
            return TryView(method, arguments, TypeShapes.ElementOf(type), out result);
        }

        if (definition == typeof(Span<>) || definition == typeof(ReadOnlySpan<>))
        {
            return TrySpan(method, arguments, TypeShapes.ElementOf(type), out result);
        }

        if (definition == typeof(Unsafe) || definition == typeof(Interop))
        {
            return TryUnsafe(method, arguments, out result);
        }

        if (definition == typeof(BitConverter))
        {
            return TryBits(method, arguments, out result);
        }

        if (definition == typeof(System.Half))
        {
            return TryHalf(method, arguments, out result);
        }

        if (definition == typeof(Type) || definition == typeof(RuntimeHelpers))
        {
            return TryTypes(method, arguments, out result);
        }

        if (definition == typeof(CudaAsm))
        {
            result = Assembly(method, arguments);
            return true;
        }

        if (IsMath(definition))
        {
            return TryMath(method, arguments, out result);
        }

        if (definition == typeof(LocalMemory))
        {
            result = AllocateLocal(method, arguments);
            return true;
        }

        if (definition == typeof(EqualityComparer<>))
        {
            result = method.Name == nameof(Equals)
                ? AreEqual(type.GetGenericArguments()[0], arguments[1], arguments[2])
                : new ObjectValue("a comparer");
            return true;
        }

        return TryRest(method, arguments, definition, out result);
    }

    private bool TryRest(MethodBase method, StackValue[] arguments, Type type, out StackValue? result)
    {
        result = null;
        if (type == typeof(ArrayViewExtensions) && method.Name == nameof(ArrayViewExtensions.AsAligned))
        {
            var view = ViewOf(arguments[0], method.GetParameters()[0].ParameterType);
            var alignment = (int)ConstantLength(arguments[1], "AsAligned");
            result = view with { Pointer = Emit(Operation.AlignPointer, ValueKind.Pointer, [view.Pointer], alignment) };
            return true;
        }

        if (type == typeof(MemoryFence))
        {
            var scope = method.Name == nameof(MemoryFence.GroupLevel) ? FenceScope.Group : FenceScope.Device;
            Emit(Operation.Fence, ValueKind.None, [], scope);
            return true;
        }

        if ((type == typeof(ViewErrors) || type == typeof(Debug)) && method is MethodInfo check && check.ReturnType == typeof(void))
        {
            // Checks of the library and assertions: devices do not report them.
            return true;
        }

        if (type == typeof(Accelerator) && method.Name == $"get_{nameof(Accelerator.CurrentType)}")
        {
            result = new ScalarValue(Constant.Int((int)target.Type));
            return true;
        }

        if (IsLibrary(method) && method.Name is ("get_IsSupported" or "get_IsHardwareAccelerated"))
        {
            // Instructions of the processor of the host.
            result = new ScalarValue(Constant.Bool(false));
            return true;
        }

        if (type.Name == "<PrivateImplementationDetails>" && method.Name.StartsWith("InlineArray", StringComparison.Ordinal))
        {
            result = InlineArray(method, method.Name, arguments);
            return true;
        }

        return false;
    }

    /// <summary>Equality as the type defines it.</summary>
    private StackValue AreEqual(Type type, StackValue left, StackValue right)
    {
        if (type.IsEnum || type.GetMethod(nameof(Equals), [type]) is not { } equals)
        {
            return new ScalarValue(Emit(
                Operation.Compare, ValueKind.Bool, [Fit(left, type), Fit(right, type)], Comparison.Equal));
        }

        var self = CreateStorage(type, new SlotKey($"{frame.Path}/{frame.Offset:x}equals", 0), null);
        Store(self, left);
        return Invoke(equals, [new ReferenceValue(PlaceOf(self)), right], isVirtual: false)!;
    }

    private bool TryConstruct(Type type, StackValue[] arguments, out StackValue made)
    {
        made = null!;
        if (TypeShapes.Of(type) != TypeShape.View)
        {
            return false;
        }

        if (!type.IsArray && type.GetGenericTypeDefinition() == typeof(ReadOnlySpan<>) && arguments is [ReferenceValue reference])
        {
            made = new ViewValue(TypeShapes.ElementOf(type), PointerTo(reference.Place), Constant.Long(1));
            return true;
        }

        throw Refuse($"a new {type.Name}", "Views of kernels come from parameters, SubView, SharedMemory and LocalMemory.");
    }

    private static bool IsMath(Type type) =>
        type == typeof(Math) || type == typeof(MathF) || type == typeof(XMath) || type == typeof(IntrinsicMath) ||
        type == typeof(BitOperations) || type == typeof(float) || type == typeof(double);

    private bool TryView(MethodBase method, StackValue[] arguments, Type element, out StackValue? result)
    {
        result = null;
        var view = arguments.Length > 0 && !method.IsStatic
            ? ViewOf(arguments[0] is ReferenceValue self ? Load(self.Place) : arguments[0], method.DeclaringType!)
            : null;
        switch (method.Name)
        {
            case "get_Item" or "Unchecked":
                result = new ReferenceValue(new MemoryPlace(element, ElementAddress(view!, AsLong(ScalarOf(arguments[1])))));
                return true;
            case "get_Length":
                result = new ScalarValue(view!.Length);
                return true;
            case "get_IntLength":
                result = new ScalarValue(ToInt(view!.Length));
                return true;
            case "get_LengthInBytes":
                var size = Constant.Long(FieldLayout.SizeOf(element));
                result = new ScalarValue(Emit(Operation.Multiply, ValueKind.Int64, [view!.Length, size]));
                return true;
            case "get_IsValid":
                result = new ScalarValue(Emit(
                    Operation.Compare, ValueKind.Bool, [view!.Length, Constant.Long(0)], Comparison.Greater));
                return true;
            case "get_BaseView" or "AsContiguous":
                result = view;
                return true;
            case "get_Empty":
                result = Zero(method.DeclaringType!);
                return true;
            case "SubView":
                var start = AsLong(ScalarOf(arguments[1]));
                var length = arguments.Length > 2
                    ? AsLong(ScalarOf(arguments[2]))
                    : Emit(Operation.Subtract, ValueKind.Int64, [view!.Length, start]);
                result = new ViewValue(element, ElementAddress(view!, start), length);
                return true;
            case "Cast" or "AsRawArrayView":
                result = CastView(view!, method.IsGenericMethod ? method.GetGenericArguments()[0] : typeof(byte));
                return true;
            case "get_Buffer" or "get_Index" or "get_IndexInBytes" or "LoadEffectiveAddress" or "LoadEffectiveAddressAsPtr":
                throw Refuse(MethodName.Of(method), "It belongs to the host.");
            default:
                return false;
        }
    }

    private ViewValue CastView(ViewValue view, Type element)
    {
        var (from, to) = (FieldLayout.SizeOf(view.Element), FieldLayout.SizeOf(element));
        var length = view.Length;
        if (from != to)
        {
            length = Emit(Operation.Multiply, ValueKind.Int64, [length, Constant.Long(from)]);
            length = Emit(Operation.Divide, ValueKind.Int64, [length, Constant.Long(to)]);
        }

        var pointer = ElementNumber(element) == ElementNumber(view.Element)
            ? view.Pointer
            : Emit(Operation.CastPointer, ValueKind.Pointer, [view.Pointer], ElementNumber(element));
        return new ViewValue(element, pointer, length);
    }

    private bool TrySpan(MethodBase method, StackValue[] arguments, Type element, out StackValue? result)
    {
        result = null;
        if (method.IsStatic || method.Name is not ("get_Item" or "get_Length"))
        {
            throw Refuse($"{MethodName.Of(method)} of a span", "Use views, or arrays of the kernel.");
        }

        var view = ViewOf(arguments[0] is ReferenceValue self ? Load(self.Place) : arguments[0], method.DeclaringType!);
        result = method.Name == "get_Length"
            ? new ScalarValue(ToInt(view.Length))
            : new ReferenceValue(new MemoryPlace(element, ElementAddress(view, AsLong(ScalarOf(arguments[1])))));
        return true;
    }

    private Value ToInt(Value value) => Emit(Operation.Convert, ValueKind.Int32, [value], new Conversion(NumberType.Int32));

    /// <summary>The helpers of the compiler for elements of inline arrays.</summary>
    private StackValue InlineArray(MethodBase method, string helper, StackValue[] arguments)
    {
        var element = method.GetGenericArguments()[1];
        var pointer = PointerTo(((ReferenceValue)arguments[0]).Place);
        if (helper.Contains("Span", StringComparison.Ordinal))
        {
            return new ViewValue(element, pointer, AsLong(ScalarOf(arguments[1])));
        }

        var index = arguments.Length > 1 ? AsLong(ScalarOf(arguments[1])) : Constant.Long(0);
        return new ReferenceValue(new MemoryPlace(element, ElementAddress(new(element, pointer, index), index)));
    }

    private bool TryUnsafe(MethodBase method, StackValue[] arguments, out StackValue? result)
    {
        var generics = method.IsGenericMethod ? method.GetGenericArguments() : [];
        switch (method.Name)
        {
            case "As" when generics.Length == 2:
                result = new ReferenceValue(Retype(((ReferenceValue)arguments[0]).Place, generics[1]));
                return true;
            case "AsRef" when arguments[0] is ReferenceValue reference:
                result = new ReferenceValue(Retype(reference.Place, generics[0]));
                return true;
            case "Add" when generics.Length == 1:
                var place = ((ReferenceValue)arguments[0]).Place;
                var view = new ViewValue(generics[0], PointerTo(place), Constant.Long(0));
                result = new ReferenceValue(new MemoryPlace(generics[0], ElementAddress(view, AsLong(ScalarOf(arguments[1])))));
                return true;
            case "AsPointer":
                result = arguments[0];
                return true;
            case "BitCast":
                result = BitCast(arguments[0], generics[0], generics[1]);
                return true;
            case "SizeOf":
                result = new ScalarValue(Constant.Int(FieldLayout.SizeOf(generics[0])));
                return true;
            case "SkipInit":
                result = null;
                return true;
            case "FloatAsInt" or "IntAsFloat" or "OffsetOf":
                result = null;
                return false;
            default:
                throw Refuse(MethodName.Of(method));
        }
    }

    private StackValue BitCast(StackValue value, Type from, Type to)
    {
        if (TypeShapes.Of(to) == TypeShape.Scalar && TypeShapes.Of(from) == TypeShape.Scalar)
        {
            var scalar = ScalarOf(value);
            var kind = TypeShapes.KindOf(to);
            return new ScalarValue(Fit(
                new ScalarValue(scalar.Kind == kind ? scalar : Emit(Operation.Reinterpret, kind, [scalar])), to));
        }

        var pointer = Allocate("bits", AddressSpace.Private, from, FieldLayout.SizeOf(from));
        StoreMemory(from, pointer, value);
        return LoadMemory(to, pointer);
    }

    private bool TryBits(MethodBase method, StackValue[] arguments, out StackValue? result)
    {
        ValueKind? kind = method.Name switch
        {
            "SingleToInt32Bits" or "SingleToUInt32Bits" => ValueKind.Int32,
            "DoubleToInt64Bits" or "DoubleToUInt64Bits" => ValueKind.Int64,
            "Int32BitsToSingle" or "UInt32BitsToSingle" => ValueKind.Float32,
            "Int64BitsToDouble" or "UInt64BitsToDouble" => ValueKind.Float64,
            _ => null,
        };
        if (kind is { } target)
        {
            result = new ScalarValue(Emit(Operation.Reinterpret, target, [ScalarOf(arguments[0])]));
            return true;
        }

        NumberType? half = method.Name switch
        {
            "HalfToUInt16Bits" or "UInt16BitsToHalf" => NumberType.UInt16,
            "HalfToInt16Bits" => NumberType.Int16,
            "Int16BitsToHalf" => NumberType.UInt16,
            _ => null,
        };
        result = half is { } number
            ? new ScalarValue(Emit(Operation.Convert, ValueKind.Int32, [ScalarOf(arguments[0])], new Conversion(number)))
            : throw Refuse(MethodName.Of(method));
        return true;
    }

    private bool TryTypes(MethodBase method, StackValue[] arguments, out StackValue? result)
    {
        result = (method.Name, arguments) switch
        {
            ("GetTypeFromHandle", [TypeValue type]) => type,
            ("op_Equality" or "Equals", [TypeValue left, TypeValue right]) =>
                new ScalarValue(Constant.Bool(left.Type == right.Type)),
            ("op_Inequality", [TypeValue left, TypeValue right]) => new ScalarValue(Constant.Bool(left.Type != right.Type)),
            ("get_IsValueType", [TypeValue type]) => new ScalarValue(Constant.Bool(type.Type.IsValueType)),
            ("get_IsEnum", [TypeValue type]) => new ScalarValue(Constant.Bool(type.Type.IsEnum)),
            ("IsReferenceOrContainsReferences", _) => new ScalarValue(Constant.Bool(false)),
            _ => throw Refuse(MethodName.Of(method)),
        };
        return true;
    }

    private StackValue AllocateLocal(MethodBase method, StackValue[] arguments)
    {
        var element = method.GetGenericArguments()[0];
        return method.Name switch
        {
            nameof(LocalMemory.Allocate) =>
                AllocateView("local", AddressSpace.Private, element, ConstantLength(arguments[0], "LocalMemory")),
            nameof(LocalMemory.Allocate1D) =>
                AsDense(AllocateView("local", AddressSpace.Private, element, ConstantLength(arguments[0], "LocalMemory"))),
            _ => AllocateTile("local", AddressSpace.Private, (MethodInfo)method, arguments),
        };
    }

    private long ConstantLength(StackValue value, string owner) => ScalarOf(value) is Constant { Bits: >= 0 } length
        ? length.Bits
        : throw Refuse($"{owner} with a length that is not a constant", "Use a constant or a SpecializedValue.");

    private StackValue AsDense(ViewValue view)
    {
        var dense = typeof(ArrayView<>).MakeGenericType(view.Element);
        var method = dense.GetMethod(nameof(ArrayView<int>.AsDense))!;
        return Inline(method, [new ReferenceValue(new ValuePlace(dense, view, default))], $"{frame.Path}/{frame.Offset:x}dense")!;
    }

    /// <summary>A two-dimensional view of memory of its own: the extent and the stride have to be constants.</summary>
    private StructureValue AllocateTile(string name, AddressSpace space, MethodInfo method, StackValue[] arguments)
    {
        var result = method.ReturnType;
        var (element, stride) = (result.GetGenericArguments()[0], result.GetGenericArguments()[1]);
        var extent = (StructureValue)arguments[0];
        var path = $"{frame.Path}/{frame.Offset:x}tile";
        var distance = arguments.Length > 1
            ? arguments[1]
            : Inline(
                stride.GetMethod("Of", BindingFlags.NonPublic | BindingFlags.Static)!,
                [ToLongIndex(extent)],
                $"{path}stride")!;
        var reference = new ReferenceValue(new ValuePlace(stride, distance, default));
        var compute = stride.GetMethods().First(candidate => candidate.Name == nameof(IStride2D.ComputeElementIndex) &&
            candidate.GetParameters()[0].ParameterType == typeof(LongIndex2D));
        var last = new StructureValue(typeof(LongIndex2D), [.. ToLongIndex(extent).Fields.Select(field => new ScalarValue(
            Emit(Operation.Subtract, ValueKind.Int64, [ScalarOf(field), Constant.Long(1)])))]);
        var length = ConstantLength(Inline(compute, [reference, last], $"{path}length")!, method.DeclaringType!.Name) + 1;
        var view = AllocateView(name, space, element, length);
        return new StructureValue(result, [.. FieldLayout.Of(result).Select(field => field.Name switch
        {
            "BaseView" => view,
            "Extent" => ToLongIndex(extent),
            _ => distance,
        })]);
    }

    private StructureValue ToLongIndex(StructureValue index) =>
        new(typeof(LongIndex2D), [.. index.Fields.Select(field => new ScalarValue(AsLong(ScalarOf(field))))]);
}
