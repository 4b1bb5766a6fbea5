"""Times a pass of a prior over the whole grid in PyTorch, which a sampler that keeps nothing makes for each place.

usage: torch_sampling.py [--prior pixelcnn] [--codes 512] [--rounds 5] [--threads 2]
Priors: pixelcnn, gated-pixelcnn (the functions that the tests' golden numbers come from) and transformer (PyTorch's own layers,
normalized first), each in the sizes that `sampling` of this folder has. Prints the median and the shortest of the rounds.
"""
import argparse
import pathlib
import statistics
import sys
import time

import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "IlgpuVq.Tests/Models/Priors/Goldens"))

import torch_priors as small  # noqa: E402

CLASSES = 10


class Transformer(nn.Module):
    def __init__(self, codes, places, width=128, heads=4, layers=4):
        super().__init__()
        self.codes, self.classes = nn.Embedding(codes, width), nn.Embedding(CLASSES, width)
        self.places = nn.Parameter(torch.randn(places, width))
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, 0, "gelu", batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(layer, layers, nn.LayerNorm(width))
        self.logits = nn.Linear(width, codes)
        self.register_buffer("unseen", torch.ones(places, places).triu(1).bool())

    def forward(self, ids, classes):
        x = self.codes(ids.flatten(1)) + self.places + self.classes(classes)[:, None]
        return self.logits(self.blocks(x, mask=self.unseen))


def pass_of(prior, codes, side, count):
    """A function without arguments: one pass over `count` grids of side × side codes."""
    ids = torch.randint(codes, (count, side, side))
    classes = torch.arange(count) % CLASSES
    if prior == "transformer":
        model = Transformer(codes, side * side).eval()
        return lambda: model(ids, classes)
    small.K, small.NUMBERS, weights = codes, torch.float32, Wide(scale=1)
    if prior == "pixelcnn":
        return lambda: small.pixelcnn(weights, ids, classes, width=128, blocks=2, outs=2)
    return lambda: small.gated(weights, ids, classes, width=64, layers=15, out=512)


class Wide(small.Weights):
    """Weights for ten classes."""

    def ask(self, name, *shape):
        return super().ask(name, *((CLASSES, *shape[1:]) if "class" in name else shape))


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--prior", default="pixelcnn", choices=["pixelcnn", "gated-pixelcnn", "transformer"])
    a.add_argument("--codes", type=int, default=512)
    a.add_argument("--rounds", type=int, default=5)
    a.add_argument("--threads", type=int, default=2)
    o = a.parse_args()
    torch.set_num_threads(o.threads)
    for side, count in ((8, 1), (8, 16), (32, 1), (32, 16)):
        run, times = pass_of(o.prior, o.codes, side, count), []
        with torch.no_grad():
            run()
            for _ in range(o.rounds):
                start = time.perf_counter()
                run()
                times.append((time.perf_counter() - start) * 1e3)
        print(f"{o.prior}, {side}×{side}, {count} at once: a pass {statistics.median(times):.2f} ms (shortest {min(times):.2f})")


if __name__ == "__main__":
    main()
