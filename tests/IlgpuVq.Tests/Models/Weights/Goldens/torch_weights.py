"""Writes torch_weights.txt: checkpoints that PyTorch saved (base64), images and what the saved models make of them.

Models of a few channels under the keys of zalandoresearch/pytorch-vq-vae, rosinality/vq-vae-2-pytorch,
ritheshkumar95/pytorch-vqvae, nadavbh12/VQ-VAE and HwangJohn/vq-vae-test, written here from their descriptions, and a file of
tensors of every kind. Run with PyTorch 1.13: python3 torch_weights.py > torch_weights.txt
"""
import base64
import io
from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional as F


def line(case, role, name, tensor):
    shape = ",".join(str(length) for length in tensor.shape)
    numbers = " ".join(f"{number:.9g}" for number in tensor.detach().double().flatten().tolist())
    print(f"{case}|0|{role}|{name}|{shape}|{numbers}")


def file(case, name, value, is_zip=True):
    buffer = io.BytesIO()
    torch.save(value, buffer, _use_new_zipfile_serialization=is_zip)
    print(f"{case}|0|file|{name}||{base64.b64encode(buffer.getvalue()).decode()}")


def named(**children):
    module = nn.Module()
    for name, child in children.items():
        module.add_module(name, child)
    return module


def weigh(module):
    """Weights and averages far from those that anything starts with."""
    for parameter in module.parameters():
        nn.init.normal_(parameter, std=0.6)
    for norm in module.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.running_mean.normal_(std=0.5)
            norm.running_var.uniform_(0.5, 2)
            norm.num_batches_tracked.fill_(7)


class Nearest(nn.Module):
    """codes (K, D): each pixel of z becomes the nearest."""

    def forward(self, z, codes):
        rows = z.permute(0, 2, 3, 1)
        ids = torch.cdist(rows.reshape(1, -1, rows.shape[3]), codes[None])[0].argmin(1)
        return codes[ids].reshape(rows.shape).permute(0, 3, 1, 2)


