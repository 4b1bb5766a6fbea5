using System.CommandLine;
using System.Reflection;
using System.Text.Json;
using IlgpuVq.Models;
using IlgpuVq.Train.Runs;
using IlgpuVq.Train.Shells;

namespace IlgpuVq.Train.Config;

/// <summary>The options of a command that stand for properties of records: one for each name that an
/// <see cref="OptionAttribute"/> gives, in whichever of the records.</summary>
internal sealed class RecordOptions
{
    private readonly SortedDictionary<string, Option<string?>> values = new(StringComparer.Ordinal);

    /// <param name="records">Records with the values that hold when nothing is typed, and the kind that each is, "" for one that
    /// is always there.</param>
    public RecordOptions(IEnumerable<(string Kind, object Record)> records)
    {
        var properties =
            from record in records
            from part in WithParts(record.Record)
            from option in OptionsOf(part)
            select (option.Name, option.Property, option.Attribute, Value: OptionText.Format(option.Property.GetValue(part)),
                record.Kind);
        foreach (var all in properties.GroupBy(property => property.Name))
        {
            var (name, property, attribute, value, _) = all.First();
            var others = all.Where(other => other.Value != value).DistinctBy(other => (other.Kind, other.Value))
                .Select(other => $"{other.Kind}: {other.Value}").ToArray();
            values[name] = new Option<string?>(name)
            {
                Description = attribute.Description + (others.Length == 0 ? "" : $" ({string.Join(", ", others)})"),
                HelpName = HelpNameOf(property.PropertyType),
                DefaultValueFactory = value.Length == 0 ? null : _ => value,
                Arity = property.PropertyType == typeof(bool) ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
            }.Completes(property.PropertyType == typeof(bool) ? ["true", "false"] : OptionText.NamesOf(property.PropertyType));
        }
    }

    /// <summary>All of them.</summary>
    public IEnumerable<Option<string?>> All => values.Values;

    /// <summary>Whether an option was typed.</summary>
    public bool IsTyped(ParseResult parsed, string option) => Typed(parsed, values[option]) is not null;

    /// <summary>Those that were typed, with their texts.</summary>
    public IEnumerable<(string Name, string Text)> TypedOf(ParseResult parsed) =>
        from value in values
        let text = Typed(parsed, value.Value)
        where text is not null
        select (value.Key, text);

    /// <summary>Kinds with the records of their defaults.</summary>
    public static IEnumerable<(string Kind, object Record)> Named<TOptions>(IReadOnlyList<Kind<TOptions>> kinds)
        where TOptions : class => kinds.Select(kind => (kind.Name, (object)kind.Default));

    /// <summary>What was typed; null for nothing.</summary>
    public static string? Typed(ParseResult parsed, Option<string?> option) =>
        parsed.GetResult(option) is not { Implicit: false } result ? null
        : result is { Tokens.Count: 0, Option.Arity.MinimumNumberOfValues: 0 } ? OptionText.Format(true)
        : parsed.GetValue(option) ?? "";

    /// <summary>An option that chooses a kind.</summary>
    public static Option<string?> KindOption<TOptions>(string name, string description, IReadOnlyList<Kind<TOptions>> kinds)
        where TOptions : class => new Option<string?>(name)
        {
            Description = $"{description}: {string.Join(", ", kinds.Select(kind => kind.Name))}",
            DefaultValueFactory = _ => kinds[0].Name,
        }.Completes(kinds.Select(kind => kind.Name));

    /// <summary>The options of the kind that was typed, its defaults unless it is the present one.</summary>
    /// <exception cref="RunException">There is none of that name.</exception>
    public static TOptions Choose<TOptions>(string option, string? name, IReadOnlyList<Kind<TOptions>> kinds, TOptions current)
        where TOptions : class
    {
        if (name is null || kinds.NameOf(current) == name)
        {
            return current;
        }

        return kinds.FirstOrDefault(kind => kind.Name == name)?.Default ?? throw new RunException(
            option, string.Join(" or ", kinds.Select(kind => kind.Name)), $"'{name}'",
            Spelling.DidYouMean(name, kinds.Select(kind => kind.Name)) is { Length: > 0 } guess
                ? guess
                : "Choose one that this program has.");
    }

