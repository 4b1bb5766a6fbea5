"""Runs this program's `bench` and PyTorch's step in turn and prints the ratio of their speeds, pair by pair.

usage: compare_torch.py [--pairs 5] [--batch 32] [--image 32] [--hidden 128] [--steps 20] [--threads 2] [--inference]
                        [--python python3 | --peer COMMAND]
Build first: dotnet build -c Release src/Train. Each pair runs A B B; the better of PyTorch's two memory formats counts.
COMMAND times the same step in another program, such as one on LibTorch: it takes --batch, --steps, --threads and
--channels-last and prints a line of JSON with ms_median, ms_min, images_per_s and peak_rss_mb.
On a machine that others use too, --threads 1 and the last ratio, of processor times per step, are the ones to trust.
"""
import argparse
import json
import pathlib
import shlex
import statistics
import subprocess
import sys

a = argparse.ArgumentParser()
a.add_argument("--pairs", type=int, default=5)
a.add_argument("--batch", type=int, default=32)
a.add_argument("--image", type=int, default=32)
a.add_argument("--hidden", type=int, default=128)
a.add_argument("--steps", type=int, default=20)
a.add_argument("--threads", type=int, default=2)
a.add_argument("--inference", action="store_true")
a.add_argument("--python", default=sys.executable)
a.add_argument("--peer", type=shlex.split)
o = a.parse_args()
here = pathlib.Path(__file__).resolve().parent
program = here.parent.parent / "src/Train/bin/Release/net10.0/IlgpuVq.dll"
sizes = ["--batch", str(o.batch), "--image", str(o.image), "--hidden", str(o.hidden), "--steps", str(o.steps),
         "--threads", str(o.threads)]
mode = ["--inference"] if o.inference else []
peer_step = o.peer or [o.python, str(here / "torch_step.py")]


def run(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().splitlines()[-1])


ours, theirs, ratios = [], [], []
for pair in range(o.pairs):
    mine = run(["dotnet", str(program), "bench", "--json", "--accelerator", "cpu", "--residual-skip", "rectified", *sizes, *mode])
    peers = [run([*peer_step, *sizes, *mode, *form]) for form in ([], ["--channels-last"])]
    peer = max(peers, key=lambda p: p["images_per_s"])
    ours.append(mine)
    theirs.append(peer)
    ratios.append(mine["images_per_s"] / peer["images_per_s"])
    print(f"pair {pair + 1}: {mine['ms_median']:.1f} ms against {peer['ms_median']:.1f} ms, ratio {ratios[-1]:.2f}", flush=True)


def median(runs, key):
    return statistics.median(r[key] for r in runs)


def least(runs, key):
    return min(r[key] for r in runs)


print(f"batch {o.batch}, {o.image}x{o.image}, hidden {o.hidden}, threads {o.threads}{', inference' if o.inference else ''}: "
      f"{median(ours, 'images_per_s'):.0f} images/s ({median(ours, 'peak_rss_mb'):.0f} MB) against "
      f"PyTorch's {median(theirs, 'images_per_s'):.0f} ({median(theirs, 'peak_rss_mb'):.0f} MB); "
      f"ratio median {statistics.median(ratios):.2f}, min {min(ratios):.2f}, max {max(ratios):.2f}")
for what, key in (("shortest step", "ms_min"), ("processor time", "cpu_ms")):
    if not all(key in run for run in ours + theirs):
        continue
    mine, peer = least(ours, key), least(theirs, key)
    print(f"{what}: {mine:.1f} ms against {peer:.1f} ms, ratio {peer / mine:.2f}")
