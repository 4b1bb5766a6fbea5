"""Writes what quantizers in turn, in groups and behind frozen numbers make of small rows, by their formulas in double precision.

usage: python3 torch_residual.py > torch_residual.txt      (made with PyTorch 1.13)
Each line is: case | pass, "train n", "infer n", "begin" or "end" | role | name | shape | numbers.
Roles: state (before the first pass; after the last), x (rows), u (d objective / d y), y, ids, loss, dx, dw (of a parameter);
the objective is sum(u·y) + loss.
"""
import torch
from torch.nn import functional

torch.manual_seed(31)
DECAY, EPSILON, BETA = 0.9, 1e-5, 0.25


def draw(*shape):
    """Numbers that float32 holds, so that both sides begin with the same."""
    return (torch.rand(*shape) * 2 - 1).double()


def put(case, when, role, name, tensor):
    shape = ",".join(str(length) for length in tensor.shape)
    numbers = " ".join(f"{value:.9g}" for value in tensor.detach().reshape(-1).tolist())
    print(" | ".join((case, when, role, name, shape, numbers)))


def straight(x, y):
    return x + (y - x).detach()


def nearest(x, codebook):
    return torch.cdist(x, codebook).argmin(dim=-1)


class Ema:
    """arXiv:1711.00937, appendix A.1, averages from zero and divided by 1 - decay^t."""

    def __init__(self, codes, width):
        self.state = {
            "_embedding.weight": draw(codes, width), "_ema_cluster_size": torch.zeros(codes).double(),
            "_ema_w": torch.zeros(codes, width).double(), "_ema_updates": torch.zeros(()).double(),
        }
        self.parameters = {}

    def __call__(self, x, training):
        codebook = self.state["_embedding.weight"]
        ids = nearest(x.detach(), codebook)
        q = codebook[ids]
        loss = BETA * functional.mse_loss(x, q)
        if training:
            one_hot = functional.one_hot(ids, codebook.shape[0]).double()
            n = DECAY * self.state["_ema_cluster_size"] + (1 - DECAY) * one_hot.sum(0)
            m = DECAY * self.state["_ema_w"] + (1 - DECAY) * one_hot.t() @ x.detach()
            t = self.state["_ema_updates"] + 1
            seen = n / (1 - DECAY ** t)
            total = seen.sum()
            smooth = (seen + EPSILON) / (total + len(n) * EPSILON) * total
            weight = m / (1 - DECAY ** t) / smooth.unsqueeze(1)
            self.state = {"_embedding.weight": weight, "_ema_cluster_size": n, "_ema_w": m, "_ema_updates": t}
        return straight(x, q), loss, ids.unsqueeze(1)


class Gradient:
    """Equation 3 of the same."""

    def __init__(self, codes, width):
        self.state = {"_embedding.weight": draw(codes, width).requires_grad_()}
        self.parameters = self.state

    def __call__(self, x, training):
        codebook = self.state["_embedding.weight"]
        ids = nearest(x.detach(), codebook.detach())
        q = codebook[ids]
        loss = functional.mse_loss(q, x.detach()) + BETA * functional.mse_loss(x, q.detach())
        return straight(x, q), loss, ids.unsqueeze(1)


class SimVq:
    def __init__(self, codes, width):
        self.parameters = {"code_transform.weight": draw(width, width).requires_grad_()}
        self.state = {"frozen_codebook": draw(codes, width), **self.parameters}

    def __call__(self, x, training):
        codebook = self.state["frozen_codebook"] @ self.state["code_transform.weight"].t()
        ids = nearest(x.detach(), codebook.detach())
        q = codebook[ids]
        loss = functional.mse_loss(q, x.detach()) + BETA * functional.mse_loss(x, q.detach())
        return straight(x, q), loss, ids.unsqueeze(1)


