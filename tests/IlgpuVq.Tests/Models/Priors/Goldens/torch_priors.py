"""Writes what small priors say of codes, in PyTorch's double precision, for the tests of ours.

usage: python3 torch_priors.py > torch_priors.txt      (made with PyTorch 1.13)
Each line is: case | "begin" or "pass" | role | name | shape | numbers.
Roles: state (before the pass), ids, coarse, classes, y (logits), loss (mean cross-entropy), dw (d loss / d parameter).
All is written as functions of a dictionary of weights, from the formulas of arXiv:1601.06759, arXiv:1606.05328 and
arXiv:1712.09763.
"""
import torch
from torch.nn import functional as F

torch.manual_seed(31)
B, H, W, K = 2, 4, 3, 5


class Weights(dict):
    """Weights that are drawn when they are first asked for: numbers that float32 holds."""

    def __init__(self, scale):
        self.scale = scale

    def ask(self, name, *shape):
        if name not in self:
            fan = max(1, torch.Size(shape[1:]).numel())
            numbers = (torch.rand(*shape) * 2 - 1) * self.scale / fan ** 0.5
            self[name] = numbers.float().double().requires_grad_()
        return self[name]


def put(case, when, role, name, tensor):
    tensor = torch.as_tensor(tensor)
    shape = ",".join(str(length) for length in tensor.shape)
    digits = 9 if when == "begin" else 7
    numbers = " ".join(f"{value:.{digits}g}" for value in tensor.detach().double().reshape(-1).tolist())
    print(" | ".join((case, when, role, name, shape, numbers)))


def shifted(x, weight, bias, down, right):
    """y[i, j] = sum of weight[r, c] * x[i + r - down, j + c - right] over all taps, of x's size: 0 outside of x."""
    kh, kw = weight.shape[2:]
    h, w = x.shape[2:]
    wide = F.pad(x, (right, kw, down, kh))
    y = F.conv2d(wide, weight, bias)
    return y[:, :, :h, :w]


# Gated PixelCNN

def gated(p, ids, classes, width, layers, out):
    def conv(name, x, o, kh, kw, down, right, rows=None, columns=None):
        weight = p.ask(name + ".weight", o, x.shape[1], kh, kw)
        seen = torch.ones(kh, kw).double()
        if rows is not None:
            seen[rows:] = 0
        if columns is not None:
            seen[:, columns:] = 0
        return shifted(x, weight * seen, p.ask(name + ".bias", o), down, right)

    def gate(x):
        a, b = x.chunk(2, 1)
        return torch.tanh(a) * torch.sigmoid(b)

    vertical = horizontal = p.ask("embedding.weight", K, width)[ids].permute(0, 3, 1, 2)
    for i in range(layers):
        at = f"layers.{i}."
        k = 7 if i == 0 else 3
        half, first = k // 2, i == 0
        known = p.ask(at + "class_cond_embedding.weight", 3, 2 * width)[classes][:, :, None, None]
        down = conv(at + "vert_stack", vertical, 2 * width, half + 1, k, half, half, rows=half if first else None)
        left = conv(at + "horiz_stack", horizontal, 2 * width, 1, half + 1, 0, half, columns=half if first else None)
        left = left + conv(at + "vert_to_horiz", down, 2 * width, 1, 1, 0, 0)
        result = conv(at + "horiz_resid", gate(left + known), width, 1, 1, 0, 0)
        vertical = gate(down + known)
        horizontal = result if first else result + horizontal
    x = torch.relu(conv("output_conv.0", horizontal, out, 1, 1, 0, 0))
    return conv("output_conv.2", x, K, 1, 1, 0, 0)


# PixelSNAIL

def normed(p, name, o, *rest, seen=None, bias=True):
    v = p.ask(name + ".weight_v", o, *rest)
    if seen is not None:
        v.data *= seen
        v = v * seen
    g = p.ask(name + ".weight_g", o, *[1 for _ in rest])
    length = (v ** 2).sum(dim=list(range(1, v.dim())), keepdim=True).sqrt()
    return v * g / length, p.ask(name + ".bias", o) if bias else None


