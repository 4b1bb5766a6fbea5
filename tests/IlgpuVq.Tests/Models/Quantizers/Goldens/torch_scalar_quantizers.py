"""Writes what the formulas of scalar quantizers give for small rows, in double precision, for the tests of ours.

usage: python3 torch_scalar_quantizers.py > torch_scalar_quantizers.txt      (made with PyTorch 1.13)
Each line is: case | pass (one, without a name) | role | name | shape | numbers. Roles: x (rows), w (a parameter),
u (d objective / d quantized), q (quantized rows), id, loss (0 for none), dx and dw: gradients of sum(u * q) + loss.
Every matrix of probabilities has all codes in it, and nothing is factored.
"""
import math

import torch

torch.manual_seed(23)


def put(case, role, name, tensor):
    tensor = tensor.detach()
    shape = ",".join(str(length) for length in tensor.shape)
    digits = 9 if role in ("x", "w", "u") else 8
    numbers = " ".join(f"{value:.{digits}g}" for value in tensor.reshape(-1).tolist())
    print(" | ".join((case, "", role, name, shape, numbers)))


def draw(rows, width, size):
    """Numbers that float32 holds, so that both sides begin with the same."""
    return ((torch.rand(rows, width) * 2 - 1) * size).float().double()


def run(case, quantize, x, weights=()):
    """quantize(x, *weights) gives rows, ids and a loss; what is a choice in it is to be far from its edge."""
    x.requires_grad_()
    for weight in weights:
        weight.requires_grad_()
    q, ids, loss = quantize(x, *weights)
    u = draw(q.shape[0], q.shape[1], 1)
    ((q * u).sum() + loss).backward()
    put(case, "x", "", x)
    put(case, "u", "", u)
    put(case, "q", "", q)
    put(case, "id", "", ids.reshape(len(x), -1))
    put(case, "loss", "", torch.as_tensor(loss, dtype=torch.float64))
    put(case, "dx", "", x.grad)
    for i, weight in enumerate(weights):
        put(case, "w", str(i), weight)
        put(case, "dw", str(i), weight.grad)


def through(x, q):
    return x + (q - x).detach()


def away(x, distance):
    """x with the rows left out in which a number is within 1e-3 of a choice's edge."""
    return x.detach()[(distance(x) > 1e-3).all(-1)].clone()


def mixed_radix(digits, levels):
    places = torch.cumprod(torch.tensor([1] + levels[:-1]), 0)
    return (digits.round().long() * places).sum(-1)


# Finite scalar quantization, arXiv:2309.15505; its symmetric form, arXiv:2411.19842.
def fsq_bound(x, levels, symmetric):
    number = torch.tensor(levels, dtype=torch.float64)
    if symmetric:
        return (number - 1) * (torch.tanh(x) + 1) / 2
    half = (number - 1) * (1 + 1e-3) / 2
    offset = torch.where(number % 2 == 0, 0.5, 0.0).double()
    return torch.tanh(x + torch.atanh(offset / half)) * half - offset


def fsq(case, levels, symmetric=False, codebooks=1):
    number = torch.tensor(levels, dtype=torch.float64)

    def quantize(x):
        groups = x.reshape(len(x), codebooks, len(levels))
        bounded = fsq_bound(groups, levels, symmetric)
        rounded = through(bounded, bounded.round())
        if symmetric:
            return (2 * rounded / (number - 1) - 1).reshape(x.shape), mixed_radix(rounded.detach(), levels), 0.0
        middle = torch.div(number, 2, rounding_mode="floor")
        return (rounded / middle).reshape(x.shape), mixed_radix(rounded.detach() + middle, levels), 0.0

    def distance(x):
        bounded = fsq_bound(x.reshape(len(x), codebooks, len(levels)), levels, symmetric)
        return ((bounded % 1) - 0.5).abs().reshape(x.shape)

    run(case, quantize, away(draw(24, codebooks * len(levels), 2), distance))


# Lookup-free quantization, arXiv:2310.05737; on the sphere, arXiv:2406.07548.
def lfq(case, bits, scale, inverse_temperature, spherical=False, weight=0.1, gamma=1.0, commitment=0.25, size=1.0):
    codes = torch.arange(2 ** bits)
    places = 2 ** torch.arange(bits - 1, -1, -1)
    table = torch.where((codes[:, None] & places) != 0, scale, -scale).double()

    def entropy(p):
        return -torch.xlogy(p, p).sum(-1)

    def quantize(x):
        if spherical:
            x = x / x.norm(dim=-1, keepdim=True)
        q = torch.where(x > 0, scale, -scale).double()
        p = torch.softmax(2 * inverse_temperature * x @ table.T, -1)
        loss = weight * (entropy(p).mean() - gamma * entropy(p.mean(0))) + commitment * ((x - q) ** 2).mean()
        return through(x, q), ((x > 0).long() * places).sum(-1), loss

    run(case, quantize, away(draw(20, bits, size), torch.abs))


