using IlgpuVq.Tests.Ptx.Machine;

namespace IlgpuVq.Tests.Ptx.Measures;

/// <summary>Where the steps of a kernel lead, and its loops.</summary>
internal sealed class StepGraph
{
    private readonly Step[] steps;
    private readonly List<int>[] before;

    public StepGraph(Step[] steps)
    {
        this.steps = steps;
        before = [.. steps.Select(_ => new List<int>())];
        for (var at = 0; at < steps.Length; at++)
        {
            foreach (var next in After(at))
            {
                before[next].Add(at);
            }
        }
    }

    public IEnumerable<int> After(int at)
    {
        var step = steps[at];
        if (step.Flow == Flow.Branch)
        {
            yield return step.Target;
        }

        if ((step.Flow is not (Flow.Branch or Flow.End) || step.Guard >= 0) && at + 1 < steps.Length)
        {
            yield return at + 1;
        }
    }

    /// <summary>The steps of each loop: those from which its first one is reached again without leaving.</summary>
    public IReadOnlyList<IReadOnlySet<int>> Loops()
    {
        var loops = new SortedDictionary<int, HashSet<int>>();
        foreach (var (from, to) in BackEdges())
        {
            var body = loops.TryGetValue(to, out var found) ? found : loops[to] = [to];
            var open = new Stack<int>([from]);
            while (open.TryPop(out var at))
            {
                if (body.Add(at))
                {
                    before[at].ForEach(open.Push);
                }
            }
        }

        return [.. loops.Values];
    }

    /// <summary>Edges to a step that is on the way to where they begin.</summary>
    private List<(int From, int To)> BackEdges()
    {
        var edges = new List<(int, int)>();
        var (isOpen, isDone) = (new bool[steps.Length], new bool[steps.Length]);
        var way = new Stack<(int At, IEnumerator<int> Next)>();
        Enter(0);
        while (way.TryPeek(out var top))
        {
            if (!top.Next.MoveNext())
            {
                (isOpen[top.At], isDone[top.At]) = (false, true);
                way.Pop().Next.Dispose();
            }
            else if (isOpen[top.Next.Current])
            {
                edges.Add((top.At, top.Next.Current));
            }
            else if (!isDone[top.Next.Current])
            {
                Enter(top.Next.Current);
            }
        }

        return edges;

        void Enter(int at)
        {
            isOpen[at] = true;
            way.Push((at, After(at).GetEnumerator()));
        }
    }
}
