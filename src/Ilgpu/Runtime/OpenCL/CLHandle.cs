using System.Runtime.InteropServices;

namespace ILGPU.Runtime.OpenCL;

/// <summary>The kinds of objects that are released.</summary>
internal enum CLObjectKind
{
    Context,
    Queue,
    Buffer,
    Program,
    Kernel,
    Event,
}

/// <summary>An object of OpenCL, released once: when it is disposed, or else when nothing refers to it any more.</summary>
/// <remarks>Objects keep alive what they belong to, so the order of releases is free.</remarks>
internal sealed class CLHandle : SafeHandle
{
    private readonly CLLibrary library;
    private readonly CLObjectKind kind;

    public CLHandle(CLLibrary library, CLObjectKind kind, nint value)
        : base(0, ownsHandle: true)
    {
        this.library = library;
        this.kind = kind;
        SetHandle(value);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>The object, or zero once it is released.</summary>
    public nint Value => IsClosed ? 0 : handle;

    protected override bool ReleaseHandle()
    {
        library.Release(kind, handle);
        return true;
    }
}
