using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;

namespace IlgpuVq.Tests.Ilgpu.Differential.Refusals;

/// <summary>Kernels that use what the language of kernels does not have.</summary>
/// <remarks>Each is small, so that the line in the message is that of the one statement which is not allowed.</remarks>
internal static class RefusedKernels
{
    private static readonly int[] Table = [1, 2, 3];

    private static readonly string Text = "text";

    private static readonly Cell Shared = new() { Value = 3 };

    private static readonly Func<int, int> Increment = value => value + 1;

    private static int counter;

    private interface IValue
    {
        int Value { get; }
    }

    public static RefusalSet All()
    {
        var kernels = new RefusalSet();
        AddReferences(kernels);
        AddFunctions(kernels);
        AddExceptions(kernels);
        AddRecursion(kernels);
        AddStatics(kernels);
        AddArrays(kernels);
        AddLibrary(kernels);
        return kernels;
    }

    private static void AddReferences(RefusalSet kernels)
    {
        kernels.Add("boxing", "box|object", (i, x, y) =>
        {
            object boxed = x[i];
            y[i] = boxed.GetHashCode();
        });
        kernels.Add("boxing to an interface", "box|interface|virtual", (i, x, y) =>
        {
            IValue value = new Number(x[i]);
            y[i] = value.Value;
        });
        kernels.Add("boxing by a method that a structure does not override", "box|GetHashCode", (i, x, y) =>
            y[i] = new Number(x[i]).GetHashCode());
        kernels.Add("a new object", "object|Cell|reference", (i, x, y) =>
        {
            var cell = new Cell { Value = x[i] };
            y[i] = cell.Value;
        });
        kernels.Add("a virtual call on a class", "Cell|reference|virtual|object", (i, x, y) =>
        {
            Cell cell = new Derived();
            y[i] = cell.Compute(x[i]);
        });
        kernels.Add("a string", "string", (i, x, y) =>
        {
            var text = "abc";
            y[i] = text.Length + x[i];
        });
        kernels.Add("an interpolated string", "string|interpolated", (i, x, y) =>
            y[i] = $"{x[i]}".Length);
        kernels.Add("a static string", "Text|string", (i, x, y) =>
            y[i] = Text.Length);
        kernels.Add("a record class", "Person|object|reference", (i, x, y) =>
        {
            var person = new Person(x[i], 2);
            y[i] = person.Age;
        });
        kernels.Add("an anonymous type", "object|reference|anonymous", (i, x, y) =>
        {
            var both = new { A = x[i], B = 2 };
            y[i] = both.A + both.B;
        });
        kernels.Add("the text of an enum", "box|ToString|string", (i, x, y) =>
            y[i] = ((DayOfWeek)x[i]).ToString().Length);
    }

    private static void AddFunctions(RefusalSet kernels)
    {
        kernels.Add("a delegate", "delegate|Func|lambda", (i, x, y) =>
        {
            Func<int, int> twice = value => 2 * value;
            y[i] = twice(x[i]);
        });
        kernels.Add("a delegate of a method group", "delegate|Func|lambda", (i, x, y) =>
        {
            Func<int, int> absolute = Math.Abs;
            y[i] = absolute(x[i]);
        });
        kernels.Add("a static delegate", "delegate|Func|Increment", (i, x, y) =>
            y[i] = Increment(x[i]));
        kernels.Add("a delegate that captures", "delegate|Func|lambda|object|closure", (i, x, y) =>
        {
            var offset = x[i];
            Func<int, int> add = value => value + offset;
            y[i] = add(3);
        });
        kernels.Add("a delegate passed to a helper", "delegate|Func|lambda", (i, x, y) =>
            y[i] = Apply(value => value - 1, x[i]));
        kernels.Add("a query", "delegate|Func|lambda|Enumerable|Range|object", (i, x, y) =>
            y[i] = Enumerable.Range(0, 3).Sum(k => k * 2));
        kernels.Add("an iterator", "object|Numbers|try|reference|virtual", (i, x, y) =>
        {
            foreach (var number in Numbers())
            {
                y[i] += number;
            }
        });
    }

