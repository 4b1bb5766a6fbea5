using IlgpuVq.Tensors.Tracing;

namespace IlgpuVq.Tensors.Primitives;

public static partial class Primitive
{
    /// <summary>Overwrites one tensor with the elements of another, bit by bit.</summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static void CopyInto<T>(Tensor<T> target, Tensor<T> source)
        where T : unmanaged
    {
        if (target.Shape != source.Shape)
        {
            throw new ShapeException("copy", "two tensors of one shape", ("target", target.Shape), ("source", source.Shape));
        }

        target.CheckMayChange("copy");
        var plan = new CopyPlan("copy", source.Shape, [source.Size], [1], [1]);
        StridedCopy.Run(plan, source, sourceStart: 0, target, targetStart: 0);
        source.Device.Trace?.Record(target, new ReshapeOperation(), source);
    }
}
