using IlgpuVq.Tensors.Memory;

namespace IlgpuVq.Tensors.Host;

/// <summary>Working memory of one call: lent by the device's pool like a tensor's, but without an object of its own.</summary>
internal readonly unsafe struct HostBuffer<T> : IDisposable
    where T : unmanaged
{
    private readonly Storage storage;

    public HostBuffer(Storage storage, int size)
    {
        this.storage = storage;
        Size = size;
        Pointer = (T*)((HostStorage)storage).Pointer;
    }

    /// <summary>The first element, 64-byte aligned, with the slack of <see cref="HostStorage"/> behind the last.</summary>
    public T* Pointer { get; }

    public int Size { get; }

    public Span<T> Span => new(Pointer, Size);

    public void Dispose() => storage.Release();
}