    private static void AddExceptions(RefusalSet kernels)
    {
        kernels.Add("throw", "throw|exception", (i, x, y) =>
        {
            if (x[i] < 0)
            {
                throw new InvalidOperationException();
            }

            y[i] = x[i];
        });
        kernels.Add("throw in an expression", "throw|exception", (i, x, y) =>
            y[i] = x[i] > 0 ? x[i] : throw new ArgumentException(null));
        kernels.Add("throw in a helper", "throw|exception", (i, x, y) =>
            y[i] = Checked(x[i]), nameof(Checked));
        kernels.Add("try and catch", "try|exception|catch", (i, x, y) =>
        {
            try
            {
                y[i] = 1 / x[i];
            }
            catch (DivideByZeroException)
            {
                y[i] = 0;
            }
        });
        kernels.Add("try and finally", "try|exception|finally", (i, x, y) =>
        {
            try
            {
                y[i] = x[i];
            }
            finally
            {
                y[i]++;
            }
        });
        kernels.Add("using", "try|exception|finally", (i, x, y) =>
        {
            using var resource = new Resource(x[i]);
            y[i] = resource.Value;
        });
        kernels.Add("a switch expression without a default", "throw|exception|SwitchExpression", (i, x, y) =>
            y[i] = Choose(x[i]), nameof(Choose));
    }

    private static void AddRecursion(RefusalSet kernels)
    {
        kernels.Add("direct recursion", "recurs", (i, x, y) =>
            y[i] = Factorial(x[i]), nameof(Factorial));
        kernels.Add("mutual recursion", "recurs", (i, x, y) =>
            y[i] = IsEven(x[i]) ? 1 : 0, nameof(IsOdd));
        kernels.Add("recursion over ever new types", "recurs|nested|deep", (i, x, y) =>
            y[i] = Nest<int>(x[i]), nameof(Nest));
        kernels.Add("recursion through a type argument", "recurs", (i, x, y) =>
            y[i] = Descend<Down>(x[i]), nameof(Down));
    }

    private static void AddStatics(RefusalSet kernels)
    {
        kernels.Add("a mutable static field", "counter|static", (i, x, y) =>
            y[i] = counter);
        kernels.Add("a store to a static field", "counter|static", (i, x, y) =>
            counter = x[i]);
        kernels.Add("a static field by ref", "counter|static", (i, x, y) =>
            Interlocked.Increment(ref counter));
        kernels.Add("a static array", "Table|array", (i, x, y) =>
            y[i] = Table[i % 3]);
        kernels.Add("a static object", "Shared|static|reference", (i, x, y) =>
            y[i] = Shared.Value);
        kernels.Add("a thread-static field", "value|static", (i, x, y) =>
            y[i] = PerThread.Value, nameof(PerThread));
    }

    private static void AddArrays(RefusalSet kernels)
    {
        kernels.Add("a jagged array", "array", (i, x, y) =>
        {
            var rows = new int[2][];
            rows[0] = new int[3];
            y[i] = rows[0][1];
        });
        kernels.Add("an array of two dimensions", "array|Int32\\[,\\]|object", (i, x, y) =>
        {
            var table = new int[2, 2];
            table[0, 1] = x[i];
            y[i] = table[0, 1];
        });
        kernels.Add("an array whose length is not a constant", "length|constant", (i, x, y) =>
        {
            var values = new int[x[i]];
            y[i] = values.Length;
        });
        kernels.Add("local memory whose length is not a constant", "LocalMemory|length|constant", (i, x, y) =>
        {
            var memory = LocalMemory.Allocate<int>(x[i]);
            y[i] = memory.IntLength;
        });
        kernels.AddGrouped("shared memory whose length is not a constant", "SharedMemory|length|constant", (x, y) =>
        {
            var memory = SharedMemory.Allocate<int>(x[0]);
            y[0] = memory.IntLength;
        });
        kernels.Add("an array of strings", "array|string", (i, x, y) =>
        {
            var texts = new string[2];
            y[i] = texts.Length + x[i];
        });
        kernels.Add("stackalloc", "stackalloc|localloc|Span|pointer", (i, x, y) =>
        {
            Span<int> values = stackalloc int[4];
            values[1] = x[i];
            y[i] = values[1];
        });
        kernels.Add("a span over an array", "Span", (i, x, y) =>
        {
            var values = new int[4];
            var span = values.AsSpan(1);
            y[i] = span[0] + x[i];
        });
        kernels.Add("a collection expression of a list", "List|object|reference", (i, x, y) =>
        {
            List<int> values = [x[i], 2];
            y[i] = values.Count;
        });
        kernels.Add("Array.Sort", "Sort|Array|call", (i, x, y) =>
        {
            var values = new int[3];
            Array.Sort(values);
            y[i] = values[0];
        });
    }

