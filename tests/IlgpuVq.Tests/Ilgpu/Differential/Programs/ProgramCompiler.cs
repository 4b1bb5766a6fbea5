using System.Reflection;
using System.Reflection.Emit;
using ILGPU;

namespace IlgpuVq.Tests.Ilgpu.Differential.Programs;

/// <summary>The kernel of drawn programs: inputs by type, then outputs by type.</summary>
internal delegate void ProgramKernel(
    Index1D index,
    ArrayView<int> ints,
    ArrayView<long> longs,
    ArrayView<float> floats,
    ArrayView<double> doubles,
    ArrayView<int> intResults,
    ArrayView<long> longResults,
    ArrayView<float> floatResults,
    ArrayView<double> doubleResults);

/// <summary>Makes programs methods of an assembly, as the C# compiler would.</summary>
/// <remarks>The assembly is saved and loaded: methods made at run time have no code that can be read.</remarks>
internal static class ProgramCompiler
{
    private const string Name = "DrawnPrograms";

    private static readonly Type[] Parameters = [.. typeof(ProgramKernel).GetMethod("Invoke")!.GetParameters()
        .Select(parameter => parameter.ParameterType)];

    /// <summary>A kernel that runs all programs, each with results of its own.</summary>
    public static MethodInfo Compile(IReadOnlyList<Program> programs)
    {
        var assembly = new PersistedAssemblyBuilder(new AssemblyName(Name), typeof(object).Assembly);
        var type = assembly.DefineDynamicModule(Name).DefineType(Name, TypeAttributes.Public | TypeAttributes.Abstract |
            TypeAttributes.Sealed);
        var methods = programs.Select((program, number) =>
        {
            var method = Define(type, $"Program{number}");
            new ProgramEmitter(method.GetILGenerator(), number, programs.Count).Emit(program);
            return method;
        }).ToArray();
        var code = Define(type, "Kernel").GetILGenerator();
        foreach (var method in methods)
        {
            for (var parameter = 0; parameter < Parameters.Length; parameter++)
            {
                code.Emit(OpCodes.Ldarg, (short)parameter);
            }

            code.Emit(OpCodes.Call, method);
        }

        code.Emit(OpCodes.Ret);
        type.CreateType();
        using var image = new MemoryStream();
        assembly.Save(image);
        return Assembly.Load(image.ToArray()).GetType(Name)!.GetMethod("Kernel")!;
    }

    private static MethodBuilder Define(TypeBuilder type, string name) =>
        type.DefineMethod(name, MethodAttributes.Public | MethodAttributes.Static, typeof(void), Parameters);
}
