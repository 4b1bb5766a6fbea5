"""Writes what small transformers of codes make of indices, by their formulas in double precision, for the tests of ours.

usage: python3 torch_transformers.py > torch_transformers.txt      (made with PyTorch 1.13)
Each line is: case | pass | role | name | shape | numbers.
Roles: state; coarse, fine, classes (indices that are given); mask (1 where an index is hidden); logits (of each level, B, T, K);
loss; dw (d loss / d a parameter).
"""
import math

import torch
from torch.nn import functional

torch.manual_seed(31)
B, WIDTH, HEADS, LAYERS, CLASSES = 3, 4, 2, 2, 3
COARSE, FINE = (2, 2, [5]), (4, 3, [6, 4])


def put(case, role, name, tensor):
    shape = ",".join(str(length) for length in tensor.shape)
    digits = 7 if role in ("logits", "loss", "dw") else 9
    numbers = " ".join(f"{value:.{digits}g}" for value in tensor.detach().reshape(-1).tolist())
    print(" | ".join((case, "infer 0", role, name, shape, numbers)))


class Weights(dict):
    """Parameters by their keys, drawn when they are first asked for: numbers that float32 holds."""

    def of(self, key, *shape, around=0.0):
        if key not in self:
            self[key] = ((torch.rand(*shape) * 2 - 1) * 0.5 + around).double().requires_grad_()
        return self[key]


def linear(w, key, x, out):
    return x @ w.of(key + ".weight", out, x.shape[-1]).T + w.of(key + ".bias", out)


def norm(w, key, x):
    mean = x.mean(-1, keepdim=True)
    variance = ((x - mean) ** 2).mean(-1, keepdim=True)
    return (x - mean) / torch.sqrt(variance + 1e-5) * w.of(key + ".weight", WIDTH, around=1.0) + w.of(key + ".bias", WIDTH)


def attention(w, key, x, causal):
    b, t, d = x.shape
    q, k, v = (
        linear(w, f"{key}.{name}", x, d).reshape(b, t, HEADS, d // HEADS).transpose(1, 2) for name in ("query", "key", "value"))
    scores = q @ k.transpose(2, 3) / math.sqrt(d // HEADS)
    if causal:
        scores = scores.masked_fill(torch.ones(t, t).triu(1).bool(), float("-inf"))
    return linear(w, key + ".out", (scores.softmax(-1) @ v).transpose(1, 2).reshape(b, t, d), d)


def blocks(w, x, causal):
    for i in range(LAYERS):
        key = f"g.blocks.{i}"
        x = x + attention(w, key + ".attention", norm(w, key + ".norm_1", x), causal)
        inner = linear(w, key + ".mlp.0", norm(w, key + ".norm_2", x), 4 * WIDTH)
        inner = inner * 0.5 * (1 + torch.erf(inner / math.sqrt(2)))
        x = x + linear(w, key + ".mlp.1", inner, WIDTH)
    return norm(w, "g.norm", x)


def positions(w):
    h, wide, _ = FINE
    rows, columns = w.of("g.positions.rows", h, WIDTH), w.of("g.positions.columns", wide, WIDTH)
    return torch.stack([rows[i // wide] + columns[i % wide] for i in range(h * wide)])


def convolve(w, key, x, out, size):
    weight = w.of(key + ".weight", out, x.shape[1], size, size)
    return functional.conv2d(x, weight, w.of(key + ".bias", out), padding=size // 2)


def known(w, coarse, classes):
    """(B, T, C): learned vectors of the class, and features of the coarser grid, each place of it repeated."""
    x = w.of("g.condition.coarser.top.codes.weight", COARSE[2][0], WIDTH)[coarse[:, 0]].permute(0, 3, 1, 2)
    key = "g.condition.coarser.top.net"
    x = convolve(w, key + ".0", x, WIDTH, 3)
    for i in (1, 2):
        inner = convolve(w, f"{key}.{i}.1", torch.relu(x), WIDTH, 3)
        x = x + convolve(w, f"{key}.{i}.3", torch.relu(inner), WIDTH, 1)
    rows = [i * COARSE[0] // FINE[0] for i in range(FINE[0])]
    columns = [i * COARSE[1] // FINE[1] for i in range(FINE[1])]
    x = x[:, :, rows][:, :, :, columns].reshape(B, WIDTH, -1).transpose(1, 2)
    return x + w.of("g.condition.class.weight", CLASSES, WIDTH)[classes][:, None]


def transformer(w, fine, coarse, classes, mask):
    codes = sum(
        w.of("g.codes.weight" if level == 0 else f"g.codes.levels.{level}.weight", k, WIDTH)[fine[:, level].reshape(B, -1)]
        for level, k in enumerate(FINE[2]))
    start = w.of("g.start", WIDTH).expand(B, 1, WIDTH)
    x = blocks(w, torch.cat([start, codes[:, :-1]], 1) + positions(w) + known(w, coarse, classes), causal=True)
    logits = []
    for level, k in enumerate(FINE[2]):
        key = "g.logits" if level == 0 else f"g.levels.{level}.head"
        inner = x + sum(
            w.of(f"g.levels.{level}.below.{below}.weight", FINE[2][below], WIDTH)[fine[:, below].reshape(B, -1)]
            for below in range(level))
        weight, bias = w.of(key + ".weight", k, WIDTH, 1, 1), w.of(key + ".bias", k)
        logits.append(inner @ weight[:, :, 0, 0].T + bias)
    losses = [functional.cross_entropy(its.reshape(-1, its.shape[2]), fine[:, i].reshape(-1)) for i, its in enumerate(logits)]
    return logits, sum(losses) / len(losses)


def maskgit(w, fine, coarse, classes, mask):
    codes = 0
    for level, k in enumerate(FINE[2]):
        seen = w.of(f"g.codes.{level}.weight", k, WIDTH)[fine[:, level].reshape(B, -1)]
        hidden = mask[:, level].reshape(B, -1, 1)
        codes = codes + hidden * w.of(f"g.codes.{level}.mask", WIDTH) + (1 - hidden) * seen
    x = blocks(w, codes + positions(w) + known(w, coarse, classes), causal=False)
    logits = [linear(w, f"g.logits.{level}", x, k) for level, k in enumerate(FINE[2])]
    losses = torch.stack([
        functional.cross_entropy(its.reshape(-1, its.shape[2]), fine[:, i].reshape(-1), reduction="none").reshape(B, -1)
        for i, its in enumerate(logits)], 1)
    return logits, (losses * mask.reshape(losses.shape)).sum() / mask.sum()


def draw(h, wide, sizes):
    return torch.stack([torch.randint(k, (B, h, wide)) for k in sizes], 1)


for case, model in (("transformer", transformer), ("maskgit", maskgit)):
    w = Weights()
    given = [draw(*FINE), draw(*COARSE), torch.randint(CLASSES, (B,)), (torch.rand(B, 2, *FINE[:2]) < 0.6).double()]
    logits, loss = model(w, *given)
    loss.backward()
    for role, tensor in zip(("fine", "coarse", "classes", "mask"), given):
        put(case, role, "", tensor)
    for key, tensor in w.items():
        put(case, "state", key, tensor)
    for level, tensor in enumerate(logits):
        put(case, "logits", str(level), tensor)
    put(case, "loss", "", loss)
    for key, tensor in w.items():
        put(case, "dw", key, tensor.grad)
