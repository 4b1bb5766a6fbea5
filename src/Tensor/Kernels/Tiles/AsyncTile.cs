using ILGPU;
using ILGPU.Runtime.Cuda;

namespace IlgpuVq.Tensors.Kernels.Tiles;

/// <summary>How many neighbours one asynchronous copy brings.</summary>
internal interface ICopyLength
{
    /// <summary>1 or 4 floats.</summary>
    static abstract int Floats { get; }
}

/// <summary>Where neighbours are not always whole fours, or do not begin at a multiple of 16 bytes.</summary>
internal readonly struct CopySingles : ICopyLength
{
    public static int Floats => 1;
}

/// <summary>Four neighbours, of operands whose <see cref="ITileOperand.RunsInQuads"/> says so.</summary>
internal readonly struct CopyQuads : ICopyLength
{
    public static int Floats => 4;
}

/// <summary>A tile of an operand in shared memory, filled by copies that run beside the arithmetic;
/// on CUDA devices only.</summary>
/// <remarks>
/// A tile holds 16 steps along k of its rows or columns ("lanes"), in the order of the operand, so that neighbours in memory are
/// neighbours in it. Its pitch keeps the 32 threads of a warp, which read 8 lanes by 4 steps, in 32 banks, and quads at multiples
/// of 16 bytes. A thread fills one step along k of an operand whose neighbours lie along k, else two. Source of <c>cp.async</c>:
/// PTX ISA, "Data Movement and Conversion Instructions".
/// </remarks>
/// <param name="Step0">What is known of the step that this thread fills.</param>
/// <param name="Step1">The same of a second one, 8 further; not used along k.</param>
/// <param name="K">The first step.</param>
internal readonly record struct AsyncTile<TOperand, TCopy>(TilePlace Step0, TilePlace Step1, int K)
    where TOperand : struct, ITileOperand
    where TCopy : struct, ICopyLength
{
    /// <summary>From one lane to the next, where neighbours along k lie side by side: quads in 32 banks.</summary>
    private const int PitchAlongK = Tile.Depth + 4;

    /// <summary>What is added to the lanes, where they lie side by side: 8 more than a multiple of 32.</summary>
    private const int Padding = 8;

    /// <summary>Threads that fill neighbouring lanes of one step.</summary>
    private const int ThreadsAcross = 16;

    /// <summary>Steps that are filled at once, where neighbours lie along the lanes.</summary>
    private const int StepsAcross = TensorCoreProduct.Threads / ThreadsAcross;

    /// <summary>Threads that fill one lane, where neighbours lie along k.</summary>
    private static int ThreadsAlong => Tile.Depth / TCopy.Floats;

    private static int StepOfThread =>
        TOperand.RunsAlongK ? Group.IdxX % ThreadsAlong * TCopy.Floats : Group.IdxX / ThreadsAcross;

    /// <summary>The floats of a tile.</summary>
    public static int Size(int lanes) => TOperand.RunsAlongK ? lanes * PitchAlongK : Tile.Depth * (lanes + Padding);

    /// <summary>From one lane to the next in a tile.</summary>
    public static int LaneStep => TOperand.RunsAlongK ? PitchAlongK : 1;

    /// <summary>From one step along k to the next in a tile.</summary>
    public static int KStep(int lanes) => TOperand.RunsAlongK ? 1 : lanes + Padding;

    /// <summary>Ready to fill the tile whose first step is k.</summary>
    public static AsyncTile<TOperand, TCopy> At(TOperand operand, int k) =>
        new(operand.Step(k + StepOfThread), operand.Step(k + StepOfThread + StepsAcross), k);

    /// <summary>Looks all lanes up, for all threads; valid after a barrier.</summary>
    public static void FindLanes(TOperand operand, ArrayView<TilePlace> table, int batch, int first, int count, int lanes)
    {
        for (var lane = Group.IdxX; lane < lanes; lane += TensorCoreProduct.Threads)
        {
            // Past the end the last one is looked up, and not used.
            table[lane] = operand.Lane(batch, IntrinsicMath.Min(first + lane, count - 1));
        }
    }

    /// <summary>Ready to fill the tile behind this one.</summary>
    public AsyncTile<TOperand, TCopy> Next(TOperand operand) => new(operand.Next(Step0), operand.Next(Step1), K + Tile.Depth);

    /// <summary>Begins to fill a tile. Elements past <paramref name="end"/> along k, or past
    /// the last lane, become zero.</summary>
    /// <param name="operand">The matrix.</param>
    /// <param name="address">Of its values, in global memory.</param>
    /// <param name="table">What is known of the lanes.</param>
    /// <param name="tile">Where the tile begins in shared memory, in bytes.</param>
    /// <param name="lanes">Lanes of a tile.</param>
    /// <param name="valid">How many of them the matrix has.</param>
    /// <param name="end">Where the sum ends.</param>
    public void Fill(TOperand operand, long address, ArrayView<TilePlace> table, int tile, int lanes, int valid, int end)
    {
        var step = StepOfThread;
        if (TOperand.RunsAlongK)
        {
            var isInRange = K + step < end;
            for (var lane = Group.IdxX / ThreadsAlong; lane < lanes; lane += TensorCoreProduct.Threads / ThreadsAlong)
            {
                Copy(
                    operand.Find(table[lane], Step0), address, tile + (lane * PitchAlongK + step) * sizeof(float),
                    isInRange & (lane < valid));
            }
        }
        else
        {
            var isInRange0 = K + step < end;
            var isInRange1 = K + step + StepsAcross < end;
            var target = tile + step * (lanes + Padding) * sizeof(float);
            for (var lane = Group.IdxX % ThreadsAcross * TCopy.Floats; lane < lanes; lane += ThreadsAcross * TCopy.Floats)
            {
                var place = table[lane];
                Copy(operand.Find(place, Step0), address, target + lane * sizeof(float), isInRange0 & (lane < valid));
                Copy(
                    operand.Find(place, Step1), address, target + (StepsAcross * (lanes + Padding) + lane) * sizeof(float),
                    isInRange1 & (lane < valid));
            }
        }
    }

    private static void Copy(int place, long address, int target, bool isValid)
    {
        // What is not read is filled with zeros.
        var isThere = isValid & (place >= 0);
        var source = address + (isThere ? place : 0) * (long)sizeof(float);
        if (TCopy.Floats == 4)
        {
            CudaAsm.Emit(
                "add.u32 place, shared, %0; cp.async.cg.shared.global [place], [%1], 16, %2;", target, source, isThere ? 16 : 0);
        }
        else
        {
            CudaAsm.Emit(
                "add.u32 place, shared, %0; cp.async.ca.shared.global [place], [%1], 4, %2;", target, source, isThere ? 4 : 0);
        }
    }
}
