using ArchUnitNET.Domain;
using ArchUnitNET.Fluent.Syntax.Elements.Types;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;
using IlgpuVq.Autograd;
using IlgpuVq.Models;
using IlgpuVq.Tensors;
using IlgpuVq.Train.Runs;
using Xunit;
using static ArchUnitNET.Fluent.ArchRuleDefinition;
using Assembly = System.Reflection.Assembly;

namespace IlgpuVq.Tests.Architecture;

/// <summary>What may use what: Tensor, Autograd, Models, Train, each only what stands before it.</summary>
/// <remarks>Read from the compiled code, bodies and lambdas included. A rule that finds no type to look at fails.</remarks>
public sealed class LayerTests
{
    private static readonly Assembly[] Layers =
        [typeof(Device).Assembly, typeof(Tape).Assembly, typeof(Module).Assembly, typeof(RunException).Assembly];

    private static readonly ArchUnitNET.Domain.Architecture Code = new ArchLoader().LoadAssemblies(Layers).Build();

    private static Assembly Tensor => Layers[0];

    private static Assembly Models => Layers[2];

    private static Assembly Train => Layers[3];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_layer_knows_nothing_of_those_below_it(int layer) =>
        Types().That().ResideInAssembly(Layers[layer])
            .Should().NotDependOnAny(Types().That().ResideInAssembly(Layers[layer + 1], Layers[(layer + 1)..]))
            .Check(Code);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Tensors_and_gradients_know_no_files(int layer) =>
        Types().That().ResideInAssembly(Layers[layer]).Should().NotDependOnAny(Files).Check(Code);

    [Fact]
    public void Models_know_files_by_those_of_weights_onnx_images_and_data_alone() =>
        Types().That().ResideInAssembly(Models)
            .And().DoNotResideInNamespaceMatching(@"^IlgpuVq\.Models\.(Safetensors|Torch|Onnx|Images|Data)$")
            .And().DoNotHaveNameStartingWith(nameof(StateDictionary))
            .Should().NotDependOnAny(Files)
            .Check(Code);

    [Fact]
    public void Models_and_what_they_are_made_of_know_no_images_on_disk_and_no_data_sets() =>
        Types().That().ResideInAssembly(Models).And().DoNotResideInNamespaceMatching(@"^IlgpuVq\.Models\.(Images|Data)$")
            .Should().NotDependOnAny(TypesOf(@"IlgpuVq\.Models\.(Images|Data)"))
            .Check(Code);

    /// <summary>Of tensors, data take the random numbers; of models, nothing.</summary>
    [Fact]
    public void Images_and_data_know_no_models_gradients_or_devices() =>
        Types().That().ResideInNamespaceMatching(@"^IlgpuVq\.Models\.(Images|Data)$")
            .Should().NotDependOnAny(Types().That()
                .ResideInNamespaceMatching(@"^IlgpuVq\.(Autograd|Tensors\.|Models\.(?!Images$|Data$))")
                .Or().Are(typeof(Device), typeof(Tensor<>), typeof(Module)))
            .Check(Code);

    [Fact]
    public void Images_know_no_data_sets() =>
        Types().That().ResideInNamespace("IlgpuVq.Models.Images")
            .Should().NotDependOnAny(TypesOf(@"IlgpuVq\.Models\.Data"))
            .Check(Code);

    [Fact]
    public void Images_alone_know_the_package_that_decodes_them() =>
        Types().That().ResideInAssembly(Models, Train).And().DoNotResideInNamespace("IlgpuVq.Models.Images")
            .Should().NotDependOnAny(TypesOf("SixLabors"))
            .Check(Code);

    [Fact]
    public void Of_models_onnx_alone_knows_messages() =>
        Types().That().ResideInAssembly(Models).And().DoNotResideInNamespaceMatching(@"^IlgpuVq\.Models\.Onnx(\.Messages)?$")
            .Should().NotDependOnAny(TypesOf(@"Google\.Protobuf"))
            .Check(Code);

    [Fact]
    public void Reports_alone_know_the_package_that_draws_plots() =>
        Types().That().ResideInAssembly(Models, Train).And().DoNotResideInNamespace("IlgpuVq.Train.Reporting")
            .Should().NotDependOnAny(TypesOf("OxyPlot"))
            .Check(Code);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Layers_above_tensors_know_no_compiler_of_kernels(int layer) =>
        Types().That().ResideInAssembly(Layers[layer])
            .Should().NotDependOnAny(TypesOf("ILGPU"))
            .Check(Code);

    /// <summary>A device opens them, a primitive calls them, and a tensor has a view for them: that is all.</summary>
    [Fact]
    public void Outside_of_primitives_and_devices_nothing_knows_kernels() =>
        Types().That().ResideInAssembly(Tensor).And().ResideInNamespaceMatching(@"^IlgpuVq\.Tensors(\.Memory)?$")
            .And().AreNot(typeof(Device), typeof(IPrimitive), typeof(Tensor<>))
            .Should().NotDependOnAny(TypesOf(@"(ILGPU|IlgpuVq\.Tensors\.Kernels)"))
            .Check(Code);

    [Fact]
    public void The_terminal_belongs_to_commands_and_reports() =>
        Types().That().ResideInAssembly(Train).And().DoNotResideInNamespaceMatching(@"^IlgpuVq\.Train\.(Commands|Reporting)$")
            .And().DoNotHaveNameStartingWith("Program")
            .Should().NotDependOnAny(Terminal)
            .Check(Code);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Layers_above_the_program_know_no_terminal(int layer) =>
        Types().That().ResideInAssembly(Layers[layer]).Should().NotDependOnAny(Terminal).Check(Code);

    private static IObjectProvider<IType> Files => TypesOf(@"System\.IO");

    private static IObjectProvider<IType> Terminal =>
        Types(includeReferenced: true).That().HaveFullNameMatching(@"^(System\.Console$|Spectre\.Console\.)");

    /// <summary>Types of a namespace and those within it.</summary>
    private static GivenTypesConjunction TypesOf(string pattern) =>
        Types(includeReferenced: true).That().ResideInNamespaceMatching($@"^{pattern}(\.|$)");
}
