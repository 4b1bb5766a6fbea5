namespace ILGPU;

/// <summary>The strides of two-dimensional views.</summary>
public static class Stride2D
{
    /// <summary>Neighbours along X lie side by side, those along Y <paramref name="yStride"/> elements apart.</summary>
    public readonly struct DenseX(int yStride) : IStride2D
    {
        /// <summary>The stride of rows without gaps.</summary>
        internal static DenseX Of(LongIndex2D extent) => new(StrideMath.Pitch(extent.X));

        public int XStride => 1;

        public int YStride { get; } = yStride;

        public Index2D StrideExtent => new(1, YStride);

        public int ComputeElementIndex(Index2D index) => index.X + (index.Y * YStride);

        public long ComputeElementIndex(LongIndex2D index) => index.X + (index.Y * YStride);

        public long ComputeBufferLength(LongIndex2D extent) => StrideMath.BufferLength((extent.X, 1), (extent.Y, YStride));

        public General AsGeneral() => new(StrideExtent);
    }

    /// <summary>Neighbours along Y lie side by side, those along X <paramref name="xStride"/> elements apart.</summary>
    public readonly struct DenseY(int xStride) : IStride2D
    {
        /// <summary>The stride of columns without gaps.</summary>
        internal static DenseY Of(LongIndex2D extent) => new(StrideMath.Pitch(extent.Y));

        public int XStride { get; } = xStride;

        public int YStride => 1;

        public Index2D StrideExtent => new(XStride, 1);

        public int ComputeElementIndex(Index2D index) => (index.X * XStride) + index.Y;

        public long ComputeElementIndex(LongIndex2D index) => (index.X * XStride) + index.Y;

        public long ComputeBufferLength(LongIndex2D extent) => StrideMath.BufferLength((extent.X, XStride), (extent.Y, 1));

        public General AsGeneral() => new(StrideExtent);
    }

    /// <summary>Any two distances.</summary>
    public readonly struct General(Index2D strideExtent) : IStride2D
    {
        public int XStride => StrideExtent.X;

        public int YStride => StrideExtent.Y;

        public Index2D StrideExtent { get; } = strideExtent;

        public int ComputeElementIndex(Index2D index) => (index.X * XStride) + (index.Y * YStride);

        public long ComputeElementIndex(LongIndex2D index) => (index.X * XStride) + (index.Y * YStride);

        public long ComputeBufferLength(LongIndex2D extent) => StrideMath.BufferLength((extent.X, XStride), (extent.Y, YStride));

        public General AsGeneral() => this;
    }
}
