using IlgpuVq.Tensors;

namespace IlgpuVq.Models.Layers;

/// <summary>Padding "same" of TensorFlow, for sides that the stride divides: a convolution gives 1/stride of them, a transposed
/// one stride times as many.</summary>
/// <remarks>Both have kernel − stride zeros around a side of the larger image, the odd one below and at the right: of a kernel of
/// 3 with stride 2, none before and one behind. PyTorch's padding of 1 has one before and none behind, which moves the image by a
/// pixel.</remarks>
internal static class SamePadding
{
    /// <summary>A stride with its padding, of a kernel that is at least as large.</summary>
    public static Conv2dParams Of(int kernel, int stride)
    {
        var (before, after) = ((kernel - stride) / 2, (kernel - stride + 1) / 2);
        return new Conv2dParams(stride, new Padding(Top: before, Bottom: after, Left: before, Right: after));
    }
}
