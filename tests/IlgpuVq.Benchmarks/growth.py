"""Times training steps of this program over batch, image size and channels and prints a table of images/s and memory.

usage: growth.py [--rounds 2] [--accelerator cpu] [--program IlgpuVq.dll]
Build first: dotnet build -c Release src/Train. Each setting is timed in every round. One thread: images per second of processor
time, which other programs on the machine disturb little. Two threads: images per second of the fastest step.
"""
import argparse
import json
import pathlib
import subprocess

a = argparse.ArgumentParser()
a.add_argument("--rounds", type=int, default=2)
a.add_argument("--accelerator", default="cpu")
root = pathlib.Path(__file__).resolve().parent.parent.parent
a.add_argument("--program", default=root / "src/Train/bin/Release/net10.0/IlgpuVq.dll")
o = a.parse_args()
settings = ([(n, 32, 128) for n in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)]
            + [(32, n, 128) for n in (16, 64, 128, 256)] + [(32, 32, n) for n in (32, 64, 256, 512)])


def step_flops(batch, image, hidden, residual=32, layers=2, dim=64, codes=512, channels=3):
    """Operations of a training step of the default model by its layers' shapes; the backward pass counts twice the forward."""
    latent = (image / 4) ** 2
    outer, middle = latent * 4 * hidden / 2 * channels * 16, latent * hidden * hidden / 2 * 16
    block = latent * hidden * residual * 10
    encoder = outer + middle + latent * hidden * hidden * 9 + layers * block + latent * dim * hidden
    decoder = latent * hidden * dim * 9 + layers * block + middle + outer
    return 2 * 3 * batch * (encoder + latent * codes * dim + decoder)


def run(batch, image, hidden, threads):
    # About as much work for each: a step at batch 32, 32×32 and hidden 128 is 1.
    work = max(batch, 4) / 32 * (image / 32) ** 2 * (hidden / 128) ** 2
    steps = max(2, min(40, round(12 / work)))
    command = ["dotnet", str(o.program), "bench", "--json", "--accelerator", o.accelerator, "--batch", str(batch),
               "--image", str(image), "--hidden", str(hidden), "--threads", str(threads), "--steps", str(steps), "--warmup", "2"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().splitlines()[-1])


print("| batch | image | hidden | images/s, one thread | GFLOP/s | images/s, two threads | MB |")
print("|---|---|---|---|---|---|---|")
for batch, image, hidden in settings:
    one, two = ([run(batch, image, hidden, threads) for _ in range(o.rounds)] for threads in (1, 2))
    cpu, wall = min(r["cpu_ms"] for r in one), min(r["ms_min"] for r in two)
    flops = step_flops(batch, image, hidden) / 1e6
    print(f"| {batch} | {image} | {hidden} | {batch / cpu * 1e3:.0f} | {flops / cpu:.0f} | {batch / wall * 1e3:.0f} | "
          f"{max(r['peak_rss_mb'] for r in two):.0f} |", flush=True)
