using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using ILGPU.Frontend.Types;
using ILGPU.IR;

namespace ILGPU.Frontend.Translation;

/// <content>Bodies of methods: blocks, local variables, and calls put in place.</content>
internal sealed partial class Translator
{
    private StackValue[] stack = new StackValue[16];
    private int depth;

    /// <summary>What follows in the block that is being translated is never reached.</summary>
    private bool hasFailed;

    /// <summary>Puts the body of a method here. Afterwards the current block is the one to go on in.</summary>
    /// <returns>What the method returns; null for void.</returns>
    private StackValue? Inline(MethodBase method, StackValue[] arguments, string path)
    {
        CheckCallee(method);
        var (caller, callerStack, callerDepth) = (frame, stack, depth);
        frame = new Frame(method, caller, arguments, path);
        stack = new StackValue[method.GetMethodBody()!.MaxStackSize + 1];
        for (var i = 0; i < arguments.Length; i++)
        {
            BindArgument(i, arguments[i]);
        }

        var entry = Enter(0, []);
        block.Terminator = Terminator.Jump(entry);
        if (!frame.Leaders.Contains(0) && stored.TryGetValue(block, out var known))
        {
            // The only way to the entry is this call.
            stored[entry] = known;
        }

        while (frame.Pending.Count > 0)
        {
            var offset = frame.Pending.Min;
            frame.Pending.Remove(offset);
            TranslateBlock(offset);
        }

        var result = JoinReturns(frame, method);
        (frame, stack, depth) = (caller, callerStack, callerDepth);
        return result;
    }

    private void CheckCallee(MethodBase method)
    {
        var name = MethodName.Of(method);
        var calls = 0;
        for (var at = frame; at is not null; at = at.Caller)
        {
            if (at.Method == method)
            {
                throw Refuse($"a recursion of {name}", "Write it as a loop.");
            }

            if (++calls > MaxDepth)
            {
                throw Refuse($"calls nested more than {MaxDepth} deep, down to {name}");
            }
        }

        if (method.GetMethodBody() is not { } body)
        {
            throw Refuse($"a call of {name}, which has no body");
        }

        if (body.ExceptionHandlingClauses is [var clause, ..])
        {
            throw Refuse(
                "a try block",
                "Kernels cannot handle exceptions.",
                PlaceOf(method, DebugSymbols.Of(method), clause.TryOffset));
        }

        if (IsOfHostVectors(method))
        {
            throw Refuse($"a call of {name}", "The length of vectors is that of the host. Write a loop, or an array of the kernel.");
        }
    }

    private static bool IsOfHostVectors(MethodBase method) => method.DeclaringType is
    { Namespace: "System.Runtime.Intrinsics" } or { Namespace: "System.Numerics", Name: "Vector" or "Vector`1" };

    /// <summary>An argument that nobody writes to is its value; others become variables.</summary>
    private void BindArgument(int index, StackValue value)
    {
        var slot = new SlotKey(frame.Path, -1 - index);
        var type = frame.ArgumentType(index);
        var name = frame.ArgumentName(index);
        if (TypeShapes.Of(type) == TypeShape.Scalar && value is ScalarValue)
        {
            value = new ScalarValue(Fit(value, type));
        }

        if (value is ScalarValue { Value: IR.Instruction named } && frame.Caller is null)
        {
            named.Name ??= name;
        }

        frame.Arguments[index] = value;
        if (frame.StoresTo(slot.Index) > 0 || written.Contains(slot) || addressed.Contains(slot))
        {
            var storage = CreateStorage(type, slot, name);
            frame.Storages[slot.Index] = storage;
            Store(storage, value);
        }
    }

    private StackValue? JoinReturns(Frame callee, MethodBase method)
    {
        var type = method is MethodInfo { ReturnType: { } returned } && returned != typeof(void) ? returned : null;
        switch (callee.Returns)
        {
            case []:
                Fail();
                return type is null ? null : Zero(type);
            case [var only]:
                block = only.Block;
                return only.Value;
            default:
                var join = new Block();
                var result = type is null ? null : CreateStorage(type, new SlotKey(callee.Path, int.MaxValue), null);
                foreach (var (from, value) in callee.Returns)
                {
                    block = from;
                    if (result is not null)
                    {
                        Store(result, value!);
                    }

                    block.Terminator = Terminator.Jump(join);
                }

                block = join;
                return result is null ? null : Load(result);
        }
    }

