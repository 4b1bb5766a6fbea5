namespace ILGPU.Runtime;

/// <content>Copies between views and managed arrays. Indices of arrays of several dimensions are those of the view: array[x,
/// y].</content>
public static partial class ArrayViewExtensions
{
    /// <summary>Copies a whole array to the start of the view.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The view is shorter than the array.</exception>
    public static void CopyFromCPU<T>(this ArrayView<T> view, T[] data)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(data);
        if (data.Length > 0)
        {
            ViewErrors.CheckRange(nameof(CopyFromCPU), 0, data.Length, view.Length);
            view.CopyFromCPU(view.GetAccelerator().DefaultStream, (ReadOnlySpan<T>)data);
        }
    }

    /// <inheritdoc cref="CopyFromCPU{T}(ArrayView{T}, T[])"/>
    public static void CopyFromCPU<T>(this ArrayView<T> view, AcceleratorStream stream, T[] data)
        where T : unmanaged => view.CopyFromCPU(stream, (ReadOnlySpan<T>)data);

    /// <summary>Copies as many elements as the array has from the start of the view.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The view is shorter than the array.</exception>
    public static void CopyToCPU<T>(this ArrayView<T> view, T[] data)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(data);
        if (data.Length > 0)
        {
            ViewErrors.CheckRange(nameof(CopyToCPU), 0, data.Length, view.Length);
            view.CopyToCPU(view.GetAccelerator().DefaultStream, data.AsSpan());
        }
    }

    /// <inheritdoc cref="CopyToCPU{T}(ArrayView{T}, T[])"/>
    public static void CopyToCPU<T>(this ArrayView<T> view, AcceleratorStream stream, T[] data)
        where T : unmanaged => view.CopyToCPU(stream, data.AsSpan());

    /// <summary>All elements in a new array.</summary>
    public static T[] GetAsArray1D<T>(this ArrayView<T> view)
        where T : unmanaged
    {
        var data = new T[view.Length];
        view.CopyToCPU(data);
        return data;
    }

    /// <inheritdoc cref="GetAsArray1D{T}(ArrayView{T})"/>
    public static T[] GetAsArray1D<T>(this ArrayView<T> view, AcceleratorStream stream)
        where T : unmanaged
    {
        var data = new T[view.Length];
        view.CopyToCPU(stream, data);
        return data;
    }

    /// <inheritdoc cref="CopyFromCPU{T}(ArrayView{T}, T[])"/>
    public static void CopyFromCPU<T>(this ArrayView1D<T, Stride1D.Dense> view, T[] data)
        where T : unmanaged => view.BaseView.CopyFromCPU(data);

    /// <inheritdoc cref="CopyFromCPU{T}(ArrayView{T}, T[])"/>
    public static void CopyFromCPU<T>(this ArrayView1D<T, Stride1D.Dense> view, AcceleratorStream stream, T[] data)
        where T : unmanaged => view.BaseView.CopyFromCPU(stream, data);

    /// <inheritdoc cref="CopyToCPU{T}(ArrayView{T}, T[])"/>
    public static void CopyToCPU<T>(this ArrayView1D<T, Stride1D.Dense> view, T[] data)
        where T : unmanaged => view.BaseView.CopyToCPU(data);

    /// <inheritdoc cref="CopyToCPU{T}(ArrayView{T}, T[])"/>
    public static void CopyToCPU<T>(this ArrayView1D<T, Stride1D.Dense> view, AcceleratorStream stream, T[] data)
        where T : unmanaged => view.BaseView.CopyToCPU(stream, data);

    /// <inheritdoc cref="GetAsArray1D{T}(ArrayView{T})"/>
    public static T[] GetAsArray1D<T>(this ArrayView1D<T, Stride1D.Dense> view)
        where T : unmanaged => view.BaseView.GetAsArray1D();

    /// <inheritdoc cref="GetAsArray1D{T}(ArrayView{T})"/>
    public static T[] GetAsArray1D<T>(this ArrayView1D<T, Stride1D.Dense> view, AcceleratorStream stream)
        where T : unmanaged => view.BaseView.GetAsArray1D(stream);

    /// <inheritdoc cref="CopyFromCPU{T}(ArrayView{T}, T[])"/>
    public static void CopyFromCPU<T>(this MemoryBuffer1D<T, Stride1D.Dense> buffer, T[] data)
        where T : unmanaged => buffer.BaseView.CopyFromCPU(data);

    /// <inheritdoc cref="CopyFromCPU{T}(ArrayView{T}, T[])"/>
    public static void CopyFromCPU<T>(this MemoryBuffer1D<T, Stride1D.Dense> buffer, AcceleratorStream stream, T[] data)
        where T : unmanaged => buffer.BaseView.CopyFromCPU(stream, data);

    /// <inheritdoc cref="CopyToCPU{T}(ArrayView{T}, T[])"/>
    public static void CopyToCPU<T>(this MemoryBuffer1D<T, Stride1D.Dense> buffer, T[] data)
        where T : unmanaged => buffer.BaseView.CopyToCPU(data);

    /// <inheritdoc cref="CopyToCPU{T}(ArrayView{T}, T[])"/>
    public static void CopyToCPU<T>(this MemoryBuffer1D<T, Stride1D.Dense> buffer, AcceleratorStream stream, T[] data)
        where T : unmanaged => buffer.BaseView.CopyToCPU(stream, data);

    /// <inheritdoc cref="GetAsArray1D{T}(ArrayView{T})"/>
    public static T[] GetAsArray1D<T>(this MemoryBuffer1D<T, Stride1D.Dense> buffer)
        where T : unmanaged => buffer.BaseView.GetAsArray1D();

    /// <inheritdoc cref="GetAsArray1D{T}(ArrayView{T})"/>
    public static T[] GetAsArray1D<T>(this MemoryBuffer1D<T, Stride1D.Dense> buffer, AcceleratorStream stream)
        where T : unmanaged => buffer.BaseView.GetAsArray1D(stream);

    /// <summary>Copies an array of the extent of the view, element by element on the host.</summary>
    /// <exception cref="ArgumentException">The array has another extent.</exception>
    public static void CopyFromCPU<T, TStride>(this ArrayView2D<T, TStride> view, T[,] data)
        where T : unmanaged
        where TStride : struct, IStride2D
    {
        CheckShape(nameof(CopyFromCPU), view.Extent, new LongIndex2D(data.GetLength(0), data.GetLength(1)));
        var memory = view.BaseView.GetAsArray1D();
        for (var x = 0; x < data.GetLength(0); x++)
        {
            for (var y = 0; y < data.GetLength(1); y++)
            {
                memory[view.Stride.ComputeElementIndex(new LongIndex2D(x, y))] = data[x, y];
            }
        }

        view.BaseView.CopyFromCPU(memory);
    }

    /// <summary>Copies to an array of the extent of the view, element by element on the host.</summary>
    /// <exception cref="ArgumentException">The array has another extent.</exception>
    public static void CopyToCPU<T, TStride>(this ArrayView2D<T, TStride> view, T[,] data)
        where T : unmanaged
        where TStride : struct, IStride2D
    {
        CheckShape(nameof(CopyToCPU), view.Extent, new LongIndex2D(data.GetLength(0), data.GetLength(1)));
        var memory = view.BaseView.GetAsArray1D();
        for (var x = 0; x < data.GetLength(0); x++)
        {
            for (var y = 0; y < data.GetLength(1); y++)
            {
                data[x, y] = memory[view.Stride.ComputeElementIndex(new LongIndex2D(x, y))];
            }
        }
    }

    /// <summary>All elements in a new array.</summary>
    public static T[,] GetAsArray2D<T, TStride>(this ArrayView2D<T, TStride> view)
        where T : unmanaged
        where TStride : struct, IStride2D
    {
        var data = new T[view.Extent.X, view.Extent.Y];
        view.CopyToCPU(data);
        return data;
    }

    /// <inheritdoc cref="CopyFromCPU{T, TStride}(ArrayView2D{T, TStride}, T[,])"/>
    public static void CopyFromCPU<T, TStride>(this MemoryBuffer2D<T, TStride> buffer, T[,] data)
        where T : unmanaged
        where TStride : struct, IStride2D => buffer.View.CopyFromCPU(data);

    /// <inheritdoc cref="CopyToCPU{T, TStride}(ArrayView2D{T, TStride}, T[,])"/>
    public static void CopyToCPU<T, TStride>(this MemoryBuffer2D<T, TStride> buffer, T[,] data)
        where T : unmanaged
        where TStride : struct, IStride2D => buffer.View.CopyToCPU(data);

    /// <inheritdoc cref="GetAsArray2D{T, TStride}(ArrayView2D{T, TStride})"/>
    public static T[,] GetAsArray2D<T, TStride>(this MemoryBuffer2D<T, TStride> buffer)
        where T : unmanaged
        where TStride : struct, IStride2D => buffer.View.GetAsArray2D();

    private static void CheckShape(string operation, LongIndex2D expected, LongIndex2D actual)
    {
        if (expected != actual)
        {
            throw new ArgumentException($"{operation}: expected an array of the view's extent {expected}; got {actual}.");
        }
    }
}
