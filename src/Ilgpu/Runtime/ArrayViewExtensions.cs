namespace ILGPU.Runtime;

/// <summary>What hosts and kernels do with views of any stride.</summary>
public static partial class ArrayViewExtensions
{
    /// <summary>True if there is no element to be read.</summary>
    public static bool HasNoData<TView>(this TView view)
        where TView : IArrayView => !view.HasData();

    /// <summary>True if there is an element to be read.</summary>
    public static bool HasData<TView>(this TView view)
        where TView : IArrayView => view.IsValid && view.Length > 0;

    /// <summary>The accelerator whose memory the view looks at.</summary>
    public static Accelerator GetAccelerator<TView>(this TView view)
        where TView : IArrayView => view.Buffer.Accelerator;

    public static Context GetContext<TView>(this TView view)
        where TView : IArrayView => view.GetAccelerator().Context;

    public static AcceleratorType GetAcceleratorType<TView>(this TView view)
        where TView : IArrayView => view.GetAccelerator().AcceleratorType;

    /// <summary>The same view, known to begin at a multiple of <paramref name="alignmentInBytes"/>, a power of two: compilers may then read
    /// and write several neighbours at once.</summary>
    /// <exception cref="ArgumentException">On the CPU accelerator: it does not.</exception>
    public static ArrayView<T> AsAligned<T>(this ArrayView<T> view, int alignmentInBytes)
        where T : unmanaged
    {
        if (view.Owner is not null && view.IndexInBytes % alignmentInBytes != 0)
        {
            throw new ArgumentException(
                $"AsAligned: expected a view that begins at a multiple of {alignmentInBytes} bytes; got {view.IndexInBytes}.");
        }

        return view;
    }

    /// <summary>A view of one element, from which its fields can be addressed.</summary>
    public static VariableView<T> VariableView<T>(this ArrayView<T> view, LongIndex1D element)
        where T : unmanaged => new(view.SubView(element, 1));

    /// <inheritdoc cref="VariableView{T}(ArrayView{T}, LongIndex1D)"/>
    public static VariableView<T> VariableView<T>(this ArrayView<T> view, Index1D element)
        where T : unmanaged => new(view.SubView(element.X, 1));

    /// <summary>The same memory with X contiguous and rows without gaps.</summary>
    public static ArrayView2D<T, Stride2D.DenseX> As2DDenseXView<T>(
        this ArrayView1D<T, Stride1D.Dense> view,
        LongIndex2D extent)
        where T : unmanaged => new(view.BaseView, extent, Stride2D.DenseX.Of(extent));

    /// <summary>The same memory with Y contiguous and columns without gaps.</summary>
    public static ArrayView2D<T, Stride2D.DenseY> As2DDenseYView<T>(
        this ArrayView1D<T, Stride1D.Dense> view,
        LongIndex2D extent)
        where T : unmanaged => new(view.BaseView, extent, Stride2D.DenseY.Of(extent));

    /// <inheritdoc cref="As2DDenseXView{T}(ArrayView1D{T, Stride1D.Dense}, LongIndex2D)"/>
    public static ArrayView2D<T, Stride2D.DenseX> As2DDenseXView<T>(this ArrayView<T> view, LongIndex2D extent)
        where T : unmanaged => new(view, extent, Stride2D.DenseX.Of(extent));

    /// <inheritdoc cref="As2DDenseYView{T}(ArrayView1D{T, Stride1D.Dense}, LongIndex2D)"/>
    public static ArrayView2D<T, Stride2D.DenseY> As2DDenseYView<T>(this ArrayView<T> view, LongIndex2D extent)
        where T : unmanaged => new(view, extent, Stride2D.DenseY.Of(extent));

    /// <summary>The same memory in two dimensions with any stride.</summary>
    public static ArrayView2D<T, TStride> As2DView<T, TStride>(
        this ArrayView1D<T, Stride1D.Dense> view,
        LongIndex2D extent,
        TStride stride)
        where T : unmanaged
        where TStride : struct, IStride2D => new(view.BaseView, extent, stride);

    /// <summary>The same memory in three dimensions, X contiguous and without gaps.</summary>
    public static ArrayView3D<T, Stride3D.DenseXY> As3DDenseXYView<T>(
        this ArrayView1D<T, Stride1D.Dense> view,
        LongIndex3D extent)
        where T : unmanaged => new(view.BaseView, extent, Stride3D.DenseXY.Of(extent));

    /// <summary>The same memory in three dimensions, Z contiguous and without gaps.</summary>
    public static ArrayView3D<T, Stride3D.DenseZY> As3DDenseZYView<T>(
        this ArrayView1D<T, Stride1D.Dense> view,
        LongIndex3D extent)
        where T : unmanaged => new(view.BaseView, extent, Stride3D.DenseZY.Of(extent));

    /// <summary>The same bytes as elements of another type; a rest that does not fill an element is left out.</summary>
    public static ArrayView1D<TOther, Stride1D.Dense> Cast<T, TOther>(this ArrayView1D<T, Stride1D.Dense> view)
        where T : unmanaged
        where TOther : unmanaged => view.BaseView.Cast<TOther>();

    /// <summary>The same memory with X and Y exchanged.</summary>
    public static ArrayView2D<T, Stride2D.DenseY> AsTransposed<T>(this ArrayView2D<T, Stride2D.DenseX> view)
        where T : unmanaged => new(view.BaseView, (view.Extent.Y, view.Extent.X), new Stride2D.DenseY(view.Stride.YStride));

    /// <inheritdoc cref="AsTransposed{T}(ArrayView2D{T, Stride2D.DenseX})"/>
    public static ArrayView2D<T, Stride2D.DenseX> AsTransposed<T>(this ArrayView2D<T, Stride2D.DenseY> view)
        where T : unmanaged => new(view.BaseView, (view.Extent.Y, view.Extent.X), new Stride2D.DenseX(view.Stride.XStride));

    /// <inheritdoc cref="AsTransposed{T}(ArrayView2D{T, Stride2D.DenseX})"/>
    public static ArrayView2D<T, Stride2D.General> AsTransposed<T>(this ArrayView2D<T, Stride2D.General> view)
        where T : unmanaged =>
        new(view.BaseView, (view.Extent.Y, view.Extent.X), new Stride2D.General((view.Stride.YStride, view.Stride.XStride)));
}
