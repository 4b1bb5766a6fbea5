"""Writes what PyTorch's double backward makes of a small discriminator, in double precision, for the tests of ours.

usage: python3 torch_adversarial.py > torch_adversarial.txt      (made with PyTorch 1.13)
Each line is: case | pass | role | name | shape | numbers.
Roles: state (of the discriminator), x and fake (images), scores (of x), g (the gradient of their sum at x), loss (by name), dw
(of each parameter, of hinge + 10 * penalty), dpenalty (of the penalty alone), dx (of the penalty, at x).
"""
import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import spectral_norm

torch.manual_seed(21)


def put(case, role, name, tensor):
    digits = 9 if role in ("state", "x", "fake") else 7
    shape = ",".join(str(length) for length in tensor.shape)
    numbers = " ".join(f"{value:.{digits}g}" for value in tensor.detach().reshape(-1).tolist())
    print(" | ".join((case, "step", role, name, shape, numbers)))


class Judge(nn.Module):
    def __init__(self, depth, hidden, sigmoid):
        super().__init__()
        widths = [3] + [hidden >> max(3 - i, 0) for i in range(depth)]
        layers = []
        for i in range(depth):
            layers.append(spectral_norm(nn.Conv2d(widths[i], widths[i + 1], 3, stride=2, padding=1)))
            layers += [nn.InstanceNorm2d(widths[i + 1])] if i else []
            layers.append(nn.LeakyReLU(0.2))
        self.encoder = nn.Sequential(*layers)
        self.shuffle = nn.Conv2d(widths[-1], 1, 1)
        self.sigmoid = sigmoid

    def forward(self, x):
        scores = self.shuffle(self.encoder(x))
        return scores.sigmoid() if self.sigmoid else scores


def run(case, depth, sigmoid, norm, size):
    judge = Judge(depth, 8, sigmoid)
    with torch.no_grad():
        for parameter in judge.parameters():
            parameter.mul_(3).add_(0.1 * torch.randn_like(parameter))
    judge = judge.double()
    for name, tensor in judge.state_dict().items():
        put(case, "state", name, tensor)
    x, fake = ((torch.rand(2, 3, *size) - 0.5).double() for _ in range(2))
    put(case, "x", "", x)
    put(case, "fake", "", fake)
    x.requires_grad_()
    judge.train()
    judge(fake)  # one power iteration, which all passes of the step share
    judge.eval()
    scores = judge(x)
    put(case, "scores", "", scores)
    g, = torch.autograd.grad(scores.sum(), x, create_graph=True)
    put(case, "g", "", g)
    squares = g.square().sum((1, 2, 3))
    penalty = squares.mean() if norm == 0 else ((squares.sqrt() - norm) ** 2).mean()
    hinge = functional.relu(1 - scores).mean() + functional.relu(1 + judge(fake)).mean()
    put(case, "loss", "penalty", penalty)
    put(case, "loss", "hinge", hinge)
    put(case, "loss", "generator", -judge(fake).mean())
    named = dict(judge.named_parameters())
    for role, loss in (("dpenalty", penalty), ("dw", hinge + 10 * penalty)):
        gradients = torch.autograd.grad(loss, list(named.values()), retain_graph=True, allow_unused=True)
        for (name, parameter), gradient in zip(named.items(), gradients):
            put(case, role, name, torch.zeros_like(parameter) if gradient is None else gradient)
    put(case, "dx", "", torch.autograd.grad(penalty, x)[0])
    for name, tensor in judge.named_buffers():
        put(case, "end", name, tensor)


if __name__ == "__main__":
    run("sigmoid, norm 1, odd sides", depth=3, sigmoid=True, norm=1, size=(9, 12))
    run("no sigmoid, norm 0", depth=2, sigmoid=False, norm=0, size=(8, 8))
    run("one block", depth=1, sigmoid=True, norm=0.5, size=(5, 6))
    run("four blocks", depth=4, sigmoid=True, norm=1, size=(17, 20))
