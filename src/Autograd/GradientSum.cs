using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;

namespace IlgpuVq.Autograd;

/// <summary>The one rule of gradient accumulation: a value that is used twice gets the sum, in the order in which the parts
/// arrive.</summary>
internal static class GradientSum
{
    /// <summary>Takes over both tensors and returns the one that holds their sum.</summary>
    public static Tensor<float> Add(Tensor<float>? sum, Tensor<float> part)
    {
        if (sum is null)
        {
            return part;
        }

        // In place, unless somebody else still reads that memory: an op may hand its own gradient on to several inputs.
        var result = sum.CanOverwrite ? sum.Share() : sum.Device.Empty<float>(sum.Shape);
        Primitive.ZipInto(result, sum, part, default(Add));
        sum.Dispose();
        part.Dispose();
        return result;
    }
}
