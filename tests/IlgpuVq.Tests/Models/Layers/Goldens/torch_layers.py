"""Writes what PyTorch's layers make of small inputs, in double precision, for the tests of ours.

usage: python3 torch_layers.py > torch_layers.txt      (made with PyTorch 1.13)
Each line is: case | pass, "train n", "infer n" or "end" | role | name | shape | numbers.
Roles: state (before the first pass; after the last, of buffers), x (an input), u (d objective / d y), y, dx (of an input), dw
(of a parameter).
"""
import torch
from torch import nn
from torch.nn import functional

torch.manual_seed(20)


def draw(*shape):
    """Numbers that float32 holds, so that both sides begin with the same."""
    return (torch.rand(*shape) * 2 - 1).double()


def put(case, when, role, name, tensor):
    shape = ",".join(str(length) for length in tensor.shape)
    digits = 9 if role in ("state", "x", "u") else 7
    numbers = " ".join(f"{value:.{digits}g}" for value in tensor.detach().reshape(-1).tolist())
    print(" | ".join((case, when, role, name, shape, numbers)))


def run(case, module, inputs, passes=("infer",), call=None):
    """Runs passes and prints all there is to compare; inputs are drawn anew for each."""
    module = module.double()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(draw(*parameter.shape))
    for name, tensor in module.state_dict().items():
        put(case, "begin", "state", name, tensor)
    for i, kind in enumerate(passes):
        when = f"{kind} {i}"
        module.train(kind == "train")
        module.zero_grad()
        x = [draw(*shape).requires_grad_() for shape in inputs]
        y = (call or (lambda m, *a: m(*a)))(module, *x)
        u = draw(*y.shape)
        y.backward(u)
        for n, tensor in enumerate(x):
            put(case, when, "x", str(n), tensor)
            put(case, when, "dx", str(n), tensor.grad)
        put(case, when, "u", "", u)
        put(case, when, "y", "", y)
        for name, parameter in module.named_parameters():
            put(case, when, "dw", name, parameter.grad)
    for name, tensor in module.named_buffers():
        put(case, "end", "state", name, tensor)


def attend(causal):
    def call(module, x, source=None):
        source = x if source is None else source
        mask = torch.full((x.shape[1], source.shape[1]), float("-inf")).triu(1).double() if causal else None
        return module(x, source, source, attn_mask=mask, need_weights=False)[0]
    return call


class Masked(nn.Conv2d):
    """A convolution whose weight is multiplied by a mask before each use."""

    def __init__(self, kind, *args, **options):
        super().__init__(*args, **options)
        height, width = self.kernel_size
        own = height // 2 * width + width // 2 + (kind == "B")
        self.mask = (torch.arange(height * width) < own).double().reshape(1, 1, height, width)

    def forward(self, x):
        return functional.conv2d(x, self.weight * self.mask, self.bias, self.stride, self.padding)


run("linear", nn.Linear(4, 5), [(2, 3, 4)])
run("linear without bias", nn.Linear(4, 5, bias=False), [(3, 4)])
run("layer-norm", nn.LayerNorm(6), [(2, 3, 6)])
run("group-norm", nn.GroupNorm(2, 4, eps=1e-6), [(2, 4, 3, 2)])
run("batch-norm", nn.BatchNorm2d(3), [(4, 3, 2, 2)], ["train", "train", "infer", "train", "infer"])
run("batch-norm of rows", nn.BatchNorm1d(3, eps=1e-3, momentum=0.3), [(5, 3)], ["train", "train", "infer"])
run("batch-norm without weights", nn.BatchNorm2d(2, affine=False), [(2, 2, 2, 1)], ["train", "infer"])
run("conv", nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 0), groups=2), [(2, 4, 5, 4)])
run("conv-transpose", nn.ConvTranspose2d(4, 2, 3, stride=2, padding=1, output_padding=1), [(2, 4, 3, 2)])
run("masked conv a", Masked("A", 2, 3, 3, padding=1), [(1, 2, 4, 3)])
run("masked conv b", Masked("B", 2, 3, (3, 5), padding=(1, 2)), [(1, 2, 4, 3)])
run("attention", nn.MultiheadAttention(6, 2, batch_first=True), [(2, 3, 6)], call=attend(False))
run("causal attention", nn.MultiheadAttention(6, 3, batch_first=True), [(2, 4, 6)], call=attend(True))
run("attention to a context", nn.MultiheadAttention(4, 2, kdim=3, vdim=3, batch_first=True), [(2, 3, 4), (2, 5, 3)],
    call=attend(False))
run("sequential", nn.Sequential(
    nn.Conv2d(2, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU(), nn.Sequential(nn.GroupNorm(1, 3), nn.Conv2d(3, 2, 1))),
    [(2, 2, 3, 3)], ["train", "infer"])
run("instance-norm", nn.InstanceNorm2d(3, affine=True), [(2, 3, 3, 2)], ["train", "infer"])
run("instance-norm without weights", nn.InstanceNorm2d(2), [(2, 2, 4, 1)])
run("spectral norm", nn.utils.spectral_norm(nn.Conv2d(2, 3, 3, stride=2, padding=1)), [(2, 2, 5, 4)],
    ["train", "train", "infer"])
run("weight norm", nn.utils.weight_norm(nn.Conv2d(4, 6, (3, 2), padding=(1, 0), groups=2)), [(2, 4, 3, 4)])
