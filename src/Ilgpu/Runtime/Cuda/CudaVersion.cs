namespace ILGPU.Runtime.Cuda;

/// <summary>What follows from the CUDA version of a driver and the compute capability of a device.</summary>
internal static class CudaVersion
{
    /// <summary>CUDA 11.0, as the driver numbers it: the first with PTX 7.0, and so with asynchronous copies and tensor cores of sm_80.</summary>
    public const int Oldest = 11000;

    /// <summary>The drivers that support <see cref="Oldest"/>.</summary>
    public const string OldestDriver = "version 450 or later";

    /// <summary>Compute capability 5.0: the oldest for which current drivers translate.</summary>
    public static readonly (int Major, int Minor) OldestCapability = (5, 0);

    /// <summary>The PTX version that a CUDA version brought; later versions of CUDA take it too. From the PTX manual, release notes.</summary>
    private static readonly (int Cuda, int IsaMajor, int IsaMinor)[] IsaVersions =
    [
        (11000, 7, 0), (11010, 7, 1), (11020, 7, 2), (11030, 7, 3), (11040, 7, 4), (11050, 7, 5), (11060, 7, 6), (11070, 7, 7),
        (11080, 7, 8), (12000, 8, 0), (12010, 8, 1), (12020, 8, 2), (12030, 8, 3), (12040, 8, 4), (12050, 8, 5), (12070, 8, 6),
        (12080, 8, 7), (12090, 8, 8),
    ];

    /// <summary>The targets that code can name, and the PTX version that knows them first. Code for a lower one runs on higher ones.</summary>
    private static readonly (int Major, int Minor, int IsaMajor, int IsaMinor)[] Targets =
    [
        (5, 0, 7, 0), (5, 2, 7, 0), (5, 3, 7, 0), (6, 0, 7, 0), (6, 1, 7, 0), (6, 2, 7, 0), (7, 0, 7, 0), (7, 2, 7, 0), (7, 5, 7, 0),
        (8, 0, 7, 0), (8, 6, 7, 1), (8, 7, 7, 4), (8, 9, 7, 8), (9, 0, 7, 8), (10, 0, 8, 6), (10, 3, 8, 8), (12, 0, 8, 7), (12, 1, 8, 8),
    ];

    /// <summary>12040 as "12.4".</summary>
    public static string Text(int version) => $"{version / 1000}.{version % 1000 / 10}";

    /// <summary>The newest PTX version that a driver takes, as far as this table goes.</summary>
    public static (int Major, int Minor) IsaOf(int version)
    {
        var (_, major, minor) = IsaVersions.Last(entry => entry.Cuda <= version);
        return (major, minor);
    }

    /// <summary>The highest target of that PTX version which runs on a device of that compute capability.</summary>
    public static (int Major, int Minor) TargetOf((int Major, int Minor) capability, (int Major, int Minor) isa)
    {
        var (major, minor, _, _) = Targets.Last(target =>
            (target.Major, target.Minor).CompareTo(capability) <= 0 && (target.IsaMajor, target.IsaMinor).CompareTo(isa) <= 0);
        return (major, minor);
    }
}
