"""Writes what small autoencoders make of images, in PyTorch's double precision, for the tests of ours.

usage: python3 torch_autoencoders.py > torch_autoencoders.txt      (made with PyTorch 1.13)
Each line is: case | "begin" or pass | role | name | shape | numbers.
Roles: state (before the first pass; after the second, of buffers), x (images in -0.5 .. 0.5), y (reconstructions), loss (the
quantizer's), total (weight * mse + loss), ids, dw (d total / d parameter, of
the first pass).
"""
import copy
import torch
from torch import nn
from torch.nn import functional

torch.manual_seed(22)
K, BATCH, SIDE = 6, 3, 8


def draw(*shape):
    """Numbers that float32 holds, so that both sides begin with the same."""
    return (torch.rand(*shape) * 2 - 1).double()


def put(case, when, role, name, tensor):
    tensor = torch.as_tensor(tensor)
    shape = ",".join(str(length) for length in tensor.shape)
    digits = 9 if when == "begin" or role == "x" else 7
    numbers = " ".join(f"{value:.{digits}g}" for value in tensor.detach().double().reshape(-1).tolist())
    print(" | ".join((case, when, role, name, shape, numbers)))


class Codes(nn.Module):
    """A codebook: of smoothed averages that are written back, of the gradient, or of the mean gradient and norms of squares."""

    def __init__(self, width, rule, beta=0.25, decay=0.99):
        super().__init__()
        self.rule, self.beta, self.decay = rule, beta, decay
        self._embedding = nn.Embedding(K, width)
        if rule == "ema":
            self._embedding.weight.requires_grad_(False)
            self.register_buffer("_ema_cluster_size", torch.zeros(K))
            self.register_buffer("_ema_w", torch.zeros(K, width))

    def forward(self, z):
        rows = z.permute(0, 2, 3, 1).reshape(-1, z.shape[1])
        codes = self._embedding.weight
        ids = torch.cdist(rows, codes).argmin(1)
        n = torch.bincount(ids, minlength=K).to(rows.dtype)
        q = codes[ids]
        if self.rule == "mean":
            if q.requires_grad:
                q.register_hook(lambda gradient: gradient / n[ids][:, None])
            error = lambda a, b: ((a - b) ** 2).norm(dim=1).mean()
        else:
            error = lambda a, b: ((a - b) ** 2).mean()
        loss = self.beta * error(rows, q.detach())
        if self.rule != "ema":
            loss = loss + error(q, rows.detach())
        y = rows + (q - rows).detach()
        if self.rule == "ema" and self.training:
            sums = torch.zeros_like(codes).index_add(0, ids, rows.detach())
            size = self.decay * self._ema_cluster_size + (1 - self.decay) * n
            self._ema_cluster_size.copy_((size + 1e-5) / (size.sum() + K * 1e-5) * size.sum())
            self._ema_w.copy_(self.decay * self._ema_w + (1 - self.decay) * sums)
            codes.copy_(self._ema_w / self._ema_cluster_size[:, None])
        b, _, h, w = z.shape
        return y.reshape(b, h, w, -1).permute(0, 3, 1, 2), loss, ids.reshape(b, 1, h, w)


def activation(kind):
    return nn.ReLU(inplace=True) if kind == "relu" else nn.GELU()


class Residual(nn.Module):
    """With a rectifier that changes its input, the skip carries what it made of it."""

    def __init__(self, channels, hidden, norm, kind):
        super().__init__()
        wide, narrow = nn.Conv2d(channels, hidden, 3, padding=1, bias=False), nn.Conv2d(hidden, channels, 1, bias=False)
        layers = [activation(kind), wide, activation(kind), narrow]
        if norm:
            layers = [wide, nn.BatchNorm2d(hidden), activation(kind), narrow, nn.BatchNorm2d(channels), activation(kind)]
        self._block = nn.Sequential(*layers)

    def forward(self, x):
        return x + self._block(x)


class Stack(nn.Module):
    def __init__(self, channels, hidden, norm, kind):
        super().__init__()
        self._layers = nn.ModuleList([Residual(channels, hidden, norm, kind) for _ in range(2)])
        self.function = activation(kind)

    def forward(self, x):
        for layer in self._layers:
            x = layer(x)
        return self.function(x)


