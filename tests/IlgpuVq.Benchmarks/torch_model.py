"""The VQ-VAE of this project written in PyTorch, by the keys of its state dictionary: a numeric oracle and a peer for timing.

Nothing of the project needs it. Functions take a dict of tensors, so weights pass between the two programs as safetensors files.
"""
import json
import struct

import numpy as np
import torch
import torch.nn.functional as F


def load(path):
    """Reads a safetensors file of float32 tensors into a dict of torch tensors."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    header.pop("__metadata__", None)
    return {
        key: torch.from_numpy(np.frombuffer(data[slice(*entry["data_offsets"])], np.float32).copy().reshape(entry["shape"]))
        for key, entry in header.items()
    }


def default_state(hidden=128, residual=32, layers=2, dim=64, codes=512, channels=3):
    """Random weights with the shapes of the default model, for timing."""
    def conv(out, into, kernel):
        bound = 1 / (into * kernel * kernel) ** 0.5
        return torch.empty(out, into, kernel, kernel).uniform_(-bound, bound)

    state = {}
    for name, weight, bias in [
        ("_encoder._conv_1", conv(hidden // 2, channels, 4), hidden // 2),
        ("_encoder._conv_2", conv(hidden, hidden // 2, 4), hidden),
        ("_encoder._conv_3", conv(hidden, hidden, 3), hidden), ("_pre_vq_conv", conv(dim, hidden, 1), dim),
        ("_decoder._conv_1", conv(hidden, dim, 3), hidden), ("_decoder._conv_trans_1", conv(hidden, hidden // 2, 4), hidden // 2),
        ("_decoder._conv_trans_2", conv(hidden // 2, channels, 4), channels),
    ]:
        state[name + ".weight"], state[name + ".bias"] = weight, torch.zeros(bias)
    for half in ("_encoder", "_decoder"):
        for i in range(layers):
            block = f"{half}._residual_stack._layers.{i}._block."
            state[block + "1.weight"], state[block + "3.weight"] = conv(residual, hidden, 3), conv(hidden, residual, 1)
    state["_vq_vae._embedding.weight"] = torch.randn(codes, dim)
    return state


def residual_stack(state, prefix, x, clean):
    i = 0
    while f"{prefix}._layers.{i}._block.1.weight" in state:
        block = f"{prefix}._layers.{i}._block."
        rectified = F.relu(x)
        change = F.conv2d(F.relu(F.conv2d(rectified, state[block + "1.weight"], padding=1)), state[block + "3.weight"])
        x = (x if clean else rectified) + change
        i += 1
    return F.relu(x)


def forward(state, x, clean=False):
    """Returns reconstruction, latents (N, D), ids (N) and the chosen codes (N, D)."""
    def conv(name, x, **options):
        return F.conv2d(x, state[name + ".weight"], state[name + ".bias"], **options)

    def conv_transpose(name, x):
        return F.conv_transpose2d(x, state[name + ".weight"], state[name + ".bias"], stride=2, padding=1)

    h = F.relu(conv("_encoder._conv_1", x, stride=2, padding=1))
    h = F.relu(conv("_encoder._conv_2", h, stride=2, padding=1))
    h = residual_stack(state, "_encoder._residual_stack", conv("_encoder._conv_3", h, padding=1), clean)
    z = conv("_pre_vq_conv", h)
    codes = state["_vq_vae._embedding.weight"]
    flat = z.permute(0, 2, 3, 1).reshape(-1, codes.shape[1])
    distances = flat.pow(2).sum(1, keepdim=True) - 2 * flat @ codes.t() + codes.pow(2).sum(1)
    ids = distances.argmin(1)
    chosen = codes[ids]
    passed = flat + (chosen - flat).detach()
    q = passed.view(z.shape[0], z.shape[2], z.shape[3], z.shape[1]).permute(0, 3, 1, 2)
    h = residual_stack(state, "_decoder._residual_stack", conv("_decoder._conv_1", q, padding=1), clean)
    h = F.relu(conv_transpose("_decoder._conv_trans_1", h))
    return conv_transpose("_decoder._conv_trans_2", h), flat, ids, chosen


def loss_of(state, x, variance, beta=0.25, clean=False):
    """Loss of the EMA rule: MSE / variance + beta * commitment."""
    y, flat, _, chosen = forward(state, x, clean)
    return F.mse_loss(y, x) / variance + beta * F.mse_loss(flat, chosen.detach())