    private static void AddLibrary(RefusalSet kernels)
    {
        kernels.Add("constants of System.Half", "Half", (i, x, y) =>
        {
            var half = (System.Half)x[i];
            y[i] = (int)(half + System.Half.One);
        });
        kernels.Add("decimal", "decimal", (i, x, y) =>
        {
            decimal money = x[i];
            y[i] = (int)(money * 2);
        });
        kernels.Add("Vector<T>", "Vector", (i, x, y) =>
        {
            var vector = new Vector<int>(x[i]);
            y[i] = Vector.Sum(vector);
        });
        kernels.Add("the console", "Console|call|string", (i, x, y) =>
            Console.WriteLine(x[i]));
        kernels.Add("the clock", "DateTime|Stopwatch|TickCount|call", (i, x, y) =>
            y[i] = Environment.TickCount);
        kernels.Add("random numbers of the host", "Random", (i, x, y) =>
            y[i] = Random.Shared.Next());
        kernels.Add("a lock", "try|Monitor|lock|Shared|static|exception", (i, x, y) =>
        {
            lock (Shared)
            {
                y[i] = x[i];
            }
        });
        kernels.Add("native code", "GetNumber|body|native|extern", (i, x, y) =>
            y[i] = GetNumber(x[i]));
        kernels.Add("memory of the host", "Marshal|AllocHGlobal|call|body|address", (i, x, y) =>
            y[i] = (int)Marshal.AllocHGlobal(x[i]));
        kernels.Add("a function pointer", "pointer|calli|ldftn", (i, x, y) =>
            y[i] = Pointers.Call(x[i]), nameof(Pointers));
    }

    private static int Apply(Func<int, int> function, int value) => function(value);

    private static IEnumerable<int> Numbers()
    {
        yield return 1;
        yield return 2;
    }

    private static int Checked(int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        return value == 7 ? throw new ArgumentException("seven", nameof(value)) : value;
    }

    private static int Choose(int value)
    {
#pragma warning disable CS8509 // What the compiler adds for the missing cases is what is refused here.
        return value switch
        {
            0 => 1,
            1 => 2,
        };
#pragma warning restore CS8509
    }

    private static int Factorial(int value) => value <= 1 ? 1 : value * Factorial(value - 1);

    private static bool IsEven(int value) => value == 0 || IsOdd(value - 1);

    private static bool IsOdd(int value) => value != 0 && IsEven(value - 1);

    private static int Nest<T>(int depth)
        where T : unmanaged => depth == 0 ? Unsafe.SizeOf<T>() : Nest<Wrapper<T>>(depth - 1);

    private static int Descend<TStep>(int value)
        where TStep : IStep => TStep.Run(value);

    [DllImport("none", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetNumber(int value);

    private interface IStep
    {
        static abstract int Run(int value);
    }

    private readonly struct Down : IStep
    {
        public static int Run(int value) => value > 0 ? Descend<Down>(value - 1) : value;
    }

    private readonly struct Number(int value) : IValue
    {
        public int Value { get; } = value;
    }

    private readonly struct Resource(int value) : IDisposable
    {
        public int Value { get; } = value;

        public void Dispose() => counter = Value;
    }

    private readonly record struct Wrapper<T>(T Value)
        where T : unmanaged;

    private sealed record Person(int Age, int Height);

    private class Cell
    {
        public int Value { get; set; }

        public virtual int Compute(int value) => Value + value;
    }

    private sealed class Derived : Cell
    {
        public override int Compute(int value) => Value - value;
    }

    private static class PerThread
    {
        [ThreadStatic]
        private static int value;

        public static int Value => value++;
    }

    private static unsafe class Pointers
    {
        public static int Call(int value)
        {
            delegate*<int, int> function = &Negate;
            return function(value);
        }

        private static int Negate(int value) => -value;
    }
}
