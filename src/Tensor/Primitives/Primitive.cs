namespace IlgpuVq.Tensors.Primitives;

/// <summary>Array operations without gradients, each in a file of its own beside its kernels and its host form.</summary>
/// <remarks>A noun computes a new tensor, which is the caller's to dispose (<c>Softmax</c>, <c>SoftmaxGradient</c>);
/// <c>…Into</c> and verbs such as <c>UpdateAdam</c> change a tensor that is given. The differentiable ops of the same names
/// are built from these.</remarks>
public static partial class Primitive;