def block(p, name, x, hidden, kernel, causal=False, beside=None, known=None):
    def conv(part, x, o):
        inner, i = (".conv.conv" if causal else ".conv"), x.shape[1]
        seen = torch.ones(kernel, kernel)
        if causal:
            seen[-1, kernel // 2:] = 0
        weight, bias = normed(p, name + part + inner, o, i, kernel, kernel, seen=seen)
        return shifted(x, weight, bias, kernel - 1 if causal else kernel // 2, kernel // 2)

    inner = conv(".conv1", F.elu(x), hidden)
    if beside is not None:
        weight, bias = normed(p, name + ".aux_conv.conv", hidden, beside.shape[1], 1, 1)
        inner = inner + F.conv2d(F.elu(beside), weight, bias)
    both = conv(".conv2", F.elu(inner), 2 * x.shape[1])
    if known is not None:
        weight, _ = normed(p, name + ".condition.conv", 2 * x.shape[1], known.shape[1], 1, 1, bias=False)
        both = both + F.conv2d(known, weight)
    a, b = both.chunk(2, 1)
    return a * torch.sigmoid(b) + x


def attend(p, name, query, key, width, heads):
    def rows(part, x):
        weight, bias = normed(p, name + part, width, x.shape[1])
        its = x.flatten(2).transpose(1, 2) @ weight.T + bias
        return its.reshape(its.shape[0], -1, heads, width // heads).transpose(1, 2)

    q, k, v = rows(".query", query), rows(".key", key), rows(".value", key)
    y = torch.zeros_like(v)
    for t in range(1, y.shape[2]):
        weights = torch.softmax(q[:, :, t:t + 1] @ k[:, :, :t].transpose(2, 3) / (width // heads) ** 0.5, 3)
        y[:, :, t:t + 1] = weights @ v[:, :, :t]
    return y.transpose(2, 3).reshape(query.shape[0], width, *query.shape[2:])


def one_hot(ids):
    return F.one_hot(ids, K).permute(0, 3, 1, 2).double()


def snail(p, ids, coarse, width, kernel, blocks, inner, hidden, outs, conditions, heads):
    x = one_hot(ids)
    half = kernel // 2
    p["background"] = background = torch.stack(torch.meshgrid(
        (torch.arange(H) - H / 2) / H, (torch.arange(W) - W / 2) / W, indexing="ij"))[None].double()
    background = background.expand(B, 2, H, W)
    weight, bias = normed(p, "horizontal.conv.conv", width, K, half, kernel)
    above = F.pad(shifted(x, weight, bias, half - 1, half), (0, 0, 1, 0))[:, :, :H]
    weight, bias = normed(p, "vertical.conv.conv", width, K, half + 1, half)
    left = F.pad(shifted(x, weight, bias, half, half - 1), (1, 0))[..., :W]
    x = above + left
    known = None
    if coarse is not None:
        weight, bias = normed(p, "cond_resnet.blocks.0.conv", hidden, K, 3, 3)
        known = shifted(one_hot(coarse), weight, bias, 1, 1)
        for i in range(conditions):
            known = block(p, f"cond_resnet.blocks.{i + 1}", known, hidden, 3)
        rows = torch.arange(H) * coarse.shape[1] // H
        columns = torch.arange(W) * coarse.shape[2] // W
        known = known[:, :, rows][:, :, :, columns]
    for i in range(blocks):
        at, y = f"blocks.{i}.", x
        for j in range(inner):
            y = block(p, f"{at}resblocks.{j}", y, hidden, kernel, causal=True, known=known)
        if coarse is None:
            key = block(p, at + "key_resblock", torch.cat([x, y, background], 1), width, 1)
            query = block(p, at + "query_resblock", torch.cat([y, background], 1), width, 1)
            seen = attend(p, at + "causal_attention", query, key, width // 2, heads)
            x = block(p, at + "out_resblock", y, width, 1, beside=seen)
        else:
            weight, bias = normed(p, at + "out.conv", width, width + 2, 1, 1)
            x = F.conv2d(torch.cat([y, background], 1), weight, bias)
    for i in range(outs):
        x = block(p, f"out.{i}", x, hidden, 1)
    weight, bias = normed(p, f"out.{outs + 1}.conv", K, width, 1, 1)
    return F.conv2d(F.elu(x), weight, bias)


# PixelCNN

def pixelcnn(p, ids, classes, width, blocks, outs):
    def conv(name, x, o, k, before=None):
        weight, bias = p.ask(name + ".weight", o, x.shape[1], k, k), p.ask(name + ".bias", o)
        seen = torch.zeros(k * k).double()
        seen[:k * k if before is None else k * k // 2 + before] = 1
        return torch.relu(F.conv2d(x, weight * seen.reshape(k, k), bias, padding=k // 2))

    x = conv("first", one_hot(ids), width, 7, before=0)
    x = x + p.ask("condition.class.weight", 3, width)[classes][:, :, None, None]
    for i in range(blocks):
        inner = conv(f"blocks.{i}.0", x, width, 1)
        inner = conv(f"blocks.{i}.1", inner, width // 2, 3, before=1)
        x = x + conv(f"blocks.{i}.2", inner, width, 1)
    for i in range(outs):
        x = conv(f"output.{i}", x, width, 1)
    return F.conv2d(x, p.ask("logits.weight", K, width, 1, 1), p.ask("logits.bias", K))


def case(name, scale, forward, **given):
    p = Weights(scale)
    ids = torch.randint(K, (B, H, W))
    forward(p, ids, *given.values())
    logits = forward(p, ids, *given.values())
    loss = F.cross_entropy(logits, ids)
    loss.backward()
    for key, value in p.items():
        put(name, "begin", "state", key, value)
    put(name, "pass", "ids", "", ids)
    for key, value in given.items():
        if value is not None:
            put(name, "pass", key, "", value)
    put(name, "pass", "y", "", logits)
    put(name, "pass", "loss", "", loss)
    for key, value in p.items():
        if value.requires_grad:
            put(name, "pass", "dw", key, value.grad)


case("gated-pixelcnn", 3, lambda p, ids, classes: gated(p, ids, classes, width=3, layers=3, out=4),
     classes=torch.tensor([2, 0]))
case("pixelsnail, first", 1.5, lambda p, ids: snail(
    p, ids, None, width=8, kernel=5, blocks=2, inner=1, hidden=3, outs=1, conditions=0, heads=2))
case("pixelsnail, finer", 1.5, lambda p, ids, coarse: snail(
    p, ids, coarse, width=4, kernel=5, blocks=1, inner=2, hidden=3, outs=0, conditions=2, heads=2),
     coarse=torch.randint(K, (B, 2, 2)))
case("pixelcnn", 3, lambda p, ids, classes: pixelcnn(p, ids, classes, width=6, blocks=2, outs=1),
     classes=torch.tensor([1, 2]))
