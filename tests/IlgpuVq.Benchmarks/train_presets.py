"""Trains every preset a short time and prints a table: how its error went.

usage: train_presets.py --output FOLDER [--presets NAME,NAME,…]
Build first: dotnet build -c Release src/Train. Data sets are found as the program finds them (ILGPUVQ_DATA). FOLDER gets a run of
each, which is not trained again when it is there. NMSE and codes in use are those of the images trained on since the line of the
log before.
"""
import argparse
import json
import pathlib
import subprocess
import sys

RUNS = {  # steps, and what differs from the preset
    "deepmind": (1000, ["--data", "cifar10"]),
    "zalando": (300, []),
    "zalando-gradient": (300, []),
    "rosinality": (1700, ["--data", "cifar10"]),
    "seed-notebook": (200, []),
    "hwangjohn-local": (500, []),
    "hwangjohn-colab": (200, []),
    "hwangjohn-paper": (120, []),
    "keras-mnist": (14070, []),
    "ritheshkumar": (100, []),
    "nadavbh12-mnist": (400, []),
    "nadavbh12-cifar10": (100, []),
    "nadavbh12-imagenet": (200, ["--data", "cifar10", "--resize", "32", "--crop", "32"]),
    "nadavbh12-cvae": (60, []),
    "diffusers-vqmodel": (400, ["--data", "cifar10"]),
    "diffusers-kl": (120, ["--data", "cifar10"]),
    "diffusers-tiny": (400, ["--data", "cifar10"]),
    "diffusers-asymmetric": (60, ["--data", "cifar10"]),
    "paella": (300, ["--data", "cifar10"]),
    "vqgan": (300, ["--data", "cifar10", "--codebook-start", "samples"]),
}
LINES = 20
PARTS = (0.05, 0.25, 0.5, 1)

a = argparse.ArgumentParser()
a.add_argument("--output", type=pathlib.Path, required=True)
a.add_argument("--presets", default=",".join(RUNS))
o = a.parse_args()
program = pathlib.Path(__file__).resolve().parent.parent.parent / "src/Train/bin/Release/net10.0/IlgpuVq.dll"


def vq(*arguments):
    done = subprocess.run(["dotnet", str(program), *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, arguments))} failed:\n{done.stderr or done.stdout}")
    return done.stdout


def codes_in_use(line):
    """Of each codebook."""
    return " + ".join(str(figure) for name, figure in line.items() if "codes_used" in name) or "–"


print("| preset | data | steps | images | NMSE at 5 % | 25 % | 50 % | end | codes in use |")
print("|---|---|---|---|---|---|---|---|---|", flush=True)
for preset in o.presets.split(","):
    steps, options = RUNS[preset]
    run = o.output / preset
    if not (run / "metrics.jsonl").exists():
        vq("train", "--preset", preset, "--run", run, "--steps", steps, "--log-every", max(steps // LINES, 1),
           "--sample-every", steps, "--checkpoint-every", 0, *options)
    config = json.loads((run / "config.json").read_text())
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    lines = [line for line in lines if "nmse" in line]
    curve = [min(lines, key=lambda line: abs(line["step"] - part * steps))["nmse"] for part in PARTS]
    print(f"| {preset} | {config['data']['name']} | {steps} | {steps * config['run']['batch']} | "
          + " | ".join(f"{nmse:.3f}" for nmse in curve)
          + f" | {codes_in_use(lines[-1])} |", flush=True)
