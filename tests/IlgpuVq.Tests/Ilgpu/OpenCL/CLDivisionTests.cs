using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.OpenCL;
using Xunit;

namespace IlgpuVq.Tests.Ilgpu.OpenCL;

public class CLDivisionTests
{
    [Fact]
    public void A_division_that_fails_on_the_processor_does_not_end_the_process()
    {
        var device = CLFixture.Device();
        Assert.SkipUnless(device.Target.DivisionTraps, $"{device.Name} is not the processor");
        using var context = Context.Create(builder => builder.OpenCL());
        using var accelerator = context.CreateCLAccelerator(0);
        using var x = accelerator.Allocate1D([7, int.MinValue, -7]);
        using var y = accelerator.Allocate1D<int>(12);
        var kernel = accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<int>, ArrayView<int>, int, int>(Divide);
        kernel(3, x.View, y.View, 0, -1);
        Assert.Equal([0, 0, -7, 0, 0, 0, int.MinValue, 0, 0, 0, 7, 0], y.GetAsArray1D());
    }

    private static void Divide(Index1D i, ArrayView<int> x, ArrayView<int> y, int zero, int minusOne)
    {
        y[4 * i] = x[i] / zero;
        y[(4 * i) + 1] = x[i] % zero;
        y[(4 * i) + 2] = x[i] / minusOne;
        y[(4 * i) + 3] = x[i] % minusOne;
    }
}
