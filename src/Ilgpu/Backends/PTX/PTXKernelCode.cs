namespace ILGPU.Backends.PTX;

/// <summary>What generated code may use of a device and its driver.</summary>
/// <param name="Major">The compute capability: 9 of 9.0.</param>
/// <param name="Minor">The compute capability: 0 of 9.0.</param>
/// <param name="IsaMajor">The version of PTX that the driver takes: 8 of 8.0.</param>
/// <param name="IsaMinor">The version of PTX that the driver takes: 0 of 8.0.</param>
/// <param name="FastMath">Functions of floats may be the device's approximations, and products may be fused with sums.</param>
internal sealed record PTXTarget(int Major, int Minor, int IsaMajor, int IsaMinor, bool FastMath = false)
{
    /// <summary>A device that has all that code can use, for code that is only read.</summary>
    public static readonly PTXTarget Default = new(8, 0, 7, 0);

    public bool IsAtLeast(int major, int minor) => (Major, Minor).CompareTo((major, minor)) >= 0;
}

/// <summary>A kernel as PTX.</summary>
/// <param name="EntryPoint">The name of the kernel function.</param>
/// <param name="Text">The text of the module.</param>
/// <param name="AddedSharedBytes">
/// Shared memory that the launch has to add to what it asks for itself: the arrays of a kernel that has more of them than a module
/// may declare.
/// </param>
/// <remarks>
/// The parameters of the function, in this order: for an implicitly grouped kernel the extent along each axis (int, or long where
/// the index is); the parameters of the method, taken apart by <see cref="Frontend.Types.FieldLayout"/>, where a view is the address of
/// its buffer, a long for the offset in bytes and a long for the length in elements, everything else is passed by value, and a
/// <see cref="SpecializedValue{T}"/> is left out.
/// </remarks>
internal sealed record PTXKernelCode(string EntryPoint, string Text, int AddedSharedBytes = 0);
