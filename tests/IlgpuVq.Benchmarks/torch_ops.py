"""Times single ops in PyTorch: those of an `ops --json` that is read from standard input.

usage: torch_ops.py [--threads 2] < ops.json
prints one JSON object: for each op the milliseconds of the median and of the shortest run. Convolutions are timed with both
memory formats, of which the better counts.
"""
import argparse
import json
import re
import statistics
import sys
import time

import torch
import torch.nn.functional as F

a = argparse.ArgumentParser()
a.add_argument("--threads", type=int, default=2)
o = a.parse_args()
torch.set_num_threads(o.threads)
torch.manual_seed(0)
LEAST_RUNS, LEAST_SECONDS = 10, 0.04


def draw(shape):
    return torch.rand(shape) - 0.5


def shapes_of(size):
    """Every parenthesised shape of a line such as (32, 3, 8, 8) * (64, 3, 4, 4) stride 2."""
    return [[int(n) for n in re.findall(r"\d+", group)] for group in re.findall(r"\(([^)]*)\)", size)]


def convolution(op, size, channels_last):
    (x, weight), stride = shapes_of(size), int(size.split("stride ")[1])
    transposed = op.startswith("conv-transpose")
    padding = 0 if weight[2] == 1 else 1
    form = dict(memory_format=torch.channels_last) if channels_last else {}
    x, weight = draw(x).contiguous(**form), draw(weight).contiguous(**form)
    bias = draw(weight.shape[1 if transposed else 0])
    run = F.conv_transpose2d if transposed else F.conv2d
    y = run(x, weight, bias, stride=stride, padding=padding)
    if not op.endswith((" dX", " dW")):
        return lambda: run(x, weight, bias, stride=stride, padding=padding)
    dy = draw(y.shape).contiguous(**form)
    wanted = [op.endswith(" dX"), op.endswith(" dW"), False]
    return lambda: torch.ops.aten.convolution_backward(
        dy, x, weight, None, [stride] * 2, [padding] * 2, [1, 1], transposed, [0, 0], 1, wanted)


def attention(op, size):
    (b, t, width), heads = shapes_of(size)[0], int(size.split(", ")[-1].split()[0])
    q, k, v = (draw((b, heads, t, width // heads)).requires_grad_() for _ in range(3))

    def apply():
        return F.softmax(q @ k.transpose(2, 3) * (width // heads) ** -0.5, -1) @ v

    if op == "attention":
        return apply
    with torch.enable_grad():
        y = apply()
    dy = draw(y.shape)
    return lambda: torch.autograd.grad(y, (q, k, v), dy, retain_graph=True)


def case(op, size):
    if op.startswith("attention"):
        return attention(op, size)
    if op == "matmul":
        m, k, n = (int(part) for part in size.split("×"))
        left, right = draw((m, k)), draw((k, n))
        return lambda: left @ right
    shapes = shapes_of(size)
    x = draw(shapes[0])
    if op == "nearest-code":
        codes = draw(shapes[1])
        return lambda: (x.pow(2).sum(1, keepdim=True) - 2 * x @ codes.t() + codes.pow(2).sum(1)).argmin(1)
    y, dims = draw(shapes[0]), len(shapes[0])
    if op == "adam":
        parameter = torch.nn.Parameter(x)
        parameter.grad = y
        return torch.optim.Adam([parameter]).step
    if op in ("add bias", "group-norm", "batch-norm"):
        scale, shift = draw(shapes[0][1]), draw(shapes[0][1])
        column = shift.view(-1, 1, 1)
        return {
            "add bias": lambda: x + column,
            "group-norm": lambda: F.group_norm(x, 32, scale, shift),
            "batch-norm": lambda: F.batch_norm(x, None, None, scale, shift, training=True),
        }[op]
    return {
        "relu": lambda: F.relu(x),
        "relu dX": lambda: torch.ops.aten.threshold_backward(y, x, 0),
        "silu": lambda: F.silu(x),
        "add": lambda: x + y,
        "sum to bias": lambda: x.sum((0, 2, 3)),
        "sum": lambda: x.sum(),
        "mean-squared-error": lambda: F.mse_loss(x, y),
        "permute": lambda: x.permute(0, *range(2, dims), 1).contiguous(),
        "softmax": lambda: F.softmax(x, -1),
        "softmax dX": lambda: torch.ops.aten._softmax_backward_data(y, x, -1, torch.float32),
    }[op]


def measure(run):
    times, total = [], 0.0
    for i in range(1_000_000):
        start = time.perf_counter()
        run()
        elapsed = time.perf_counter() - start
        if i >= 2:
            times.append(elapsed * 1e3)
            total += elapsed
        if len(times) >= LEAST_RUNS and total >= LEAST_SECONDS:
            return statistics.median(times), min(times)


results = []
with torch.no_grad():
    for op in json.load(sys.stdin)["ops"]:
        name, size = op["op"], op["size"]
        runs = [convolution(name, size, last) for last in (False, True)] if name.startswith("conv") else [case(name, size)]
        forms = [measure(run) for run in runs]
        median, best = min(forms)
        results.append(dict(op=name, size=size, ms_median=median, ms_min=best))
print(json.dumps(dict(torch=torch.__version__, threads=o.threads, ops=results)))