class RandomProjection:
    def __init__(self, codes, width, projected):
        self.parameters = {}
        self.state = {
            "rand_projs": draw(width, projected), "codebook": functional.normalize(draw(codes, projected), dim=-1),
        }

    def __call__(self, x, training):
        projection, codebook = self.state["rand_projs"], self.state["codebook"]
        u = functional.normalize(functional.layer_norm(x, x.shape[-1:]) @ projection, dim=-1)
        ids = (u.detach() @ codebook.t()).argmax(dim=-1)
        return straight(u @ projection.t(), codebook[ids] @ projection.t()), None, ids.unsqueeze(1)


class EvenScalars:
    def __init__(self, levels):
        self.levels = torch.tensor(levels).double()
        self.state, self.parameters = {}, {}

    def __call__(self, x, training):
        place = (x.clamp(-1, 1) + 1) * (self.levels - 1) / 2
        k = place.detach().round()
        basis = torch.cat((torch.ones(1).double(), self.levels[:-1].cumprod(0)))
        return straight(place, k) * 2 / (self.levels - 1) - 1, None, (k * basis).sum(-1, keepdim=True).long()


class LookupFree:
    """arXiv:2310.05737, section 3.1, the entropies over all codes."""

    def __init__(self, bits, scale, inverse_temperature, weight=0.1):
        self.scale, self.inverse_temperature, self.weight = scale, inverse_temperature, weight
        self.places = 2 ** torch.arange(bits - 1, -1, -1)
        self.codes = torch.where((torch.arange(2 ** bits)[:, None] & self.places) != 0, scale, -scale).double()
        self.state, self.parameters = {}, {}

    def __call__(self, x, training):
        q = torch.where(x > 0, self.scale, -self.scale).double()
        p = torch.softmax(2 * self.inverse_temperature * x @ self.codes.t(), -1)
        entropy = -torch.xlogy(p, p).sum(-1).mean() + torch.xlogy(p.mean(0), p.mean(0)).sum()
        ids = ((x > 0).long() * self.places).sum(-1, keepdim=True)
        return straight(x, q), self.weight * entropy + BETA * functional.mse_loss(x, q), ids


class Implicit:
    """QINCo (arXiv:2401.14732): codes that depend on the sum of those before, which is constant to them."""

    def __init__(self, codes, width, depth):
        self.state = {"_embedding.weight": draw(codes, width)}
        shapes = {"proj_in": (width, 2 * width)}
        shapes |= {f"layers.{i}.{j}": (width, width) for i in range(depth) for j in (0, 2)}
        for name, shape in shapes.items():
            self.state[f"mlp.{name}.weight"], self.state[f"mlp.{name}.bias"] = draw(*shape) / 2, draw(shape[0]) / 2
        self.state = {name: tensor.requires_grad_() for name, tensor in self.state.items()}
        self.parameters, self.depth = self.state, depth

    def linear(self, name, x):
        return x @ self.state[f"mlp.{name}.weight"].t() + self.state[f"mlp.{name}.bias"]

    def codes(self, e, v):
        h = e + self.linear("proj_in", torch.cat((v, e), -1))
        for i in range(self.depth):
            h = h + self.linear(f"layers.{i}.2", self.linear(f"layers.{i}.0", h).relu())
        return h

    def __call__(self, x, training, v):
        e = self.state["_embedding.weight"]
        n, k = len(x), len(e)
        every = self.codes(e.expand(n, k, -1), v.unsqueeze(1).expand(n, k, -1))
        ids = (every - x.unsqueeze(1)).square().sum(-1).argmin(-1)
        q = every[torch.arange(n), ids]
        loss = functional.mse_loss(q, x.detach()) + BETA * functional.mse_loss(x, q.detach())
        return straight(x, q), loss, ids.unsqueeze(1)


