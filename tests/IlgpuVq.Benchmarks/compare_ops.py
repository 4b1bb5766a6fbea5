"""Runs `ops` of this project and the same ops in PyTorch in turn and prints how many times faster each is here.

usage: compare_ops.py [--pairs 5] [--batch 32] [--filter ""] [--threads 2] [--python python3]
Build first: dotnet build -c Release tests/IlgpuVq.Benchmarks. The ratio of a pair is that of the median
times; the last column compares the shortest times of all pairs, which a busy machine disturbs least.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys

a = argparse.ArgumentParser()
a.add_argument("--pairs", type=int, default=5)
a.add_argument("--batch", type=int, default=32)
a.add_argument("--filter", default="")
a.add_argument("--threads", type=int, default=2)
a.add_argument("--python", default=sys.executable)
o = a.parse_args()
here = pathlib.Path(__file__).resolve().parent
program = here / "bin/Release/net10.0/IlgpuVq.Benchmarks.dll"
command = ["dotnet", str(program), "ops", "--json", "--accelerator", "cpu", "--batch", str(o.batch), "--filter", o.filter,
           "--threads", str(o.threads)]


def run(arguments, text=None):
    done = subprocess.run(arguments, check=True, capture_output=True, text=True, input=text)
    return json.loads(done.stdout.strip().splitlines()[-1])


pairs = []
for _ in range(o.pairs):
    ours = run(command)
    pairs.append((ours, run([o.python, str(here / "torch_ops.py"), "--threads", str(o.threads)], json.dumps(ours))))
peaks = [ours["peak_gflops"] for ours, _ in pairs]
print(f"batch {o.batch}, {o.threads} threads, {o.pairs} pairs, PyTorch {pairs[0][1]['torch']}; "
      f"peak {max(peaks):.0f} GFLOP/s in multiply-adds")
print(f"{'op':22}{'size':45}{'ms':>8}{'PyTorch':>9}{'ratio':>7}{'min':>6}{'max':>6}{'best/best':>11}")
for i, op in enumerate(pairs[0][0]["ops"]):
    ours, theirs = [ours["ops"][i] for ours, _ in pairs], [theirs["ops"][i] for _, theirs in pairs]
    ratios = [theirs[p]["ms_median"] / ours[p]["ms_median"] for p in range(o.pairs)]
    best, peer = min(t["ms_min"] for t in ours), min(t["ms_min"] for t in theirs)
    print(f"{op['op']:22}{op['size']:45}{best:8.3f}{peer:9.3f}{statistics.median(ratios):7.2f}"
          f"{min(ratios):6.2f}{max(ratios):6.2f}{peer / best:11.2f}")