class Encoder(nn.Module):
    def __init__(self, channels, full, hidden, norm, kind):
        super().__init__()
        half = full // 2
        self._conv_1 = nn.Conv2d(channels, half, 4, 2, 1)
        self._conv_2 = nn.Conv2d(half, full, 4, 2, 1)
        self._conv_3 = nn.Conv2d(full, full, 3, 1, 1)
        self._residual_stack = Stack(full, hidden, norm, kind)
        self.function, self.norm = activation(kind), norm
        if norm:
            self.bn1, self.bn2, self.bn3 = nn.BatchNorm2d(half), nn.BatchNorm2d(full), nn.BatchNorm2d(full)

    def forward(self, x):
        normed = (lambda i, x: getattr(self, f"bn{i}")(x)) if self.norm else (lambda i, x: x)
        x = self.function(normed(1, self._conv_1(x)))
        x = self.function(normed(2, self._conv_2(x)))
        return self._residual_stack(normed(3, self._conv_3(x)))


class Decoder(nn.Module):
    def __init__(self, channels, full, hidden, width, norm, kind):
        super().__init__()
        self._conv_1 = nn.Conv2d(width, full, 3, 1, 1)
        self._residual_stack = Stack(full, hidden, norm, kind)
        self._conv_trans_1 = nn.ConvTranspose2d(full, full // 2, 4, 2, 1)
        self._conv_trans_2 = nn.ConvTranspose2d(full // 2, channels, 4, 2, 1)
        self.function = activation(kind)

    def forward(self, x):
        return self._conv_trans_2(self.function(self._conv_trans_1(self._residual_stack(self._conv_1(x)))))


class VqVae(nn.Module):
    def __init__(self, rule, norm=False, kind="relu", channels=3, full=4, hidden=3, width=3):
        super().__init__()
        self._encoder = Encoder(channels, full, hidden, norm, kind)
        self._pre_vq_conv = nn.Conv2d(full, width, 1)
        self._vq_vae = Codes(width, rule)
        self._decoder = Decoder(channels, full, hidden, width, norm, kind)
        self.channels = channels

    def forward(self, x):
        q, loss, ids = self._vq_vae(self._pre_vq_conv(self._encoder(x)))
        return self._decoder(q), loss, ids


class SameConv(nn.Conv2d):
    """As TensorFlow pads even sides for a kernel of 3: nothing before and one behind with stride 2."""

    def forward(self, x):
        pad = (0, 1, 0, 1) if self.stride == (2, 2) else (1, 1, 1, 1)
        return functional.conv2d(functional.pad(x, pad), self.weight, self.bias, self.stride)


class SameConvTranspose(nn.ConvTranspose2d):
    """What is the adjoint of that."""

    def forward(self, x):
        y = functional.conv_transpose2d(x, self.weight, self.bias, self.stride)
        return y[:, :, :-1, :-1] if self.stride == (2, 2) else y[:, :, 1:-1, 1:-1]


class Keras(nn.Module):
    def __init__(self, channels=1, full=6, width=3):
        super().__init__()
        half = full // 2
        self.encoder = nn.ModuleList(
            [SameConv(channels, half, 3, 2), SameConv(half, full, 3, 2), nn.Conv2d(full, width, 1)])
        self.quantizer = Codes(width, "gradient")
        self.decoder = nn.ModuleList([
            SameConvTranspose(width, full, 3, 2), SameConvTranspose(full, half, 3, 2), SameConvTranspose(half, channels, 3, 1)])
        self.channels = channels

    def forward(self, x):
        first, second, last = self.encoder
        q, loss, ids = self.quantizer(last(second(first(x).relu()).relu()))
        first, second, last = self.decoder
        return last(second(first(q).relu()).relu()), loss, ids


class NormedBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.block = nn.Sequential(
            nn.ReLU(inplace=True), nn.Conv2d(channels, channels, 3, 1, 1), nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True), nn.Conv2d(channels, channels, 1), nn.BatchNorm2d(channels))

    def forward(self, x):
        return x + self.block(x)


class BatchNormVqVae(nn.Module):
    def __init__(self, channels=3, d=4):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(channels, d, 4, 2, 1), nn.BatchNorm2d(d), nn.ReLU(inplace=True), nn.Conv2d(d, d, 4, 2, 1),
            NormedBlock(d), NormedBlock(d))
        self.codebook = Codes(d, "gradient", beta=1)
        self.decoder = nn.Sequential(
            NormedBlock(d), NormedBlock(d), nn.ReLU(inplace=True), nn.ConvTranspose2d(d, d, 4, 2, 1), nn.BatchNorm2d(d),
            nn.ReLU(inplace=True), nn.ConvTranspose2d(d, channels, 4, 2, 1), nn.Tanh())
        self.channels = channels

    def forward(self, x):
        q, loss, ids = self.codebook(self.encoder(2 * x))
        return self.decoder(q) / 2, loss, ids