class Residual:
    """arXiv:2107.03312, algorithm 1; the gradient is the mean of the layers'."""

    def __init__(self, layers, shared=False, levels=None):
        self.layers, self.shared = layers, shared
        self.levels = None if levels is None else torch.tensor(levels).double()

    def named(self, part):
        kept = self.layers[:1] if self.shared else self.layers
        return {f"layers.{i}.{key}": value for i, layer in enumerate(kept) for key, value in getattr(layer, part).items()}

    state = property(lambda self: self.named("state"))
    parameters = property(lambda self: self.named("parameters"))

    def __call__(self, x, training):
        if self.levels is not None:
            bound = 1 + 1 / (self.levels - 1)
            x = (x / bound).tanh() * bound
        rest, outputs, losses, columns = x, [], [], []
        for i, layer in enumerate(self.layers):
            scale = 1 if self.levels is None else self.levels ** -i
            before = (sum(outputs).detach(),) if isinstance(layer, Implicit) else ()
            y, loss, ids = layer(rest / scale, training, *before)
            outputs.append(y * scale)
            rest = rest - outputs[-1].detach()
            losses.append(loss)
            columns.append(ids)
        loss = None if losses[0] is None else sum(losses)
        return straight(sum(outputs) / len(outputs), sum(outputs)), loss, torch.cat(columns, 1)


class Grouped:
    def __init__(self, groups):
        self.groups = groups

    def named(self, part):
        return {f"rvqs.{i}.{key}": value for i, group in enumerate(self.groups) for key, value in getattr(group, part).items()}

    state = property(lambda self: self.named("state"))
    parameters = property(lambda self: self.named("parameters"))

    def __call__(self, x, training):
        y, losses, ids = zip(*(group(part, training) for group, part in zip(self.groups, x.chunk(len(self.groups), -1))))
        return torch.cat(y, -1), None if losses[0] is None else sum(losses), torch.cat(ids, 1)


def run(case, quantizer, width, passes=("train", "train", "infer"), rows=24):
    for name, tensor in quantizer.state.items():
        put(case, "begin", "state", name, tensor)
    for i, kind in enumerate(passes):
        when = f"{kind} {i}"
        x, u = draw(rows, width).requires_grad_(), draw(rows, width)
        for parameter in quantizer.parameters.values():
            parameter.grad = None
        y, loss, ids = quantizer(x, kind == "train")
        ((y * u).sum() + (0 if loss is None else loss)).backward()
        for role, tensor in (("x", x), ("u", u), ("y", y), ("ids", ids), ("loss", loss), ("dx", x.grad)):
            if tensor is not None:
                put(case, when, role, "", tensor)
        for name, parameter in quantizer.parameters.items():
            put(case, when, "dw", name, parameter.grad)
    for name, tensor in quantizer.state.items():
        put(case, "end", "state", name, tensor)


run("residual ema", Residual([Ema(6, 3) for _ in range(3)]), 3)
run("residual gradient", Residual([Gradient(6, 3) for _ in range(4)]), 3)
run("residual layer codes", Residual([Ema(codes, 3) for codes in (9, 5, 2)]), 3)
run("residual shared", Residual([Ema(8, 3)] * 3, shared=True), 3)
run("residual shared gradient", Residual([Gradient(8, 3)] * 3, shared=True), 3)
run("residual fsq", Residual([EvenScalars((5, 4, 2)) for _ in range(3)], levels=(5, 4, 2)), 3)
run("grouped residual", Grouped([Residual([Ema(6, 2) for _ in range(2)]) for _ in range(3)]), 6)
run("grouped residual fsq", Grouped([Residual([EvenScalars((4, 3)) for _ in range(2)], levels=(4, 3)) for _ in range(2)]), 4)
run("simvq", SimVq(7, 4), 4)
run("residual simvq", Residual([SimVq(7, 4) for _ in range(2)]), 4)
run("random projection", RandomProjection(9, 6, 3), 6)
run("residual implicit", Residual([Gradient(6, 3), Implicit(6, 3, depth=2), Implicit(6, 3, depth=2)]), 3)
run("residual lfq", Residual([LookupFree(4, 0.5 * 2.0 ** -i, inverse_temperature=2) for i in range(3)]), 4)