class Zalando(nn.Module):
    def __init__(self, hidden=4, inner=3, layers=1, k=6, d=3):
        super().__init__()

        def stack():
            return named(_layers=nn.ModuleList(named(_block=nn.Sequential(
                nn.ReLU(), nn.Conv2d(hidden, inner, 3, padding=1, bias=False), nn.ReLU(),
                nn.Conv2d(inner, hidden, 1, bias=False))) for _ in range(layers)))

        self._encoder = named(
            _conv_1=nn.Conv2d(3, hidden // 2, 4, 2, 1), _conv_2=nn.Conv2d(hidden // 2, hidden, 4, 2, 1),
            _conv_3=nn.Conv2d(hidden, hidden, 3, padding=1), _residual_stack=stack())
        self._pre_vq_conv = nn.Conv2d(hidden, d, 1)
        self._vq_vae = named(_embedding=nn.Embedding(k, d))
        self._vq_vae.register_buffer("_ema_cluster_size", torch.rand(k) * 5)
        self._vq_vae._ema_w = nn.Parameter(torch.randn(k, d))
        self._decoder = named(
            _conv_1=nn.Conv2d(d, hidden, 3, padding=1), _residual_stack=stack(),
            _conv_trans_1=nn.ConvTranspose2d(hidden, hidden // 2, 4, 2, 1),
            _conv_trans_2=nn.ConvTranspose2d(hidden // 2, 3, 4, 2, 1))

    @staticmethod
    def residuals(stack, x):
        for layer in stack._layers:
            x = F.relu(x) + layer._block(x)  # a ReLU in place rectifies the skip too
        return F.relu(x)

    def forward(self, x):
        e, d = self._encoder, self._decoder
        z = self.residuals(e._residual_stack, e._conv_3(F.relu(e._conv_2(F.relu(e._conv_1(x))))))
        q = Nearest()(self._pre_vq_conv(z), self._vq_vae._embedding.weight)
        return d._conv_trans_2(F.relu(d._conv_trans_1(self.residuals(d._residual_stack, d._conv_1(q)))))


class Residual(nn.Module):
    def __init__(self, hidden, inner):
        super().__init__()
        self.conv = nn.Sequential(nn.ReLU(), nn.Conv2d(hidden, inner, 3, padding=1), nn.ReLU(), nn.Conv2d(inner, hidden, 1))

    def forward(self, x):
        return x + self.conv(x)


class Rosinality(nn.Module):
    def __init__(self, hidden=4, inner=2, layers=1, k=5, d=3):
        super().__init__()
        half = hidden // 2

        def blocks(*modules):
            return named(blocks=nn.Sequential(*modules))

        def residuals():
            return [Residual(hidden, inner) for _ in range(layers)] + [nn.ReLU()]

        def codes():
            module = nn.Module()
            module.register_buffer("embed", torch.randn(d, k))
            module.register_buffer("cluster_size", torch.rand(k) * 5)
            module.register_buffer("embed_avg", torch.randn(d, k))
            return module

        self.enc_b = blocks(
            nn.Conv2d(3, half, 4, 2, 1), nn.ReLU(), nn.Conv2d(half, hidden, 4, 2, 1), nn.ReLU(),
            nn.Conv2d(hidden, hidden, 3, padding=1), *residuals())
        self.enc_t = blocks(
            nn.Conv2d(hidden, half, 4, 2, 1), nn.ReLU(), nn.Conv2d(half, hidden, 3, padding=1), *residuals())
        self.quantize_conv_t = nn.Conv2d(hidden, d, 1)
        self.quantize_t = codes()
        self.dec_t = blocks(nn.Conv2d(d, hidden, 3, padding=1), *residuals(), nn.ConvTranspose2d(hidden, d, 4, 2, 1))
        self.quantize_conv_b = nn.Conv2d(d + hidden, d, 1)
        self.quantize_b = codes()
        self.upsample_t = nn.ConvTranspose2d(d, d, 4, 2, 1)
        self.dec = blocks(
            nn.Conv2d(2 * d, hidden, 3, padding=1), *residuals(), nn.ConvTranspose2d(hidden, half, 4, 2, 1), nn.ReLU(),
            nn.ConvTranspose2d(half, 3, 4, 2, 1))

    def forward(self, x):
        bottom = self.enc_b.blocks(x)
        top = Nearest()(self.quantize_conv_t(self.enc_t.blocks(bottom)), self.quantize_t.embed.t())
        beside = torch.cat([self.dec_t.blocks(top), bottom], 1)
        bottom = Nearest()(self.quantize_conv_b(beside), self.quantize_b.embed.t())
        return self.dec.blocks(torch.cat([self.upsample_t(top), bottom], 1))


class Chain(nn.Module):
    """first(x) + inner(first(x)), the list of inner layers under a name."""

    def __init__(self, name, first, *layers):
        super().__init__()
        self.first, self.inner = first, nn.Sequential(*layers)
        self._modules[name] = self._modules.pop("inner")
        self.name = name

    def forward(self, x):
        x = self.first(x)
        return x + self._modules[self.name](x)


def four(inputs, outputs, is_up=False, bias=True):
    return (nn.ConvTranspose2d if is_up else nn.Conv2d)(inputs, outputs, 4, 2, 1, bias=bias)


class Ritheshkumar(nn.Module):
    """Its ReLU in place rectifies the skip of a block too."""

    def __init__(self, d=4, k=5):
        super().__init__()

        def block():
            return Chain("block", F.relu, nn.Identity(), nn.Conv2d(d, d, 3, 1, 1), nn.BatchNorm2d(d), nn.ReLU(),
                         nn.Conv2d(d, d, 1), nn.BatchNorm2d(d))

        self.encoder = nn.Sequential(four(3, d), nn.BatchNorm2d(d), nn.ReLU(), four(d, d), block(), block())
        self.codebook = named(embedding=nn.Embedding(k, d))
        self.decoder = nn.Sequential(
            block(), block(), nn.ReLU(), four(d, d, True), nn.BatchNorm2d(d), nn.ReLU(), four(d, 3, True), nn.Tanh())

    def forward(self, x):
        return self.decoder(Nearest()(self.encoder(x), self.codebook.embedding.weight))


def cvae_block(d, has_norm):
    layers = [nn.ReLU(), nn.Conv2d(d, d, 3, 1, 1)] + ([nn.BatchNorm2d(d)] if has_norm else [])
    return Chain("convs", lambda x: x, *layers, nn.ReLU(), nn.Conv2d(d, d, 1))


class Nadavbh12(nn.Module):
    def __init__(self, channels=3, d=4, k=5):
        super().__init__()
        self.encoder = nn.Sequential(
            four(channels, d), nn.BatchNorm2d(d), nn.ReLU(), four(d, d), nn.BatchNorm2d(d), nn.ReLU(),
            cvae_block(d, True), nn.BatchNorm2d(d), cvae_block(d, True), nn.BatchNorm2d(d))
        self.emb = nn.Module()
        self.emb.weight = nn.Parameter(torch.zeros(d, k))
        self.decoder = nn.Sequential(
            cvae_block(d, False), nn.BatchNorm2d(d), cvae_block(d, False), four(d, d, True), nn.BatchNorm2d(d), nn.ReLU(),
            four(d, channels, True))

    def forward(self, x):
        return torch.tanh(self.decoder(Nearest()(self.encoder(x), self.emb.weight.t())))


class Cvae(nn.Module):
    def __init__(self, d=4, side=8):
        super().__init__()
        half, self.shape = d // 2, (d, side // 4, side // 4)
        numbers = d * (side // 4) ** 2
        self.encoder = nn.Sequential(
            four(3, half, bias=False), nn.BatchNorm2d(half), nn.ReLU(), four(half, d, bias=False), nn.BatchNorm2d(d), nn.ReLU(),
            cvae_block(d, True), nn.BatchNorm2d(d), cvae_block(d, True))
        self.decoder = nn.Sequential(
            cvae_block(d, True), nn.BatchNorm2d(d), cvae_block(d, True), nn.BatchNorm2d(d), four(d, half, True, bias=False),
            nn.BatchNorm2d(half), nn.ReLU(), four(half, 3, True, bias=False))
        self.fc11, self.fc12 = nn.Linear(numbers, numbers), nn.Linear(numbers, numbers)

    def forward(self, x):
        return torch.tanh(self.decoder(self.fc11(self.encoder(x).flatten(1)).reshape(-1, *self.shape)))


class HwangJohn(Zalando):
    """Zalando's with batch norms or without, its blocks' layers under two names."""

    def __init__(self, has_norm, hidden=4, inner=3):
        super().__init__(hidden, inner)
        for part in (self._encoder, self._decoder):
            for layer in part._residual_stack._layers:
                layer.conv3x3 = nn.Conv2d(hidden, inner, 3, 1, 1, bias=False)
                layer.conv1x1 = nn.Conv2d(inner, hidden, 1, bias=False)
                if has_norm:
                    layer.bn1, layer.bn2 = nn.BatchNorm2d(inner), nn.BatchNorm2d(hidden)
                    layer._block = nn.Sequential(layer.conv3x3, layer.bn1, nn.ReLU(), layer.conv1x1, layer.bn2, nn.ReLU())
                else:
                    layer._block = nn.Sequential(nn.ReLU(), layer.conv3x3, nn.ReLU(), layer.conv1x1)
        if has_norm:
            for i, channels in enumerate((hidden // 2, hidden, hidden)):
                self._encoder.add_module(f"bn{i + 1}", nn.BatchNorm2d(channels))
        self.has_norm = has_norm

    def forward(self, x):
        if not self.has_norm:
            return super().forward(x)
        e, d = self._encoder, self._decoder
        for i, (conv, norm) in enumerate(((e._conv_1, e.bn1), (e._conv_2, e.bn2), (e._conv_3, e.bn3))):
            x = norm(conv(x))
            x = F.relu(x) if i < 2 else x
        for layer in e._residual_stack._layers:
            x = x + layer._block(x)
        q = Nearest()(self._pre_vq_conv(F.relu(x)), self._vq_vae._embedding.weight)
        x = d._conv_1(q)
        for layer in d._residual_stack._layers:
            x = x + layer._block(x)
        return d._conv_trans_2(F.relu(d._conv_trans_1(F.relu(x))))


def older_models():
    """Those whose images are of other ranges: each makes (x + shift) * scale of numbers from 0 to 1."""
    for case, make, shape, shift, scale in [
            ("ritheshkumar", Ritheshkumar, (3, 16, 16), -0.5, 2), ("nadavbh12-cifar10", Nadavbh12, (3, 16, 16), -0.5, 2),
            ("nadavbh12-mnist", lambda: Nadavbh12(channels=1), (1, 16, 16), 0, 1), ("nadavbh12-cvae", Cvae, (3, 8, 8), -0.5, 2),
            ("hwangjohn-paper", lambda: HwangJohn(True), (3, 16, 16), -0.5, 1),
            ("hwangjohn-colab", lambda: HwangJohn(False), (3, 16, 16), -0.5, 1)]:
        torch.manual_seed(5)
        model = make()
        weigh(model)
        model.eval()
        x = (torch.rand(1, *shape) + shift) * scale
        with torch.no_grad():
            line(case, "input", "x", x)
            line(case, "output", "y", model(x))
        file(case, "older", model.state_dict(), is_zip=False)


def models():
    for case, make in [("zalando", Zalando), ("rosinality", Rosinality)]:
        torch.manual_seed(3)
        model = make()
        weigh(model)
        x = torch.rand(1, 3, 16, 16) - 0.5
        with torch.no_grad():
            line(case, "input", "x", x)
            line(case, "output", "y", model(x))
        file(case, "zip", model.state_dict())
        optimizer = torch.optim.Adam(list(model.parameters())[:1])
        file(case, "nested", {
            "epoch": 3, "model": nn.DataParallel(model).state_dict(), "optimizer": optimizer.state_dict(), "args": None,
        }, is_zip=False)


def kinds():
    torch.manual_seed(4)
    base = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4) / 4 - 2
    values = OrderedDict(
        float32=base, float64=base.double() / 3, float16=base.half(), bfloat16=base.bfloat16(), int64=base.long() * 1000,
        int32=base.int(), int16=base.short(), int8=base.char(), uint8=(base + 3).byte(), boolean=base > 0,
        scalar=torch.tensor(7), empty=torch.zeros(0, 3), transposed=base.transpose(0, 2), part=base[:, 1:, ::2],
        reversed_axes=base.permute(2, 1, 0)[1:3], parameter=nn.Parameter(base[0]), half_transposed=base.half().transpose(1, 2))
    value = {
        "tensors": values, "list": [torch.ones(2), (torch.zeros(1), "text", 1.5, None, True, 2 ** 40, -3)],
        "size": torch.Size([2, 3]), "device": torch.device("cpu"), "type": torch.float32, 5: {"deep": torch.full((2,), 5.0)}}
    for name, tensor in values.items():
        line("kinds", "value", "tensors." + name, tensor)
    file("kinds", "zip", value)
    file("kinds", "older", value, is_zip=False)


if __name__ == "__main__":
    models()
    kinds()
    older_models()
