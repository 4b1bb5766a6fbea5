using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using IlgpuVq.Models.Autoencoders;
using IlgpuVq.Models.Autoencoders.VqVae;
using IlgpuVq.Models.Autoencoders.VqVae2;
using IlgpuVq.Models.Quantizers;

namespace IlgpuVq.Models;

/// <summary>A kind of autoencoder or quantizer by its name.</summary>
/// <param name="Name">What files and commands call it.</param>
/// <param name="Default">Its options' defaults.</param>
public sealed record ModelFamily(string Name, AutoencoderOptions Default);

/// <summary>All autoencoders.</summary>
public static class ModelFamilies
{
    /// <summary>The one place that lists them.</summary>
    public static IReadOnlyList<ModelFamily> All { get; } =
    [
        new("vqvae", new VqVaeOptions()),
        new("vqvae2", new VqVae2Options()),
    ];

    /// <summary>The family of that name; null where there is none.</summary>
    public static ModelFamily? Find(string name) => All.FirstOrDefault(family => family.Name == name);

    /// <summary>The family that options belong to.</summary>
    public static ModelFamily Of(AutoencoderOptions options) => All.First(family => family.Default.GetType() == options.GetType());
}

/// <summary>A quantizer by its name.</summary>
/// <param name="Name">What files and commands call it.</param>
/// <param name="Default">Its options' defaults.</param>
public sealed record QuantizerKind(string Name, QuantizerOptions Default);

/// <summary>All quantizers.</summary>
public static class QuantizerKinds
{
    /// <summary>The one place that lists them.</summary>
    public static IReadOnlyList<QuantizerKind> All { get; } =
    [
        new("vector", new VectorQuantizerOptions()),
        new("fsq", new FiniteScalarQuantizerOptions()),
    ];

    /// <summary>The kind of that name; null where there is none.</summary>
    public static QuantizerKind? Find(string name) => All.FirstOrDefault(kind => kind.Name == name);

    /// <summary>The kind that options belong to.</summary>
    public static QuantizerKind Of(QuantizerOptions options) => All.First(kind => kind.Default.GetType() == options.GetType());
}

/// <summary>Options as JSON: the name of a family or kind stands under <c>kind</c>.</summary>
public static class OptionsJson
{
    /// <summary>Adds what is known of polymorphic options to a resolver of JSON types.</summary>
    public static IJsonTypeInfoResolver WithKinds(this IJsonTypeInfoResolver resolver) => resolver.WithAddedModifier(AddKinds);

    private static void AddKinds(JsonTypeInfo type)
    {
        if (type.Type == typeof(AutoencoderOptions))
        {
            type.PolymorphismOptions = Kinds(ModelFamilies.All.Select(family => (family.Name, family.Default.GetType())));
        }
        else if (type.Type == typeof(QuantizerOptions))
        {
            type.PolymorphismOptions = Kinds(QuantizerKinds.All.Select(kind => (kind.Name, kind.Default.GetType())));
        }
    }

    private static JsonPolymorphismOptions Kinds(IEnumerable<(string Name, Type Type)> types)
    {
        var options = new JsonPolymorphismOptions
        {
            TypeDiscriminatorPropertyName = "kind",
            UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization,
        };
        foreach (var (name, type) in types)
        {
            options.DerivedTypes.Add(new JsonDerivedType(type, name));
        }

        return options;
    }
}
