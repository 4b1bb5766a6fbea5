namespace ILGPU;

/// <summary>The strides of one-dimensional views.</summary>
public static class Stride1D
{
    /// <summary>Every index means the first element: a broadcast scalar.</summary>
    public readonly struct Infinite : IStride1D
    {
        public int XStride => 0;

        public Index1D StrideExtent => 0;

        public int ComputeElementIndex(Index1D index) => 0;

        public long ComputeElementIndex(LongIndex1D index) => 0;

        public long ComputeBufferLength(LongIndex1D extent) => Math.Min(StrideMath.NonNegative(extent.X), 1);

        public General AsGeneral() => new(0);
    }

    /// <summary>Neighbours lie side by side.</summary>
    public readonly struct Dense : IStride1D
    {
        public int XStride => 1;

        public Index1D StrideExtent => 1;

        public int ComputeElementIndex(Index1D index) => index.X;

        public long ComputeElementIndex(LongIndex1D index) => index.X;

        public long ComputeBufferLength(LongIndex1D extent) => StrideMath.NonNegative(extent.X);

        public General AsGeneral() => new(1);
    }

    /// <summary>Neighbours lie <paramref name="xStride"/> elements apart.</summary>
    public readonly struct General(Index1D xStride) : IStride1D
    {
        public int XStride => StrideExtent.X;

        public Index1D StrideExtent { get; } = xStride;

        public int ComputeElementIndex(Index1D index) => index.X * XStride;

        public long ComputeElementIndex(LongIndex1D index) => index.X * XStride;

        public long ComputeBufferLength(LongIndex1D extent) => StrideMath.BufferLength((extent.X, XStride));

        public General AsGeneral() => this;
    }
}