    /// <summary>A place that is jumped to with these values on the stack.</summary>
    private Block Enter(int offset, ReadOnlySpan<StackValue> values)
    {
        if (!frame.Blocks.TryGetValue(offset, out var target))
        {
            target = frame.Blocks[offset] = new FrameBlock();
            frame.Pending.Add(offset);
        }

        if (values.Length > 0)
        {
            var slot = new SlotKey($"{frame.Path}@{offset}", 0);
            target.Stack ??= [.. values.ToArray().Select((value, i) => StorageFor(value, slot with { Index = i }))];
            for (var i = 0; i < values.Length; i++)
            {
                Store(target.Stack[i], values[i]);
            }
        }

        return target.Block;
    }

    private Storage StorageFor(StackValue value, SlotKey slot) => value switch
    {
        ScalarValue { Value.Kind: ValueKind.Bool or ValueKind.Int32 } => CreateStorage(typeof(int), slot, null),
        ScalarValue { Value.Kind: ValueKind.Int64 } => CreateStorage(typeof(long), slot, null),
        ScalarValue { Value.Kind: ValueKind.Float32 } => CreateStorage(typeof(float), slot, null),
        ScalarValue { Value.Kind: ValueKind.Float64 } => CreateStorage(typeof(double), slot, null),
        StructureValue structure => CreateStorage(structure.Type, slot, null),
        ViewValue view => CreateStorage(view.Element.MakeArrayType(), slot, null),
        ReferenceValue reference => CreateStorage(reference.Place.Type.MakeByRefType(), slot, null),
        _ => CreateStorage(typeof(object), slot, null),
    };

    private void TranslateBlock(int offset)
    {
        var start = frame.Blocks[offset];
        block = start.Block;
        depth = 0;
        foreach (var storage in start.Stack ?? [])
        {
            Push(Load(storage));
        }

        var index = IndexOf(offset);
        while (true)
        {
            var instruction = frame.Code[index++];
            frame.Offset = instruction.Offset;
            if (!Translate(instruction) || hasFailed)
            {
                hasFailed = false;
                return;
            }

            if (index < frame.Code.Count && frame.Leaders.Contains(frame.Code[index].Offset))
            {
                var next = Enter(frame.Code[index].Offset, stack.AsSpan(0, depth));
                block.Terminator = Terminator.Jump(next);
                return;
            }
        }
    }