    /// <summary>Sets the property of a record, or of one that it holds, that an option stands for.</summary>
    /// <param name="record">The record.</param>
    /// <param name="name">The option.</param>
    /// <param name="text">What was typed.</param>
    /// <param name="kept">Why only what may change is set to another value; null where all is.</param>
    /// <param name="changed">The record with it.</param>
    /// <returns>Whether it has such a property.</returns>
    /// <exception cref="RunException">The text is no value of the property, or it may not change.</exception>
    public static bool TrySet<TRecord>(TRecord record, string name, string text, KeptSettings? kept, out TRecord changed)
        where TRecord : class
    {
        changed = record;
        if (OptionsOf(record).FirstOrDefault(option => option.Name == name).Property is not { } property)
        {
            foreach (var part in PartsOf(record))
            {
                if (TrySet(part.GetValue(record)!, name, text, kept, out var changedPart))
                {
                    changed = With(record, part, changedPart);
                    return true;
                }
            }

            return false;
        }

        changed = Set(record, property, name, text, kept);
        return true;
    }

    /// <summary>Sets a property of a record that an option stands for.</summary>
    /// <param name="record">The record.</param>
    /// <param name="property">The property.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="text">What was typed.</param>
    /// <param name="kept">Why only what may change is set to another value; null where all is.</param>
    /// <returns>The record with it.</returns>
    /// <exception cref="RunException">The text is no value of the property, or it may not change.</exception>
    public static TRecord Set<TRecord>(TRecord record, PropertyInfo property, string name, string text, KeptSettings? kept)
        where TRecord : class
    {
        var value = OptionText.Parse(name, text, property.PropertyType);
        if (kept is not null && !property.GetCustomAttribute<OptionAttribute>()!.MayChange &&
            OptionText.Format(property.GetValue(record)) != OptionText.Format(value))
        {
            var before = property.GetValue(record) is { } present ? OptionText.Format(present) : "none";
            throw kept.RefuseValue(name, before, text);
        }

        return With(record, property, value);
    }

    /// <summary>A record like another, but for one property.</summary>
    public static TRecord With<TRecord>(TRecord record, PropertyInfo property, object value)
        where TRecord : class
    {
        var copy = (TRecord)record.GetType().GetMethod("<Clone>$")!.Invoke(record, null)!;
        property.SetValue(copy, value);
        return copy;
    }

    private static IEnumerable<(string Name, PropertyInfo Property, OptionAttribute Attribute)> OptionsOf(object record) =>
        from property in record.GetType().GetProperties()
        let attribute = property.GetCustomAttribute<OptionAttribute>()
        where attribute is not null
        select ($"--{attribute.Name ?? JsonNamingPolicy.KebabCaseLower.ConvertName(property.Name)}", property, attribute);

    /// <summary>The properties that hold records of options: the quantizer of a model, the layer of a quantizer.</summary>
    private static IEnumerable<PropertyInfo> PartsOf(object record) =>
        from property in record.GetType().GetProperties()
        where property is { CanWrite: true, PropertyType.IsClass: true } && property.PropertyType != typeof(string)
        let value = property.GetValue(record)
        where value is not null && (OptionsOf(value).Any() || PartsOf(value).Any())
        select property;

    /// <summary>A record, the records that it holds, and so on.</summary>
    private static IEnumerable<object> WithParts(object record) =>
        PartsOf(record).SelectMany(part => WithParts(part.GetValue(record)!)).Prepend(record);

    private static string HelpNameOf(Type type) =>
        type.IsEnum ? string.Join('|', OptionText.NamesOf(type))
        : type == typeof(string) ? "text"
        : type == typeof(bool) ? "true|false"
        : type.IsGenericType && Nullable.GetUnderlyingType(type) is null ? "n,n,…"
        : "n";
}
