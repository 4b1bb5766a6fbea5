using IlgpuVq.Tests.Ptx.Machine;

namespace IlgpuVq.Tests.Ptx.Decoding;

internal interface IUnary<TA, TResult>
{
    static abstract TResult Apply(TA a);
}

internal interface IBinary<TA, TB, TResult>
{
    static abstract TResult Apply(TA a, TB b);
}

internal interface ITernary<TA, TB, TC, TResult>
{
    static abstract TResult Apply(TA a, TB b, TC c);
}

/// <summary>One operator for each active lane. Operands are offsets in the file of the warp.</summary>
internal sealed unsafe class UnaryStep<TOperator, TA, TResult>(int result, int a) : Step
    where TOperator : struct, IUnary<TA, TResult>
    where TA : unmanaged
    where TResult : unmanaged
{
    public override void Run(Warp warp, uint active)
    {
        var y = warp.Register<TResult>(result);
        var pa = warp.Register<TA>(a);
        if (active == uint.MaxValue)
        {
            for (var lane = 0; lane < Warp.Size; lane++)
            {
                y[lane] = TOperator.Apply(pa[lane]);
            }
        }
        else
        {
            foreach (var lane in new LaneSet(active))
            {
                y[lane] = TOperator.Apply(pa[lane]);
            }
        }
    }
}

internal sealed unsafe class BinaryStep<TOperator, TA, TB, TResult>(int result, int a, int b) : Step
    where TOperator : struct, IBinary<TA, TB, TResult>
    where TA : unmanaged
    where TB : unmanaged
    where TResult : unmanaged
{
    public override void Run(Warp warp, uint active)
    {
        var y = warp.Register<TResult>(result);
        var pa = warp.Register<TA>(a);
        var pb = warp.Register<TB>(b);
        if (active == uint.MaxValue)
        {
            for (var lane = 0; lane < Warp.Size; lane++)
            {
                y[lane] = TOperator.Apply(pa[lane], pb[lane]);
            }
        }
        else
        {
            foreach (var lane in new LaneSet(active))
            {
                y[lane] = TOperator.Apply(pa[lane], pb[lane]);
            }
        }
    }
}

internal sealed unsafe class TernaryStep<TOperator, TA, TB, TC, TResult>(int result, int a, int b, int c) : Step
    where TOperator : struct, ITernary<TA, TB, TC, TResult>
    where TA : unmanaged
    where TB : unmanaged
    where TC : unmanaged
    where TResult : unmanaged
{
    public override void Run(Warp warp, uint active)
    {
        var y = warp.Register<TResult>(result);
        var pa = warp.Register<TA>(a);
        var pb = warp.Register<TB>(b);
        var pc = warp.Register<TC>(c);
        if (active == uint.MaxValue)
        {
            for (var lane = 0; lane < Warp.Size; lane++)
            {
                y[lane] = TOperator.Apply(pa[lane], pb[lane], pc[lane]);
            }
        }
        else
        {
            foreach (var lane in new LaneSet(active))
            {
                y[lane] = TOperator.Apply(pa[lane], pb[lane], pc[lane]);
            }
        }
    }
}

/// <summary>An instruction that does something rare: the body is called for each active lane.</summary>
internal sealed class LaneStep(Action<Warp, int> body) : Step
{
    public override void Run(Warp warp, uint active)
    {
        foreach (var lane in new LaneSet(active))
        {
            body(warp, lane);
        }
    }
}

/// <summary>An instruction that does something rare to the warp as a whole.</summary>
internal sealed class WarpStep(Action<Warp, uint> body) : Step
{
    public override void Run(Warp warp, uint active) => body(warp, active);
}
