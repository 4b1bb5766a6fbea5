"""Writes what a quantizer of several scales makes of small latent images, by its formulas in double precision.

usage: python3 torch_hierarchical.py > torch_hierarchical.txt      (made with PyTorch 1.13)
Each line is: case | pass, "train 0" or "begin" | role | name | shape | numbers.
Roles: state (parameters), x (latent images), u (d objective / d y), y, ids (named by the grid), loss, dx, dw (of a parameter);
the objective is sum(u·y) + loss.
"""
import torch
from torch.nn import functional

torch.manual_seed(32)


def draw(*shape):
    """Numbers that float32 holds, so that both sides begin with the same."""
    return (torch.rand(*shape) * 2 - 1).double()


def put(case, when, role, name, tensor):
    shape = ",".join(str(length) for length in tensor.shape)
    numbers = " ".join(f"{value:.9g}" for value in tensor.detach().reshape(-1).tolist())
    print(" | ".join((case, when, role, name, shape, numbers)))


def quantize(x, scales, state, ratio, beta, shared):
    """VAR (arXiv:2404.02905), algorithm 1 and its loss: all but the codes and convolutions is constant to it."""
    height, width = x.shape[2:]
    total, losses, grids = torch.zeros_like(x), [], {}
    for k, side in enumerate((*scales, None)):
        size = (height, width) if side is None else (side, side)
        rest = functional.adaptive_avg_pool2d((x - total).detach(), size)
        rows = rest.permute(0, 2, 3, 1).reshape(-1, x.shape[1])
        ids = torch.cdist(rows, state["embedding.weight"].detach()).argmin(-1)
        grids["codes" if side is None else f"codes_{side}"] = ids.reshape(x.shape[0], 1, *size)
        codes = state["embedding.weight"][ids].reshape(x.shape[0], *size, x.shape[1]).permute(0, 3, 1, 2)
        full = functional.interpolate(codes, (height, width), mode="bilinear", align_corners=False)
        place = 0 if shared else k
        seen = functional.conv2d(full, state[f"phi.{place}.weight"], state[f"phi.{place}.bias"], padding=1)
        total = total + (1 - ratio) * full + ratio * seen
        losses.append(functional.mse_loss(total, x.detach()) + beta * functional.mse_loss(x, total.detach()))
    return x + (total - x).detach(), sum(losses) / len(losses), grids


def run(case, shape, scales, codes, ratio=0.5, beta=0.25, shared=False):
    width = shape[1]
    state = {"embedding.weight": draw(codes, width)}
    for i in range(1 if shared else len(scales) + 1):
        state[f"phi.{i}.weight"], state[f"phi.{i}.bias"] = draw(width, width, 3, 3) / 3, draw(width) / 3
    state = {name: tensor.float().double().requires_grad_() for name, tensor in state.items()}
    for name, tensor in state.items():
        put(case, "begin", "state", name, tensor)
    x, u = draw(*shape).requires_grad_(), draw(*shape)
    y, loss, grids = quantize(x, scales, state, ratio, beta, shared)
    ((y * u).sum() + loss).backward()
    for role, tensor in (("x", x), ("u", u), ("y", y), ("loss", loss), ("dx", x.grad)):
        put(case, "train 0", role, "", tensor)
    for name, ids in grids.items():
        put(case, "train 0", "ids", name, ids)
    for name, tensor in state.items():
        put(case, "train 0", "dw", name, tensor.grad)


run("square", (2, 3, 4, 4), (1, 2), codes=7)
run("oblong", (2, 3, 4, 6), (1, 2, 3), codes=7, ratio=0.25, beta=0.5)
run("shared", (3, 2, 5, 5), (1, 3), codes=6, shared=True)
run("one scale", (2, 3, 4, 4), (), codes=7, ratio=0)
