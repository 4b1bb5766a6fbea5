using FsCheck;
using FsCheck.Fluent;
using IlgpuVq.Tensors.Host;
using IlgpuVq.Tests.Properties;
using Xunit;

namespace IlgpuVq.Tests.Tensors;

public sealed class ThreadTeamTests
{
    private static Gen<(int Threads, int Count, int Grain)> Cases(Choices draw) =>
        from threads in draw.Between(1, 4)
        from count in draw.Between(0, 500)
        from grain in draw.Between(1, 60)
        select (threads, count, grain);

    [Property]
    public Property Every_element_is_done_once_in_chunks_that_do_not_depend_on_the_threads() =>
        Drawn.ForAll(Cases, c =>
        {
            using var team = new ThreadTeam(c.Threads);
            for (var round = 0; round < 3; round++)
            {
                var log = new Log(c.Count);
                team.For(c.Count, c.Grain, log);
                for (var i = 0; i < c.Count; i++)
                {
                    Assert.Equal(1, log.Times[i]);
                    Assert.Equal(i / c.Grain * c.Grain, log.Starts[i]);
                }
            }
        });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_range_up_to_the_largest_int_has_its_last_chunk(int threads)
    {
        using var team = new ThreadTeam(threads);
        var ends = new Ends(1 << 30);
        team.For(int.MaxValue, 1 << 30, ends);
        Assert.Equal([1 << 30, int.MaxValue], ends.OfChunk);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void An_exception_reaches_the_caller_and_the_team_works_on(int threads)
    {
        using var team = new ThreadTeam(threads);
        for (var round = 0; round < 20; round++)
        {
            var failing = round % 7;
            var exception = Assert.Throws<InvalidOperationException>(() => team.For(7, 1, new Failure(failing)));
            Assert.Equal($"chunk {failing}", exception.Message);
            var log = new Log(7);
            team.For(7, 1, log);
            Assert.All(log.Times, times => Assert.Equal(1, times));
        }
    }

    [Theory]
    [InlineData(1, 4)] // one thread
    [InlineData(2, 1)] // one chunk
    [InlineData(2, 4)]
    public void A_body_that_splits_work_is_refused_and_the_team_works_on(int threads, int count)
    {
        using var team = new ThreadTeam(threads);
        var error = Assert.Throws<InvalidOperationException>(() => team.For(count, 1, new Nested(team)));
        Assert.Equal(
            "thread team: expected a call from outside of its bodies; got one from a body. Split the work before the range "
                + "begins.",
            error.Message);
        var log = new Log(7);
        team.For(7, 1, log);
        Assert.All(log.Times, times => Assert.Equal(1, times));
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 1)]
    [InlineData(2, 4)]
    public void A_body_takes_its_working_memory_once(int threads, int count)
    {
        using var team = new ThreadTeam(threads);
        for (var round = 0; round < 3; round++)
        {
            var error = Assert.Throws<InvalidOperationException>(() => team.For(count, 1, new TakesTwice(1000)));
            Assert.Equal(
                "host scratch: expected one call in a body; got a second one, which would free what the first gave. Take all "
                    + "of it at once.",
                error.Message);
            team.For(count, 1, new TakesOnce(1000 << round));
        }
    }

    private readonly struct Nested(ThreadTeam team) : IRangeBody
    {
        public void Range(int start, int end) => team.For(3, 1, new Log(3));
    }

    private readonly unsafe struct TakesTwice(int floats) : IRangeBody
    {
        public void Range(int start, int end)
        {
            HostScratch.Floats(floats)[0] = start;
            HostScratch.Floats(floats)[0] = end;
        }
    }

    private readonly unsafe struct TakesOnce(int floats) : IRangeBody
    {
        public void Range(int start, int end)
        {
            var memory = new Span<float>(HostScratch.Floats(floats), floats);
            memory.Fill(start);
            Assert.Equal(-1, memory.IndexOfAnyExcept((float)start));
        }
    }

    private readonly struct Ends(int grain) : IRangeBody
    {
        public int[] OfChunk { get; } = new int[2];

        public void Range(int start, int end) => OfChunk[start / grain] = end;
    }

    private readonly struct Log(int count) : IRangeBody
    {
        public int[] Times { get; } = new int[count];

        public int[] Starts { get; } = new int[count];

        public void Range(int start, int end)
        {
            for (var i = start; i < end; i++)
            {
                Interlocked.Increment(ref Times[i]);
                Starts[i] = start;
            }
        }
    }

    private readonly struct Failure(int chunk) : IRangeBody
    {
        public void Range(int start, int end)
        {
            if (start == chunk)
            {
                throw new InvalidOperationException($"chunk {start}");
            }
        }
    }
}
