using System.Text.Json.Serialization.Metadata;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Autoencoders.Asymmetric;
using IlgpuVq.Models.Autoencoders.BatchNormVqVae;
using IlgpuVq.Models.Autoencoders.Cvae;
using IlgpuVq.Models.Autoencoders.KerasVqVae;
using IlgpuVq.Models.Autoencoders.KlAutoencoder;
using IlgpuVq.Models.Autoencoders.Paella;
using IlgpuVq.Models.Autoencoders.TinyAutoencoder;
using IlgpuVq.Models.Autoencoders.VqCvae;
using IlgpuVq.Models.Autoencoders.VqModel;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Autoencoders.VqVae2;
using IlgpuVq.Models.Optimization;
using IlgpuVq.Models.Quantizers;
using IlgpuVq.Models.Quantizers.Hierarchical;
using IlgpuVq.Models.Quantizers.Residual;

namespace IlgpuVq.Models;

/// <summary>A choice among options records by its name.</summary>
/// <param name="Name">What files and commands call it.</param>
/// <param name="Default">Its options' defaults.</param>
public sealed record Kind<TOptions>(string Name, TOptions Default)
    where TOptions : class;

/// <summary>All autoencoders.</summary>
public static class ModelFamilies
{
    /// <summary>The one place that lists them.</summary>
    public static IReadOnlyList<Kind<AutoencoderOptions>> All { get; } =
    [
        new("vqvae", new VqVaeOptions()),
        new("vqvae2", new VqVae2Options()),
        new("keras-vqvae", new KerasVqVaeOptions()),
        new("bn-vqvae", new BatchNormVqVaeOptions()),
        new("vq-cvae", new VqCvaeOptions()),
        new("vqmodel", new VqModelOptions()),
        new("kl", new KlAutoencoderOptions()),
        new("tiny", new TinyAutoencoderOptions()),
        new("asymmetric", new AsymmetricOptions()),
        new("paella", new PaellaOptions()),
        new("cvae", new CvaeOptions()),
    ];
}

/// <summary>All quantizers.</summary>
public static class QuantizerKinds
{
    /// <summary>The one place that lists them.</summary>
    public static IReadOnlyList<Kind<QuantizerOptions>> All { get; } =
    [
        new("vector", new VectorQuantizerOptions()),
        new("fsq", new FiniteScalarQuantizerOptions()),
        new("residual", new ResidualQuantizerOptions()),
        new("grouped-residual", new GroupedResidualOptions()),
        new("residual-fsq", new ResidualFsqOptions()),
        new("grouped-residual-fsq", new GroupedResidualFsqOptions()),
        new("lfq", new LookupFreeQuantizerOptions()),
        new("bsq", new BinarySphericalQuantizerOptions()),
        new("residual-lfq", new ResidualLfqOptions()),
        new("latent", new LatentQuantizerOptions()),
        new("simvq", new SimVqOptions()),
        new("residual-simvq", new ResidualSimVqOptions()),
        new("random-projection", new RandomProjectionOptions()),
        new("fsp", new FiniteScalarPerturbationOptions()),
        new("binary", new BinaryMapperOptions()),
        new("hierarchical", new HierarchicalOptions()),
        new("gumbel", new GumbelQuantizerOptions()),
    ];
}

/// <summary>All optimizers.</summary>
public static class OptimizerKinds
{
    /// <summary>The one place that lists them.</summary>
    public static IReadOnlyList<Kind<OptimizerOptions>> All { get; } =
    [
        new("adam", new AdamOptions()),
        new("adamw", new AdamWOptions()),
    ];
}

/// <summary>All schedules of the learning rate.</summary>
public static class ScheduleKinds
{
    /// <summary>The one place that lists them.</summary>
    public static IReadOnlyList<Kind<ScheduleOptions>> All { get; } =
    [
        new("constant", new ConstantSchedule()),
        new("step", new StepSchedule()),
        new("cosine", new CosineSchedule()),
        new("power", new PowerSchedule()),
        new("cycle", new CycleSchedule()),
    ];
}

/// <summary>What kinds have in common.</summary>
public static class Kinds
{
    /// <summary>The name of the kind that options belong to.</summary>
    public static string NameOf<TOptions>(this IReadOnlyList<Kind<TOptions>> kinds, TOptions options)
        where TOptions : class => kinds.First(kind => kind.Default.GetType() == options.GetType()).Name;

    /// <summary>Tells JSON of all kinds: the name of one stands under <c>kind</c>.</summary>
    public static IJsonTypeInfoResolver WithKinds(this IJsonTypeInfoResolver resolver) => resolver.WithAddedModifier(type =>
    {
        Tell(type, ModelFamilies.All);
        Tell(type, QuantizerKinds.All);
        Tell(type, OptimizerKinds.All);
        Tell(type, ScheduleKinds.All);
    });

    /// <summary>Tells JSON of kinds that a program has beyond these.</summary>
    /// <param name="resolver">What knows the other types.</param>
    /// <param name="kinds">The kinds; one of them may be the record that all others inherit, which is read where no kind
    /// stands.</param>
    public static IJsonTypeInfoResolver WithKinds<TOptions>(
        this IJsonTypeInfoResolver resolver, IReadOnlyList<Kind<TOptions>> kinds)
        where TOptions : class => resolver.WithAddedModifier(type => Tell(type, kinds));

    private static void Tell<TOptions>(JsonTypeInfo type, IReadOnlyList<Kind<TOptions>> kinds)
        where TOptions : class
    {
        if (type.Type != typeof(TOptions))
        {
            return;
        }

        type.PolymorphismOptions = new JsonPolymorphismOptions { TypeDiscriminatorPropertyName = "kind" };
        foreach (var kind in kinds)
        {
            type.PolymorphismOptions.DerivedTypes.Add(new JsonDerivedType(kind.Default.GetType(), kind.Name));
        }
    }
}