class CvaeBlock(nn.Module):
    def __init__(self, d, norm):
        super().__init__()
        norms = [nn.BatchNorm2d(d)] if norm else []
        self.convs = nn.Sequential(nn.ReLU(), nn.Conv2d(d, d, 3, 1, 1), *norms, nn.ReLU(), nn.Conv2d(d, d, 1))

    def forward(self, x):
        return x + self.convs(x)


class VqCvae(nn.Module):
    def __init__(self, unit, channels=3, d=4):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(channels, d, 4, 2, 1), nn.BatchNorm2d(d), nn.ReLU(), nn.Conv2d(d, d, 4, 2, 1), nn.BatchNorm2d(d),
            nn.ReLU(), CvaeBlock(d, True), nn.BatchNorm2d(d), CvaeBlock(d, True), nn.BatchNorm2d(d))
        self.emb = Codes(d, "mean", beta=0.5)
        self.decoder = nn.Sequential(
            CvaeBlock(d, False), nn.BatchNorm2d(d), CvaeBlock(d, False), nn.ConvTranspose2d(d, d, 4, 2, 1),
            nn.BatchNorm2d(d), nn.ReLU(), nn.ConvTranspose2d(d, channels, 4, 2, 1))
        self.channels, self.unit = channels, unit

    def forward(self, x):
        q, loss, ids = self.emb(self.encoder(x + 0.5 if self.unit else 2 * x))
        y = self.decoder(q).tanh()
        return y - 0.5 if self.unit else y / 2, loss, ids


def latents(model, x):
    """What the encoder makes of images in training, as rows, without a trace in the model."""
    copied, found = copy.deepcopy(model), []
    next(module for module in copied.modules() if isinstance(module, Codes)).register_forward_pre_hook(
        lambda _, inputs: found.append(inputs[0].permute(0, 2, 3, 1).flatten(0, 2)))
    copied(x)
    return found[0]


def run(case, model, weight):
    """Two passes of training and one without; weight multiplies the mean squared error."""
    model = model.double()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(draw(*parameter.shape) * 0.5)
            if parameter.dim() == 1 and name.endswith("weight"):
                parameter.add_(1)  # of norms
        codes = next(module for module in model.modules() if isinstance(module, Codes))
        codes._embedding.weight.copy_(latents(model, draw(BATCH, model.channels, SIDE, SIDE) / 2)[::2].float())
        if codes.rule == "ema":
            codes._ema_w.copy_(codes._embedding.weight)
    for name, tensor in model.state_dict().items():
        put(case, "begin", "state", name, tensor)
    for i, kind in enumerate(("train", "train", "infer"), 1):
        when = f"{kind} {i}"
        model.train(kind == "train")
        model.zero_grad()
        x = draw(BATCH, model.channels, SIDE, SIDE) / 2
        y, loss, ids = model(x)
        total = weight * ((y - x) ** 2).mean() + loss
        put(case, when, "x", "", x)
        put(case, when, "y", "", y)
        put(case, when, "loss", "", loss)
        put(case, when, "total", "", total)
        put(case, when, "ids", "", ids)
        trained = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
        if i == 1:
            total.backward()
            for name, parameter in trained.items():
                put(case, when, "dw", name, parameter.grad)
        for name, tensor in model.state_dict().items():
            if i == 2 and name not in trained:
                put(case, when, "state", name, tensor)


if __name__ == "__main__":
    run("vqvae, rectified, running", VqVae("ema"), 1 / 0.09)
    run("vqvae, norm, running", VqVae("ema", norm=True), 1 / 0.09)
    run("vqvae, gelu, gradient", VqVae("gradient", kind="gelu"), 1)
    run("vqvae, norm, gelu, gradient", VqVae("gradient", norm=True, kind="gelu"), 1)
    run("keras-vqvae", Keras(), 1 / 0.09)
    run("bn-vqvae", BatchNormVqVae(), 4)
    run("vq-cvae", VqCvae(unit=False), 4)
    run("vq-cvae, unit", VqCvae(unit=True, channels=1), 1)
