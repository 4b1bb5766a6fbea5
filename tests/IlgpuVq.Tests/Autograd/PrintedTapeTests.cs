using IlgpuVq.Autograd;
using IlgpuVq.Tensors;
using Xunit;

namespace IlgpuVq.Tests.Autograd;

public sealed class PrintedTapeTests : IDisposable
{
    private readonly Device device = Device.Open("cpu");

    public void Dispose() => device.Dispose();

    [Fact]
    public void The_text_shows_each_op_with_its_inputs_its_memory_and_what_it_keeps()
    {
        using var tape = new Tape(device);
        RecordLookup(tape);

        Assert.Equal(
            """
            id  shape   bytes  op                 backward
            %0  (2, 3)     24  codebook           gradient
            %1  (4, 3)     48  image              no gradient
            %2  (4, 3)     48  embedding(%0)      gradient, keeps int (4)
            %3  (4, 3)     48  stop-gradient(%2)  no gradient
            %4  (4, 3)     48  multiply(%2, %3)   gradient
            %5  (4, 3)     48  subtract(%4, %1)   gradient
            %6  ()          4  sum(%5)            gradient
            7 variables, 268 bytes of values (views counted as copies), 16 bytes kept for backward besides

            """, tape.ToText());
    }

    [Fact]
    public void The_text_after_backward_shows_what_is_still_held()
    {
        using var tape = new Tape(device);
        var loss = RecordLookup(tape);

        tape.Backward(loss);

        Assert.Equal(
            """
            id  shape      bytes  op                 backward
            %0  (2, 3)        24  codebook           gradient
            %1  (4, 3)        48  image              no gradient
            %2  (4, 3)  released  embedding(%0)      gradient
            %3  (4, 3)        48  stop-gradient(%2)  no gradient
            %4  (4, 3)  released  multiply(%2, %3)   gradient
            %5  (4, 3)  released  subtract(%4, %1)   gradient
            %6  ()             4  sum(%5)            gradient
            7 variables, 124 bytes of values (views counted as copies), 0 bytes kept for backward besides

            """, tape.ToText());
    }

    [Fact]
    public void The_flowchart_is_the_same_before_and_after_backward_and_dots_arrows_without_gradient()
    {
        using var tape = new Tape(device);
        var loss = RecordLookup(tape);
        var before = tape.ToMermaid();

        tape.Backward(loss);

        Assert.Equal(before, tape.ToMermaid());
        Assert.Equal(
            """
            flowchart TD
                v0(["%0 codebook<br>(2, 3)"])
                v1(["%1 image<br>(4, 3)"])
                v2["%2 embedding<br>(4, 3)"]
                v3["%3 stop-gradient<br>(4, 3)"]
                v4["%4 multiply<br>(4, 3)"]
                v5["%5 subtract<br>(4, 3)"]
                v6["%6 sum<br>()"]
                v0 --> v2
                v2 -.-> v3
                v2 --> v4
                v3 -.-> v4
                v4 --> v5
                v1 -.-> v5
                v5 --> v6

            """, before);
    }

    [Fact]
    public void Names_of_leaves_cannot_break_the_flowchart()
    {
        using var x = device.From<float>([1], [1]);
        using var tape = new Tape(device);
        tape.Leaf(x, "a \"b\" <c> & d");

        Assert.Contains("v0([\"%0 a &quot;b&quot; &lt;c&gt; &amp; d<br>(1)\"])", tape.ToMermaid(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tape_that_does_not_record_prints_its_ops_too()
    {
        using var tape = new Tape(device, recording: false);
        RecordLookup(tape);

        Assert.Contains("%2  (4, 3)     48  embedding(%0)      no gradient\n", tape.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_tape_prints()
    {
        using var tape = new Tape(device);

        Assert.Equal("id  shape  bytes  op  backward\n"
            + "0 variables, 0 bytes of values (views counted as copies), 0 bytes kept for backward besides\n", tape.ToText());
        Assert.Equal("flowchart TD\n", tape.ToMermaid());
    }

    /// <summary>A lookup, a product with a constant copy of itself, a difference and a sum.</summary>
    private Variable RecordLookup(Tape tape)
    {
        using var codebook = device.From<float>([1, 2, 3, 4, 5, 6], [2, 3]);
        using var image = device.From<float>(new float[12], [4, 3]);
        using var ids = device.From<int>([0, 1, 1, 0], [4]);
        var (codes, pixels) = (tape.Leaf(codebook, "codebook"), tape.Constant(image, "image"));
        var rows = Embedding.Apply(ids, codes);
        return Sum.Apply(rows * StopGradient.Apply(rows) - pixels);
    }
}
