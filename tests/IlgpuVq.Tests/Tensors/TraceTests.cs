using IlgpuVq.Tensors;
using IlgpuVq.Tensors.Primitives;
using IlgpuVq.Tensors.Tracing;
using Xunit;
using Add = IlgpuVq.Autograd.Add;
using Affine = IlgpuVq.Autograd.Affine;
using Gelu = IlgpuVq.Autograd.Gelu;

namespace IlgpuVq.Tests.Tensors;

/// <summary>What a trace tells of calls.</summary>
public sealed class TraceTests : IDisposable
{
    private readonly Device device = Device.Open("cpu", new DeviceOptions(PoisonMemory: true));

    public void Dispose() => device.Dispose();

    [Fact]
    public void A_call_is_an_operation_of_the_values_that_it_read()
    {
        using var x = Primitive.Fill(device, [2, 3], 1);
        using var w = Primitive.Fill(device, [3, 4], 2);
        using var trace = new Trace(device);
        var input = trace.Input(x, "x");
        using var y = Primitive.Matmul(x, w);
        using var z = Primitive.Map(y, new Affine(2, 1));

        var result = trace.Of(z);
        Assert.Equal(
            new Formula.Applied(
                FormulaStep.Add,
                new Formula.Applied(FormulaStep.Multiply, new Formula.Number(2), new Formula.Operand(0)), new Formula.Number(1)),
            Assert.IsType<ElementwiseOperation>(result.Source!.Operation).Formula);
        var product = Assert.Single(result.Source.Inputs)!.Source!;
        Assert.Equal(new ProductOperation(Transpose.None), product.Operation);
        Assert.Same(input, product.Inputs[0]);
        Assert.Null(product.Inputs[1]!.Source);
        Assert.Equal(Enumerable.Repeat(2f, 12), product.Inputs[1]!.Floats());
        Assert.Equal([0, 1, 2, 3], trace.Values.Select(value => value.Id));
    }

    [Fact]
    public void What_depends_on_no_input_is_a_constant_with_its_numbers()
    {
        using var x = Primitive.Fill(device, [2], 1);
        using var w = Primitive.Fill(device, [2], 2);
        using var trace = new Trace(device);
        trace.Input(x, "x");
        using var known = Primitive.Map(w, new Affine(3, 0));
        using var open = Primitive.Zip("add", known, x, default(Add));

        Assert.Equal([6, 6], trace.Of(known).Floats());
        Assert.False(trace.Of(open).IsConstant);
        Assert.Throws<InvalidOperationException>(() => trace.Of(open).Floats());
        Assert.Throws<InvalidOperationException>(() => trace.Of(known).Integers());
    }

    [Fact]
    public void Another_shape_of_the_same_memory_is_a_value_of_its_own()
    {
        using var x = Primitive.Fill(device, [2, 3], 1);
        using var trace = new Trace(device);
        var input = trace.Input(x, "x");
        using var flat = x.Reshape([6]);

        var view = trace.Of(flat);
        Assert.Equal(new ReshapeOperation(), view.Source!.Operation);
        Assert.Same(input, view.Source.Inputs[0]);
        Assert.Same(view, trace.Of(flat));
        Assert.Same(input, trace.Of(x));
    }

    [Fact]
    public void Memory_that_is_lent_again_is_another_value()
    {
        using var x = Primitive.Fill(device, [5], 1);
        using var trace = new Trace(device);
        var input = trace.Input(x, "x");
        var first = Primitive.Map(x, default(Gelu));
        var before = trace.Of(first);
        first.Dispose();
        using var again = device.From<float>(new float[5], [5]);

        Assert.NotSame(before, trace.Of(again));
        Assert.True(trace.Of(again).IsConstant);
        Assert.False(input.IsConstant);
    }

    [Fact]
    public void What_is_overwritten_is_another_value()
    {
        using var x = Primitive.Fill(device, [5], 1);
        using var y = Primitive.Fill(device, [5], 2);
        using var trace = new Trace(device);
        trace.Input(x, "x");
        var before = trace.Of(y);
        Primitive.ZipInto(y, y, x, default(Add));

        Assert.Same(before, trace.Of(y).Source!.Inputs[0]);
        Assert.False(trace.Of(y).IsConstant);
    }

    [Fact]
    public void A_call_that_does_not_say_what_it_computes_is_refused()
    {
        using var counts = device.From<int>([1, 2], [2]);
        using var trace = new Trace(device);
        Primitive.Increment(counts);

        var exception = Assert.Throws<TraceException>(() => trace.Of(counts));
        Assert.Equal(
            "trace: expected calls that say what they compute; got one of Increment. Leave it out.", exception.Message);
    }

    [Fact]
    public void One_trace_at_a_time_follows_a_device()
    {
        using var trace = new Trace(device);
        Assert.Throws<InvalidOperationException>(() => new Trace(device));
        using var x = Primitive.Fill(device, [2], 1);
        trace.Stop();
        using var y = Primitive.Fill(device, [2], 1);
        Assert.Single(trace.Values);
        using var next = new Trace(device);
        Assert.Empty(next.Values);
    }

    [Fact]
    public void All_memory_comes_back()
    {
        var before = device.Memory.LiveBytes;
        using (var x = Primitive.Fill(device, [7], 1))
        using (var trace = new Trace(device))
        {
            using var y = Primitive.Map(x, default(Gelu));
            Assert.True(trace.Of(y).IsConstant);
        }

        Assert.Equal(before, device.Memory.LiveBytes);
    }
}
