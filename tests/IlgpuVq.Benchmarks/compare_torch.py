"""Runs this program's `bench` and PyTorch's step in turn and prints a table of both, and of the ratio of their speeds.

usage: compare_torch.py [--pairs 5] [--train 1 8 32 256] [--reconstruct 1 32] [--vectors widest avx2] [--start-up]
                        [--image 32] [--hidden 128] [--threads 2]
                        [--python python3 | --peer COMMAND [--peer-inference --inference]]
Build first: dotnet build -c Release src/Train. In every pair each row runs once here and once in each of PyTorch's two memory
formats, the better of which counts: the one with the shorter median for the medians, the one with the shorter least for the
shortest steps. `avx2` keeps both from wider vectors than those of AVX2. --start-up: from the start of a process to its end with
one step in it.
COMMAND times the same step in another program, such as one on LibTorch: it takes --batch, --steps, --threads, --channels-last
and what --peer-inference says, and prints a line of JSON with ms_median, ms_min and peak_rss_mb.
"""
import argparse
import json
import os
import pathlib
import shlex
import statistics
import subprocess
import sys
import time

NARROW = {"DOTNET_EnableAVX512": "0", "DOTNET_EnableAVX512F": "0", "ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2",
          "MKL_ENABLE_INSTRUCTIONS": "AVX2"}

a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
a.add_argument("--pairs", type=int, default=5)
a.add_argument("--train", type=int, nargs="*", default=[1, 8, 32, 256])
a.add_argument("--reconstruct", type=int, nargs="*", default=[1, 32])
a.add_argument("--vectors", nargs="+", choices=["widest", "avx2"], default=["widest"])
a.add_argument("--start-up", action="store_true")
a.add_argument("--image", type=int, default=32)
a.add_argument("--hidden", type=int, default=128)
a.add_argument("--threads", type=int, default=2)
a.add_argument("--python", default=sys.executable)
a.add_argument("--peer", type=shlex.split)
a.add_argument("--peer-inference", default="--inference")
o = a.parse_args()
here = pathlib.Path(__file__).resolve().parent
program = here.parent.parent / "src/Train/bin/Release/net10.0/IlgpuVq.dll"
ours = ["dotnet", str(program), "bench", "--json", "--accelerator", "cpu", "--residual-skip", "rectified"]
peer = o.peer or [o.python, str(here / "torch_step.py")]


def run(command, vectors):
    start = time.monotonic()
    output = subprocess.run(command, check=True, capture_output=True, text=True,
                            env=os.environ | (NARROW if vectors == "avx2" else {})).stdout
    return json.loads(output.strip().splitlines()[-1]) | {"seconds": time.monotonic() - start}


def pair(vectors, batch, inference, steps, warmup=3):
    sizes = ["--batch", str(batch), "--image", str(o.image), "--hidden", str(o.hidden), "--threads", str(o.threads),
             "--steps", str(steps), "--warmup", str(warmup)]
    mine = run([*ours, *sizes, *(["--inference"] if inference else [])], vectors)
    theirs = [run([*peer, *sizes, *([o.peer_inference] if inference else []), *form], vectors)
              for form in ([], ["--channels-last"])]
    return mine, {key: min(t[key] for t in theirs) for key in ("ms_median", "ms_min", "peak_rss_mb", "seconds")}


def name(vectors, batch, inference):
    return f"{'reconstruct' if inference else 'training step'}, batch {batch}{', AVX2' if vectors == 'avx2' else ''}"


rows = {(vectors, batch, inference): [] for vectors in o.vectors
        for batch, inference in [(b, False) for b in o.train] + [(b, True) for b in o.reconstruct]}
starts = []
for turn in range(o.pairs):
    for row, pairs in rows.items():
        pairs.append(pair(*row, steps=min(300, max(10, 1600 // row[1]))))
        mine, theirs = pairs[-1]
        print(f"pair {turn + 1}: {name(*row)}: {mine['ms_median']:.2f} against {theirs['ms_median']:.2f} ms",
              file=sys.stderr, flush=True)
    if o.start_up:
        starts.append(pair("widest", 32, False, steps=1, warmup=0))

print("| | ms | PyTorch | ratio (range) | shortest, ms | ratio | memory, MB |\n|---|---|---|---|---|---|---|")
for row, pairs in rows.items():
    medians = [[p[side]["ms_median"] for p in pairs] for side in (0, 1)]
    least = [min(p[side]["ms_min"] for p in pairs) for side in (0, 1)]
    memory = [statistics.median(p[side]["peak_rss_mb"] for p in pairs) for side in (0, 1)]
    ratios = [theirs / mine for mine, theirs in zip(*medians)]
    print(f"| {name(*row)} | {statistics.median(medians[0]):.2f} | {statistics.median(medians[1]):.2f} "
          f"| {statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f}) "
          f"| {least[0]:.2f} / {least[1]:.2f} | {least[1] / least[0]:.2f} | {memory[0]:.0f} / {memory[1]:.0f} |")
if starts:
    mine, theirs = ([s[side]["seconds"] for s in starts] for side in (0, 1))
    print(f"process with one step of batch 32: {statistics.median(mine):.2f} s (shortest {min(mine):.2f}) "
          f"against {statistics.median(theirs):.2f} s ({min(theirs):.2f})")
