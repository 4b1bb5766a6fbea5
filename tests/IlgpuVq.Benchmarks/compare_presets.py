"""Runs a training step of every preset here and in PyTorch in turn, and prints a table of their speeds.

usage: compare_presets.py [--presets NAME,NAME,…] [--pairs 3] [--seconds 4] [--threads 2] [--inference] [--python python3]
Build first: dotnet build -c Release src/Train. Each pair runs A B B; the better of PyTorch's two memory formats counts. A first
run of few steps tells how many steps fill the seconds. The batch is the preset's own; images are as large as said in SIZES.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys

MNIST, CIFAR10 = (28, 1), (32, 3)
SIZES = {  # batch, (side, channels)
    "deepmind": (32, CIFAR10), "zalando": (256, CIFAR10), "zalando-gradient": (256, CIFAR10), "rosinality": (128, CIFAR10),
    "seed-notebook": (256, CIFAR10), "hwangjohn-local": (10, CIFAR10), "hwangjohn-colab": (256, CIFAR10),
    "hwangjohn-paper": (128, CIFAR10), "keras-mnist": (128, MNIST), "ritheshkumar": (128, CIFAR10),
    "nadavbh12-mnist": (128, MNIST), "nadavbh12-cifar10": (128, CIFAR10), "nadavbh12-imagenet": (128, CIFAR10),
    "nadavbh12-cvae": (128, CIFAR10), "diffusers-vqmodel": (8, CIFAR10), "diffusers-kl": (8, CIFAR10),
    "diffusers-tiny": (8, CIFAR10), "diffusers-asymmetric": (8, CIFAR10), "paella": (8, CIFAR10), "vqgan": (16, CIFAR10),
}
LEAST_STEPS, MOST_STEPS = 2, 300

a = argparse.ArgumentParser()
a.add_argument("--presets", default=",".join(SIZES))
a.add_argument("--pairs", type=int, default=3)
a.add_argument("--seconds", type=float, default=4)
a.add_argument("--threads", type=int, default=2)
a.add_argument("--inference", action="store_true")
a.add_argument("--python", default=sys.executable)
o = a.parse_args()
here = pathlib.Path(__file__).resolve().parent
ours = ["dotnet", str(here.parent.parent / "src/Train/bin/Release/net10.0/IlgpuVq.dll"), "bench", "--json",
        "--accelerator", "cpu"]
peer = [o.python, str(here / "torch_presets.py")]


def run(command, preset, steps, warmup, *options):
    batch, (side, channels) = SIZES[preset]
    numbers = dict(batch=batch, image=side, channels=channels, steps=steps, warmup=warmup, threads=o.threads)
    command = [*command, "--preset", preset, *options, *["--inference"] * o.inference]
    for name, number in numbers.items():
        command += ["--" + name, str(number)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr or done.stdout}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def median(runs, key):
    return statistics.median(run[key] for run in runs)


print(f"{'inference' if o.inference else 'training'}, {o.threads} threads, {o.pairs} pairs")
print("| preset | parameters | batch | image | images/s | PyTorch | ratio, median | min | max | MB | PyTorch |")
print("|---|---|---|---|---|---|---|---|---|---|---|", flush=True)
for preset in o.presets.split(","):
    batch, (side, channels) = SIZES[preset]
    mine, theirs = [], []
    first = run(ours, preset, 2, 1)
    steps = int(min(max(o.seconds * 1e3 / first["ms_min"], LEAST_STEPS), MOST_STEPS))
    for _ in range(o.pairs):
        mine.append(run(ours, preset, steps, 2))
        formats = [run(peer, preset, max(steps // 2, LEAST_STEPS), 1, *form) for form in ([], ["--channels-last"])]
        theirs.append(max(formats, key=lambda result: result["images_per_s"]))
    ratios = [m["images_per_s"] / t["images_per_s"] for m, t in zip(mine, theirs)]
    counts = sorted({mine[0]["parameters"], theirs[0]["parameters"]})
    print(f"| {preset} | {', '.join(f'{count:,}' for count in counts)} | {batch} | {side}×{side}×{channels} | "
          f"{median(mine, 'images_per_s'):.4g} | {median(theirs, 'images_per_s'):.4g} | {statistics.median(ratios):.2f} | "
          f"{min(ratios):.2f} | {max(ratios):.2f} | {median(mine, 'peak_rss_mb'):.0f} | "
          f"{median(theirs, 'peak_rss_mb'):.0f} |", flush=True)