# Latent quantization, arXiv:2305.18378.
def latent(case, levels, alpha, beta):
    def distance(x):
        return torch.stack([
            (lambda two: two[:, 1] - two[:, 0])((x[:, d, None] - tables[d]).abs().sort(-1).values)
            for d in range(len(levels))], -1)

    def quantize(x, *tables):
        places = torch.stack([(x[:, d, None] - v).abs().argmin(-1) for d, v in enumerate(tables)], -1)
        q = torch.stack([v[places[:, d]] for d, v in enumerate(tables)], -1)
        loss = alpha * ((x.detach() - q) ** 2).mean() + beta * ((x - q.detach()) ** 2).mean()
        return through(x, q), mixed_radix(places, levels), loss

    tables = [draw(1, level, 1)[0] for level in levels]
    run(case, quantize, away(draw(20, len(levels), 1.2), distance), tables)


# Finite scalar perturbation, arXiv:2602.17133, where it rounds.
CDFS = {
    "tanh": (lambda x: (torch.tanh(x) + 1) / 2, math.pi ** 2 / 12, 1.2),
    "sigmoid": (torch.sigmoid, math.pi ** 2 / 3, 1.2),
    "normal": (lambda x: (1 + torch.erf(x / math.sqrt(2))) / 2, 1, 0),
    "laplace": (lambda x: torch.where(x < 0, torch.exp(-x.abs()) / 2, 1 - torch.exp(-x.abs()) / 2), 2, 3),
    "cauchy": (lambda x: 0.5 + torch.atan(x) / math.pi, 1, 0),
}


def fsp(case, levels, cdf, weights):
    number = torch.tensor(levels, dtype=torch.float64)
    function, variance_target, kurtosis_target = CDFS[cdf]

    def quantize(x):
        a = function(x)
        digits = (a * number).floor().clamp(max=number - 1)
        q = (through(a, (digits + 0.5) / number) - 0.5) * math.sqrt(12)
        variance, mean = torch.var_mean(x, 0, unbiased=True)
        z = (x - mean) / variance.sqrt()
        moments = (mean, variance, (z ** 3).mean(0), (z ** 4).mean(0) - 3)
        targets = (0, variance_target, 0, kurtosis_target)
        loss = sum(w * ((m - t) ** 2).mean() for w, m, t in zip(weights, moments, targets))
        return q, mixed_radix(digits.detach(), levels), loss

    def distance(x):
        within = (function(x) * number) % 1
        return torch.minimum(within, 1 - within)

    run(case, quantize, away(draw(24, len(levels), 3), distance))


# Binary mapper, arXiv:2510.17558, where it does not draw.
def binary(case, bits, free, weight):
    places = 2 ** torch.arange(bits)
    table = ((torch.arange(2 ** bits)[:, None] & places) != 0).double()

    def quantize(x):
        p = torch.sigmoid(x)
        ids = ((x > 0).long() * places).sum(-1)
        soft = torch.stack([torch.where(code == 1, p, 1 - p).prod(-1) for code in table], -1)
        entropy = -(p * p.log() + (1 - p) * (1 - p).log()).sum(-1)
        loss = weight * (bits * math.log(2) - entropy - free).clamp(min=0).mean()
        return through(soft, torch.nn.functional.one_hot(ids, 2 ** bits).double()), ids, loss

    run(case, quantize, away(draw(16, bits, 2), torch.abs))


fsq("fsq 8,5,5,5", [8, 5, 5, 5])
fsq("fsq 2,3", [2, 3])
fsq("fsq 6,5,2 symmetric", [6, 5, 2], symmetric=True)
fsq("fsq 4,3 codebooks 2", [4, 3], codebooks=2)
fsq("fsq 4,3 symmetric codebooks 3", [4, 3], symmetric=True, codebooks=3)
lfq("lfq 1", 1, 1.0, 1.5)
lfq("lfq 5", 5, 1.0, 2.0)
lfq("lfq 6 scale 0.5", 6, 0.5, 3.0, gamma=0.5, weight=0.7)
lfq("lfq 4 sharp", 4, 1.0, 100.0, size=0.02)
lfq("bsq 4", 4, 1 / math.sqrt(4), 4.0, spherical=True)
lfq("bsq 7", 7, 1 / math.sqrt(7), 100.0, spherical=True, commitment=0.5)
latent("latent 5,4,3", [5, 4, 3], 0.5, 0.25)
for name in CDFS:
    fsp(f"fsp {name}", [8, 5, 3], name, (0.1, 0.07, 0.06, 0.05))
binary("binary 1", 1, 0.1, 1.0)
binary("binary 4", 4, math.log(2), 0.5)
