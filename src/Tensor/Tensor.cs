using System.Diagnostics;
using System.Runtime.CompilerServices;
using ILGPU;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tensors.Kernels;
using IlgpuVq.Tensors.Memory;
using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors;

/// <summary>A dense row-major array of float or int on one device.</summary>
/// <remarks>
/// <para>Whoever makes a tensor disposes it; that returns its memory to the device's pool. <see cref="Share"/> and
/// <see cref="Reshape"/> give a second tensor on the same memory, with its own life. A tape disposes what its ops made.</para>
/// <para>What nobody disposed, because an exception came between or because it was forgotten, is taken back when memory runs
/// out.</para>
/// <para>Images are (B, C, H, W), sequences of vectors (N, D).</para>
/// </remarks>
/// <typeparam name="T">float or int.</typeparam>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class Tensor<T> : ITensor
    where T : unmanaged
{
    private readonly Storage storage;
    private readonly int loan;
    private bool isDisposed;

    internal Tensor(Device device, Shape shape, Storage storage)
    {
        Device = device;
        Shape = shape;
        this.storage = storage;
        loan = storage.Loan;
    }

    /// <summary>Hands over memory of a tensor that was not disposed.</summary>
    ~Tensor() => storage.Forget();

    public Device Device { get; }

    public Shape Shape { get; }

    /// <summary>Number of elements.</summary>
    public int Size => Shape.Size;

    /// <summary>True when no other tensor lives on the same memory, so that writing here changes nobody's numbers.</summary>
    public bool CanOverwrite => !Storage.IsShared;

    /// <summary>The elements in host memory; only on a host device.</summary>
    internal unsafe Span<T> Span => new(Pointer, Size);

    /// <summary>The first element, 64-byte aligned, followed by at least 128 readable bytes after the last;
    /// only on a host device.</summary>
    internal unsafe T* Pointer => (T*)((HostStorage)Storage).Pointer;

    /// <summary>The elements as kernels see them; only on a kernel device.</summary>
    internal ArrayView<T> View => ((KernelStorage)Storage).View<T>(Size);

    (Storage Storage, int Loan) ITensor.Place => (Storage, loan);

    /// <summary>The memory; of a disposed tensor only for calls that were recorded while it lived.</summary>
    private Storage Storage => Device.IsDisposed ? throw new ObjectDisposedException($"device {Device.Name}")
        : !isDisposed || storage.MayBeReplayed(loan)
        ? storage
        : throw new ObjectDisposedException($"tensor {Shape}");

    /// <summary>A tensor on the same memory and with the same shape, to be disposed on its own.</summary>
    public Tensor<T> Share() => Reshape(Shape);

    ITensor ITensor.Share() => Share();

    /// <summary>A tensor on the same memory with another shape of the same size, to be disposed on its own.</summary>
    /// <exception cref="ShapeException">The sizes differ.</exception>
    public Tensor<T> Reshape(Shape shape)
    {
        if (shape.Size != Size)
        {
            throw new ShapeException("reshape", $"a shape of {Size} elements", ("x", Shape), ("shape", shape));
        }

        Storage.AddReference();
        return new Tensor<T>(Device, shape, Storage);
    }

    /// <summary>Copies the elements to the host, after all work queued before has run.</summary>
    public T[] ToArray()
    {
        var values = new T[Size];
        CopyTo(values);
        return values;
    }

    /// <summary>Copies the elements to <paramref name="values"/>, after all work queued before has run.</summary>
    /// <exception cref="InvalidOperationException">A <see cref="Recording"/> is made: its replays would not repeat
    /// this.</exception>
    public void CopyTo(Span<T> values)
    {
        CheckLength(values.Length);
        Device.CheckNotRecorded("a tensor that is read to the host", "Read it after Run.");
        Device.Download(Storage, values);
    }

    /// <summary>Overwrites the elements.</summary>
    /// <exception cref="InvalidOperationException">It is frozen, or a <see cref="Recording"/> is made: its replays would not
    /// repeat this.</exception>
    public void CopyFrom(ReadOnlySpan<T> values)
    {
        CheckLength(values.Length);
        Device.CheckNotRecorded("a tensor that is written from the host", "Make and write it before Run.");
        CheckMayChange("copy");
        Device.Upload(values, Storage);
    }

    /// <summary>The only element of a tensor of size 1.</summary>
    public T Item()
    {
        Unsafe.SkipInit(out T value);
        CopyTo(new Span<T>(ref value));
        return value;
    }

    public void Dispose()
    {
        if (!isDisposed)
        {
            isDisposed = true;
            storage.Release();
            GC.SuppressFinalize(this);
        }
    }

    /// <exception cref="InvalidOperationException">It is frozen.</exception>
    internal void CheckMayChange(string op)
    {
        if (Storage.Frozen is not null)
        {
            throw new InvalidOperationException(
                $"{op}: expected a tensor that may change; got {Shape}, which is frozen. Dispose what Freeze gave first.");
        }
    }

    public override string ToString() => $"{(typeof(T) == typeof(float) ? "float" : "int")} {Shape} on {Device.Name}";

    private void CheckLength(int length)
    {
        if (length != Size)
        {
            throw new ShapeException("copy", $"{Size} values for a tensor {Shape}", $"{length}");
        }
    }
}
