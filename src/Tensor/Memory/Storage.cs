namespace IlgpuVq.Tensors.Memory;

/// <summary>One block of device memory in 4-byte words, shared by the tensors that view it and returned to its
/// pool by the last of them.</summary>
internal abstract class Storage(int words)
{
    private BufferPool? pool;
    private int references;

    /// <summary>Capacity in 4-byte words; the tensors on it may be smaller.</summary>
    public int Words { get; } = words;

    /// <summary>The recording's memory that it belongs to; null for the memory that all share.</summary>
    public MemoryArena? Arena { get; set; }

    /// <summary>Counts how often it was lent, so that a tensor can tell whether it still has what it had.</summary>
    public int Loan { get; private set; }

    public bool IsShared => references > 1;

    /// <summary>Who says that its numbers do not change now; null for nobody.</summary>
    public FrozenTensors? Frozen { get; set; }

    /// <summary>Gives the memory back to the operating system or driver.</summary>
    public abstract void Free();

    /// <summary>Sets every byte to 0xFF: NaN as float, −1 as int.</summary>
    public abstract void Poison();

    internal void LendFrom(BufferPool owner)
    {
        pool = owner;
        references = 1;
        Loan++;
    }

    /// <summary>Whether a call that is replayed may use a tensor of that loan though it was disposed since:
    /// the memory is the recording's, or still the same loan's.</summary>
    internal bool MayBeReplayed(int loan) => pool!.Replaying is { } arena && (Arena == arena || IsLent(loan));

    /// <summary>Whether it still is of that loan.</summary>
    internal bool IsLent(int loan) => references > 0 && Loan == loan;

    internal void AddReference() => references++;

    /// <summary>Releases it later, on the device's thread: called by the garbage collector's.</summary>
    internal void Forget() => pool!.Forget(this);

    internal void Release()
    {
        if (--references == 0)
        {
            pool!.Return(this);
        }
    }
}
