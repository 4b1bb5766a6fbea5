using Xunit;

namespace IlgpuVq.Tests.Laws.Registry;

/// <summary>Every row, and the lists of them that the laws take.</summary>
internal static class OpRegistry
{
    public static IReadOnlyList<OpRow> Rows { get; } =
    [
        .. ElementwiseRows.All,
        .. BroadcastRows.All,
        .. ReductionRows.All,
        .. LayoutRows.All,
        .. MatrixRows.All,
        .. ConvolutionRows.All,
        .. ImageRows.All,
        .. LookupRows.All,
        .. NormRows.All,
        .. LossRows.All,
        .. RandomRows.All,
        .. EstimatorRows.All,
        .. SegmentRows.All,
    ];

    public static TheoryData<string> Names { get; } = [.. Rows.Select(row => row.Name)];

    public static TheoryData<string, string> OnEveryDevice { get; } = OnDevices(Rows);

    public static TheoryData<string, string> LinearOnEveryDevice { get; } =
        OnDevices(Rows.Where(row => row.LinearIn is not null));

    public static TheoryData<string, string> WithBadInputsOnEveryDevice { get; } =
        OnDevices(Rows.Where(row => row.BadInputs.Count > 0));

    public static OpRow Row(string name) => Rows.Single(row => row.Name == name);

    private static TheoryData<string, string> OnDevices(IEnumerable<OpRow> rows) =>
        [.. rows.SelectMany(row => LawDevices.Names.Select(device => (row.Name, device)))];
}
