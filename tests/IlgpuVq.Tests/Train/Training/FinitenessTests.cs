using IlgpuVq.Models;
using IlgpuVq.Tensors;
using IlgpuVq.Tests.Support;
using IlgpuVq.Train.Training;
using Xunit;

namespace IlgpuVq.Tests.Train.Training;

public sealed class FinitenessTests
{
    private static readonly float[] Values =
        [float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, 1e-45f, -0f];

    [Theory]
    [InlineData("cpu")]
    [InlineData("kernels")]
    [InlineData("opencl")]
    public void One_element_that_is_not_finite_is_found_wherever_it_is(string name)
    {
        if (name == "opencl")
        {
            OptionalDevice.Require(name);
        }

        using var device = Device.Open(name);
        using var counts = device.From<int>([int.MaxValue, int.MinValue], [2]);
        foreach (var length in new[] { 1, 7, 1000, 10_007 })
        {
            foreach (var value in Values)
            {
                foreach (var place in new[] { 0, length / 2, length - 1 })
                {
                    var numbers = new float[length];
                    Array.Fill(numbers, float.MinValue);
                    numbers[place] = value;
                    using var bad = device.From<float>(numbers, [length]);
                    using var good = device.From<float>([1, 2, 3], [3]);
                    NamedTensor[] state = [new("good", good), new("counts", counts), new("bad", bad), new("after", good)];

                    Assert.Equal(float.IsFinite(value), Finiteness.Holds(state));
                    Assert.Equal(float.IsFinite(value) ? null : "bad", Finiteness.FirstKeyWithout(state));
                }
            }
        }

        Assert.True(Finiteness.Holds([]));
        Assert.True(Finiteness.Holds([new NamedTensor("counts", counts)]));
    }

    [Fact]
    public void No_buffer_is_left()
    {
        using var device = Device.Open("cpu");
        using (var x = device.From<float>([1, float.NaN], [2]))
        {
            Assert.Equal("x", Finiteness.FirstKeyWithout([new("x", x)]));
        }

        Assert.Equal(0, device.Memory.LiveBuffers);
    }
}
