namespace IlgpuVq.Tensors.Memory;

/// <summary>One block of device memory in 4-byte words, shared by the tensors that view it and returned to its pool by the last of them.</summary>
internal abstract class Storage(int words)
{
    private BufferPool? pool;
    private int references;

    /// <summary>Capacity in 4-byte words; the tensors on it may be smaller.</summary>
    public int Words { get; } = words;

    public bool IsShared => references > 1;

    /// <summary>Gives the memory back to the operating system or driver.</summary>
    public abstract void Free();

    /// <summary>Sets every byte to 0xFF: NaN as float, −1 as int.</summary>
    public abstract void Poison();

    internal void LendFrom(BufferPool owner)
    {
        pool = owner;
        references = 1;
    }

    internal void AddReference() => references++;

    internal void Release()
    {
        if (--references == 0)
        {
            pool!.Return(this);
        }
    }
}
