namespace IlgpuVq.Tensors.Host;

/// <summary>Working memory of the current thread, kept between calls; a body may use it until it returns.</summary>
internal static unsafe class HostScratch
{
    [ThreadStatic]
    private static Block? block;

    /// <summary>At least <paramref name="floats"/> floats, 64-byte aligned, undefined, with the slack of <see cref="HostStorage"/>.</summary>
    public static float* Floats(int floats)
    {
        block ??= new Block();
        return block.Reserve(floats);
    }

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
