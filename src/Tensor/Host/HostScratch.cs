namespace IlgpuVq.Tensors.Host;

/// <summary>Working memory of the current thread, kept between calls. A body of a <see cref="ThreadTeam"/> takes it once, as
/// much as it needs at most, and may use it until it returns.</summary>
internal static unsafe class HostScratch
{
    [ThreadStatic]
    private static Block? block;

    [ThreadStatic]
    private static bool isTaken;

    /// <summary>At least <paramref name="floats"/> floats, 64-byte aligned, undefined, with the slack of
    /// <see cref="HostStorage"/>.</summary>
    /// <exception cref="InvalidOperationException">The body has taken it already: what it got would be freed under
    /// it.</exception>
    public static float* Floats(int floats)
    {
        if (isTaken)
        {
            throw new InvalidOperationException(
                "host scratch: expected one call in a body; got a second one, which would free what the first gave. Take all "
                    + "of it at once.");
        }

        isTaken = true;
        block ??= new Block();
        return block.Reserve(floats);
    }

    /// <summary>Ends what the body of this thread took.</summary>
    public static void GiveBack() => isTaken = false;

    /// <summary>Owns the memory so that it is freed with its thread.</summary>
    private sealed class Block
    {
        private float* pointer;
        private int capacity;

        ~Block() => HostMemory.Free(pointer);

        public float* Reserve(int floats)
        {
            if (floats > capacity)
            {
                HostMemory.Free(pointer);
                pointer = null;
                capacity = 0;
                var bytes = (nuint)floats * sizeof(float) + HostStorage.SlackBytes;
                pointer = (float*)HostMemory.Allocate(bytes);
                capacity = floats;
            }

            return pointer;
        }
    }
}
