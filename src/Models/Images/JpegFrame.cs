namespace IlgpuVq.Models.Images;

/// <summary>One component of a JPEG image: its name, how densely it is sampled, and its table of quantization.</summary>
internal readonly record struct JpegComponent(byte Id, int Across, int Down, int Table);

/// <summary>The frame header of a JPEG file: its size, its components, and how they are coded.</summary>
/// <remarks>Source: ITU-T T.81, sections A.1.1 and B.2.2.</remarks>
internal sealed class JpegFrame
{
    /// <summary>Samples of a block, in each direction.</summary>
    private const int BlockSize = 8;

    private JpegFrame(int width, int height, bool isProgressive, JpegComponent[] components)
    {
        (Width, Height, IsProgressive, Components) = (width, height, isProgressive, components);
        MostAcross = components.Max(component => component.Across);
        MostDown = components.Max(component => component.Down);
    }

    public int Width { get; }

    public int Height { get; }

    public bool IsProgressive { get; }

    /// <summary>1 grey, 3 colours or 4 inks.</summary>
    public JpegComponent[] Components { get; }

    /// <summary>The densest sampling of a component.</summary>
    public int MostAcross { get; }

    public int MostDown { get; }

    public static bool IsFrameMarker(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    /// <summary>Reads a frame header, whose length <paramref name="reader"/> stands at.</summary>
    public static JpegFrame Read(ImageReader reader, byte marker)
    {
        var length = reader.ReadUInt16();
        if (marker > 0xC2)
        {
            throw reader.Unsupported(
                "baseline, extended or progressive JPEG in Huffman codes",
                marker is 0xC3 or 0xC7 ? $"lossless JPEG (marker FF{marker:X2})" : $"marker FF{marker:X2}");
        }

        int precision = reader.ReadByte(), height = reader.ReadUInt16(), width = reader.ReadUInt16(), count = reader.ReadByte();
        ImageHeader.CheckSize(reader.File, (uint)width, (uint)height);
        if (precision != 8)
        {
            throw reader.Unsupported("8 bits in each sample of JPEG", $"{precision}");
        }

        if (count is not (1 or 3 or 4))
        {
            throw reader.Unsupported("a JPEG image of 1, 3 or 4 components", $"{count}");
        }

        if (length != 8 + (3 * count))
        {
            throw reader.Broken($"a JPEG frame header of {8 + (3 * count)} bytes", $"{length}");
        }

        var components = new JpegComponent[count];
        for (var i = 0; i < count; i++)
        {
            byte id = reader.ReadByte(), sampling = reader.ReadByte(), table = reader.ReadByte();
            components[i] = new JpegComponent(id, sampling >> 4, sampling & 15, table);
        }

        var frame = new JpegFrame(width, height, isProgressive: marker == 0xC2, components);
        frame.CheckComponents(reader);
        return frame;
    }

    /// <summary>Blocks of a component when it is coded alone.</summary>
    public long BlocksAlone(JpegComponent component) =>
        Divide(Divide(Width * component.Across, MostAcross), BlockSize)
        * (long)Divide(Divide(Height * component.Down, MostDown), BlockSize);

    /// <summary>Groups in which components are coded together: each holds Across · Down blocks of a component.</summary>
    public long Groups => Divide(Width, BlockSize * MostAcross) * (long)Divide(Height, BlockSize * MostDown);

    private static int Divide(int value, int by) => (value + by - 1) / by;

    private void CheckComponents(ImageReader reader)
    {
        foreach (var component in Components)
        {
            if (component.Across is 0 or > 4 || component.Down is 0 or > 4 || component.Table > 3)
            {
                throw reader.Broken(
                    "JPEG sampling of 1 to 4 and tables 0 to 3", $"{component.Across}×{component.Down}, table {component.Table}");
            }

            if (MostAcross % component.Across != 0 || MostDown % component.Down != 0)
            {
                throw reader.Unsupported(
                    "JPEG components sampled by whole fractions of the densest",
                    $"{component.Across}×{component.Down} of {MostAcross}×{MostDown}");
            }
        }

        // Section B.2.3 limits a group to ten blocks.
        var together = Components.Sum(component => component.Across * component.Down);
        var names = Components.DistinctBy(component => component.Id).Count();
        if (names < Components.Length || (Components.Length > 1 && together > 10))
        {
            throw reader.Broken("JPEG components of different names, in groups of at most 10 blocks", $"groups of {together}");
        }
    }
}
