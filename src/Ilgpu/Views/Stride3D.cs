namespace ILGPU;

/// <summary>The strides of three-dimensional views.</summary>
public static class Stride3D
{
    /// <summary>X is contiguous, then Y, then Z.</summary>
    public readonly struct DenseXY(int yStride, int zStride) : IStride3D
    {
        /// <summary>The stride of an array without gaps.</summary>
        internal static DenseXY Of(LongIndex3D extent) =>
            new(StrideMath.Pitch(extent.X), StrideMath.Pitch(StrideMath.Pitch(extent.X) * extent.Y));

        public int XStride => 1;

        public int YStride { get; } = yStride;

        public int ZStride { get; } = zStride;

        public Index3D StrideExtent => new(1, YStride, ZStride);

        public int ComputeElementIndex(Index3D index) => index.X + (index.Y * YStride) + (index.Z * ZStride);

        public long ComputeElementIndex(LongIndex3D index) => index.X + (index.Y * YStride) + (index.Z * ZStride);

        public long ComputeBufferLength(LongIndex3D extent) =>
            StrideMath.BufferLength((extent.X, 1), (extent.Y, YStride), (extent.Z, ZStride));

        public General AsGeneral() => new(StrideExtent);
    }

    /// <summary>Z is contiguous, then Y, then X.</summary>
    public readonly struct DenseZY(int xStride, int yStride) : IStride3D
    {
        /// <summary>The stride of an array without gaps.</summary>
        internal static DenseZY Of(LongIndex3D extent) =>
            new(StrideMath.Pitch(StrideMath.Pitch(extent.Z) * extent.Y), StrideMath.Pitch(extent.Z));

        public int XStride { get; } = xStride;

        public int YStride { get; } = yStride;

        public int ZStride => 1;

        public Index3D StrideExtent => new(XStride, YStride, 1);

        public int ComputeElementIndex(Index3D index) => (index.X * XStride) + (index.Y * YStride) + index.Z;

        public long ComputeElementIndex(LongIndex3D index) => (index.X * XStride) + (index.Y * YStride) + index.Z;

        public long ComputeBufferLength(LongIndex3D extent) =>
            StrideMath.BufferLength((extent.X, XStride), (extent.Y, YStride), (extent.Z, 1));

        public General AsGeneral() => new(StrideExtent);
    }

    /// <summary>Any three distances.</summary>
    public readonly struct General(Index3D strideExtent) : IStride3D
    {
        public int XStride => StrideExtent.X;

        public int YStride => StrideExtent.Y;

        public int ZStride => StrideExtent.Z;

        public Index3D StrideExtent { get; } = strideExtent;

        public int ComputeElementIndex(Index3D index) => (index.X * XStride) + (index.Y * YStride) + (index.Z * ZStride);

        public long ComputeElementIndex(LongIndex3D index) => (index.X * XStride) + (index.Y * YStride) + (index.Z * ZStride);

        public long ComputeBufferLength(LongIndex3D extent) =>
            StrideMath.BufferLength((extent.X, XStride), (extent.Y, YStride), (extent.Z, ZStride));

        public General AsGeneral() => this;
    }
}
