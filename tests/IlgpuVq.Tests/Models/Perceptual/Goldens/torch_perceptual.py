"""Writes the perceptual loss of a small network with random weights, in double precision, for the tests of ours.

usage: python3 torch_perceptual.py > torch_perceptual.txt      (made with PyTorch 1.13)
Each line is: case | pass | role | name | shape | numbers. Roles: state (under LPIPS's keys), x, target, loss, dx.
"""
import torch
from torch.nn import functional

torch.manual_seed(22)
PLACES = ((0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28))
WIDTHS = (2, 3, 4, 3, 2)


def put(case, role, name, tensor):
    shape = ",".join(str(length) for length in tensor.shape)
    numbers = " ".join(f"{value:.8g}" for value in tensor.detach().reshape(-1).tolist())
    print(" | ".join((case, "step", role, name, shape, numbers)))


def draw(*shape):
    return (torch.rand(*shape) * 2 - 1).double()


def network(case, has_colours):
    state, channels = {}, 3
    for slice, (places, width) in enumerate(zip(PLACES, WIDTHS)):
        for place in places:
            state[f"net.slice{slice + 1}.{place}.weight"] = draw(width, channels, 3, 3)
            state[f"net.slice{slice + 1}.{place}.bias"] = 0.3 * draw(width)
            channels = width
        state[f"lin{slice}.model.1.weight"] = draw(1, width, 1, 1).abs()
    if has_colours:
        state["scaling_layer.shift"], state["scaling_layer.scale"] = draw(1, 3, 1, 1), 1 + draw(1, 3, 1, 1).abs()
    for name, tensor in state.items():
        put(case, "state", name, tensor)
    return state


def features(state, x):
    shift = state.get("scaling_layer.shift", torch.tensor([-0.030, -0.088, -0.188]).double().reshape(1, 3, 1, 1))
    scale = state.get("scaling_layer.scale", torch.tensor([0.458, 0.448, 0.450]).double().reshape(1, 3, 1, 1))
    y = (2 * x.expand(-1, 3, -1, -1) - shift) / scale
    for slice, places in enumerate(PLACES):
        y = functional.max_pool2d(y, 2) if slice else y
        for place in places:
            key = f"net.slice{slice + 1}.{place}."
            y = functional.relu(functional.conv2d(y, state[key + "weight"], state[key + "bias"], padding=1))
        yield y / (y.square().sum(1, keepdim=True) + 1e-20).sqrt()


def run(case, channels, size, has_colours):
    state = network(case, has_colours)
    x, target = 0.5 * draw(2, channels, *size), 0.5 * draw(2, channels, *size)
    put(case, "x", "", x)
    put(case, "target", "", target)
    x.requires_grad_()
    loss = sum(
        functional.conv2d((own - other).square(), state[f"lin{slice}.model.1.weight"]).mean()
        for slice, (own, other) in enumerate(zip(features(state, x), features(state, target))))
    put(case, "loss", "", loss)
    put(case, "dx", "", torch.autograd.grad(loss, x)[0])


run("colours", channels=3, size=(18, 17), has_colours=True)
run("grey", channels=1, size=(16, 16), has_colours=False)
