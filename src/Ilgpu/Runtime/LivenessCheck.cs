using System.Reflection;
using System.Runtime.CompilerServices;
using ILGPU.Runtime.CPU;

namespace ILGPU.Runtime;

/// <summary>Refuses arguments that view memory which is freed, or belongs to another accelerator.</summary>
internal sealed class LivenessCheck(Kernel kernel) : IArgumentVisitor
{
    private int number;

    public IArgumentVisitor Visit<T>(in T argument)
        where T : struct
    {
        number++;
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            CheckViews(argument);
        }

        return this;
    }

    private void CheckViews(object value)
    {
        foreach (var buffer in BuffersOf(value))
        {
            Check(kernel, number, buffer);
        }
    }

    /// <summary>Refuses the argument with that number, counted from 1, if this buffer of it cannot be used.</summary>
    public static void Check(Kernel kernel, int number, MemoryBuffer buffer)
    {
        if (buffer.IsDisposed)
        {
            throw new ObjectDisposedException(
                buffer.GetType().Name,
                $"kernel {kernel.Name}: expected a view of a live buffer as argument {number}; " +
                "got one of a buffer that was disposed.");
        }

        if (buffer.Accelerator != kernel.Accelerator)
        {
            throw new ArgumentException(
                $"kernel {kernel.Name}: expected a view of memory of {kernel.Accelerator.Name} as argument {number}; " +
                $"got one of {buffer.Accelerator.Name}.");
        }
    }

    /// <summary>The owners of all views that a structure holds at any depth.</summary>
    private static IEnumerable<MemoryBuffer> BuffersOf(object value)
    {
        if (value is IMemoryView view)
        {
            return view.Owner is { } owner ? [owner] : [];
        }

        return value.GetType()
            .GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(field => !field.FieldType.IsPrimitive)
            .Select(field => field.GetValue(value))
            .OfType<object>()
            .SelectMany(BuffersOf);
    }
}