    private int IndexOf(int offset)
    {
        var (low, high) = (0, frame.Code.Count - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = frame.Code[middle].Offset < offset ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private void Push(StackValue value)
    {
        if (depth == stack.Length)
        {
            Array.Resize(ref stack, 2 * depth);
        }

        stack[depth++] = value;
    }

    private void Push(Value value) => Push(new ScalarValue(value));

    private StackValue Pop() => stack[--depth];

    private Value PopScalar() => ScalarOf(Pop());

    private void LoadLocal(int index)
    {
        if (StorageOfLocal(index) is { } storage)
        {
            Push(Load(storage));
        }
        else
        {
            Push(frame.Locals[index] ?? Zero(frame.LocalTypes[index]));
        }
    }

    private void StoreLocal(int index)
    {
        var value = Pop();
        var type = frame.LocalTypes[index];
        if (StorageOfLocal(index) is { } storage)
        {
            Store(storage, value);
            return;
        }

        if (TypeShapes.Of(type) == TypeShape.Scalar)
        {
            value = new ScalarValue(Fit(value, type));
        }

        frame.Locals[index] = value;
        GiveName(value, frame.Symbols.NameOf(index));
    }

    private static void GiveName(StackValue value, string? name)
    {
        switch (value)
        {
            case ScalarValue { Value: IR.Instruction instruction }:
                instruction.Name ??= name;
                break;
            case ViewValue { Pointer: IR.Instruction { Operation: Operation.Allocate } memory } when name is not null:
                memory.Name = name;
                break;
            case ViewValue { Pointer: IR.Instruction pointer }:
                pointer.Name ??= name;
                break;
        }
    }

    /// <summary>The variable of a local; null for one that is assigned once and so is a value.</summary>
    private Storage? StorageOfLocal(int index)
    {
        if (frame.Storages.TryGetValue(index, out var storage))
        {
            return storage;
        }

        var slot = new SlotKey(frame.Path, index);
        var type = frame.LocalTypes[index];
        if (frame.StoresTo(index) <= 1 && !written.Contains(slot) && !addressed.Contains(slot) &&
            TypeShapes.Of(type) != TypeShape.Memory)
        {
            return null;
        }

        return frame.Storages[index] = CreateStorage(type, slot, frame.Symbols.NameOf(index));
    }

    private void PushAddressOfLocal(int index)
    {
        var slot = new SlotKey(frame.Path, index);
        Push(new ReferenceValue(StorageOfLocal(index) is { } storage
            ? PlaceOf(storage)
            : new ValuePlace(frame.LocalTypes[index], frame.Locals[index] ?? Zero(frame.LocalTypes[index]), slot)));
    }

    private void LoadArgument(int index) =>
        Push(frame.Storages.TryGetValue(-1 - index, out var storage) ? Load(storage) : frame.Arguments[index]);

    private void PushAddressOfArgument(int index)
    {
        var slot = new SlotKey(frame.Path, -1 - index);
        Push(new ReferenceValue(frame.Storages.TryGetValue(slot.Index, out var storage)
            ? PlaceOf(storage)
            : new ValuePlace(frame.ArgumentType(index), frame.Arguments[index], slot)));
    }

    /// <summary>A call, a construction, or the function of the device that stands for it.</summary>
    private void Call(MethodBase method, Type? constraint, bool isVirtual)
    {
        var parameters = method.GetParameters();
        var arguments = new StackValue[parameters.Length + (method.IsStatic ? 0 : 1)];
        depth -= arguments.Length;
        Array.Copy(stack, depth, arguments, 0, arguments.Length);
        if (constraint is not null)
        {
            method = CallResolver.Implementation(method, constraint);
            if (!method.IsStatic && method.DeclaringType is { IsInterface: true })
            {
                // A default method of the interface gets a copy.
                var copy = CreateStorage(constraint, new SlotKey($"{frame.Path}/{frame.Offset:x}copy", 0), null);
                Store(copy, Load(((ReferenceValue)arguments[0]).Place));
                arguments[0] = new ReferenceValue(PlaceOf(copy));
            }
            else if (!method.IsStatic && method.DeclaringType is { IsValueType: false })
            {
                throw Refuse($"a call of {MethodName.Of(method)} on a {constraint.Name}", "Kernels cannot box values.");
            }
        }
        else if (method.DeclaringType is { IsInterface: true } && arguments is [ReferenceValue { Place.Type: { IsValueType: true } self }, ..])
        {
            // Within a default method the structure is known.
            method = CallResolver.Implementation(method, self);
            isVirtual = false;
        }

        if (Invoke(method, arguments, isVirtual && constraint is null) is { } result)
        {
            Push(result);
        }
    }

    private StackValue? Invoke(MethodBase method, StackValue[] arguments, bool isVirtual)
    {
        if (Fails(method) || (IsLibrary(frame.Method) && method.DeclaringType == typeof(DefaultInterpolatedStringHandler)))
        {
            Fail();
            return method is MethodInfo { ReturnType: { } type } && type != typeof(void) ? Zero(type) : null;
        }

        if (TryIntrinsic(method, arguments, out var result))
        {
            return result;
        }

        if (isVirtual && method is { IsVirtual: true, IsFinal: false } && method.DeclaringType is { IsSealed: false })
        {
            throw Refuse($"a virtual call of {MethodName.Of(method)}", "Use a generic type parameter that is a structure.");
        }

        return Inline(method, arguments, $"{frame.Path}/{frame.Offset:x}");
    }

    /// <summary>
    /// Checks of the library end here, or where they begin to write the message: devices do not have exceptions.
    /// </summary>
    private static bool Fails(MethodBase method) => IsLibrary(method) &&
        (method.IsDefined(typeof(DoesNotReturnAttribute)) || method.DeclaringType is { Name: "ThrowHelper" });

    private static bool IsLibrary(MethodBase method) =>
        method.Module.Assembly == typeof(Translator).Assembly || method.Module.Assembly == typeof(object).Assembly;

    private void Fail()
    {
        block.Terminator = Terminator.Unreachable;
        hasFailed = true;
    }

    private void Construct(ConstructorInfo constructor)
    {
        var type = constructor.DeclaringType!;
        if (IsLibrary(frame.Method) && typeof(Exception).IsAssignableFrom(type))
        {
            Fail();
            return;
        }

        if (!type.IsValueType)
        {
            throw typeof(Delegate).IsAssignableFrom(type)
                ? Refuse($"a delegate of type {type.Name}", "Pass the operation as a structure with a static abstract method.")
                : typeof(Exception).IsAssignableFrom(type)
                    ? Refuse($"an exception of type {type.Name}", "Kernels cannot throw.")
                    : Refuse($"a new object of type {type.Name}", "Kernels cannot use reference types.");
        }

        var count = constructor.GetParameters().Length;
        depth -= count;
        var values = stack.AsSpan(depth, count).ToArray();
        if (TryConstruct(type, values, out var made))
        {
            Push(made);
            return;
        }

        var slot = new SlotKey($"{frame.Path}/{frame.Offset:x}new", 0);
        var storage = CreateStorage(type, slot, null);
        Store(storage, Zero(type));
        Inline(constructor, [new ReferenceValue(PlaceOf(storage)), .. values], $"{frame.Path}/{frame.Offset:x}");
        Push(Load(storage));
    }
}
