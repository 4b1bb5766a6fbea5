namespace IlgpuVq.Models.Data;

/// <summary>A set whose bytes are all in memory, in blocks of records: a few bytes of head, then one image.</summary>
internal sealed class MemoryDataSet : ImageDataSet
{
    private readonly byte[][] blocks;
    private readonly int[] firstOfBlock;
    private readonly int[] labels;
    private readonly int head;

    /// <param name="name">The set's name.</param>
    /// <param name="split">train or test.</param>
    /// <param name="shape">C, H, W of every image.</param>
    /// <param name="classNames">Names of the labels; none where every label is −1.</param>
    /// <param name="pixels">The images, one after another.</param>
    /// <param name="labels">One for each image.</param>
    public MemoryDataSet(
        string name, string split, (int C, int H, int W) shape, IReadOnlyList<string> classNames, byte[] pixels, int[] labels)
        : this(name, split, shape, classNames, [pixels], head: 0, labels)
    {
    }

    /// <param name="name">The set's name.</param>
    /// <param name="split">train or test.</param>
    /// <param name="shape">C, H, W of every image.</param>
    /// <param name="classNames">Names of the labels; none where every label is −1.</param>
    /// <param name="blocks">Whole records, of any number in each block.</param>
    /// <param name="head">Bytes before the image in each record.</param>
    /// <param name="labels">One for each image over all blocks.</param>
    public MemoryDataSet(
        string name,
        string split,
        (int C, int H, int W) shape,
        IReadOnlyList<string> classNames,
        byte[][] blocks,
        int head,
        int[] labels)
        : base(name, split)
    {
        (Channels, Height, Width) = shape;
        (this.blocks, this.head, this.labels, ClassNames) = (blocks, head, labels, classNames);
        firstOfBlock = new int[blocks.Length];
        for (var i = 1; i < blocks.Length; i++)
        {
            firstOfBlock[i] = firstOfBlock[i - 1] + (blocks[i - 1].Length / RecordLength);
        }
    }

    public override int Count => labels.Length;

    public override int Channels { get; }

    public override int Height { get; }

    public override int Width { get; }

    public override IReadOnlyList<string> ClassNames { get; }

    public override IReadOnlyList<string> Notes => NotesAtOpen;

    /// <summary>What was found while the files were read.</summary>
    public IReadOnlyList<string> NotesAtOpen { get; init; } = [];

    /// <summary>What the images are called; empty where they have no names.</summary>
    public IReadOnlyList<string> ImageNames { get; init; } = [];

    private int RecordLength => head + ImageLength;

    public override int Label(int index) => labels[index];

    public override string? ImageName(int index) => ImageNames.Count == 0 ? null : ImageNames[index];

    public override void Read(int index, Span<byte> pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var block = blocks.Length - 1;
        while (index < firstOfBlock[block])
        {
            block--;
        }

        var start = ((index - firstOfBlock[block]) * RecordLength) + head;
        blocks[block].AsSpan(start, ImageLength).CopyTo(pixels);
    }
}
