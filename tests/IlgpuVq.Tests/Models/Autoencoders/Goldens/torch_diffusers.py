"""Writes what small autoencoders make of a few images, in PyTorch and double precision, for the tests of ours.

usage: python3 torch_diffusers.py > torch_diffusers.txt      (made with PyTorch 1.13)
Each line is: case | pass | role | name | shape | numbers. Passes: begin, and train or infer. Roles: state, x (images from -1/2 to
1/2), mask, y (their reconstructions), loss (mean squared error + the model's own), kl (of each image), dw (of a parameter).
Modules are written from the formulas, with the key names of the systems that the families come from.
"""
import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(12)
GROUPS = 2


def conv(a, b, kernel=3, **options):
    return nn.Conv2d(a, b, kernel, **{"padding": kernel // 2, **options})


class SpatialNorm(nn.Module):
    def __init__(self, channels, latent):
        super().__init__()
        self.norm_layer = nn.GroupNorm(GROUPS, channels, eps=1e-6)
        self.conv_y, self.conv_b = conv(latent, channels, 1), conv(latent, channels, 1)

    def forward(self, x, z):
        z = F.interpolate(z, size=x.shape[-2:], mode="nearest")
        return self.norm_layer(x) * self.conv_y(z) + self.conv_b(z)


class GroupNorm(nn.GroupNorm):
    def __init__(self, channels):
        super().__init__(GROUPS, channels, eps=1e-6)

    def forward(self, x, z):
        return super().forward(x)


def norm(channels, latent):
    return GroupNorm(channels) if latent is None else SpatialNorm(channels, latent)


class Resnet(nn.Module):
    def __init__(self, a, b, latent):
        super().__init__()
        self.norm1, self.conv1, self.norm2, self.conv2 = norm(a, latent), conv(a, b), norm(b, latent), conv(b, b)
        if a != b:
            self.conv_shortcut = conv(a, b, 1)

    def forward(self, x, z):
        h = self.conv1(F.silu(self.norm1(x, z)))
        h = self.conv2(F.silu(self.norm2(h, z)))
        return h + (self.conv_shortcut(x) if hasattr(self, "conv_shortcut") else x)


class Attention(nn.Module):
    def __init__(self, channels, latent):
        super().__init__()
        if latent is None:
            self.group_norm = GroupNorm(channels)
        else:
            self.spatial_norm = SpatialNorm(channels, latent)
        self.to_q, self.to_k, self.to_v = (nn.Linear(channels, channels) for _ in range(3))
        self.to_out = nn.ModuleList([nn.Linear(channels, channels)])

    def forward(self, x, z):
        b, c, h, w = x.shape
        y = (self.group_norm if hasattr(self, "group_norm") else self.spatial_norm)(x, z)
        y = y.reshape(b, c, h * w).transpose(1, 2)
        scores = torch.softmax(self.to_q(y) @ self.to_k(y).transpose(1, 2) / c ** 0.5, dim=-1)
        return self.to_out[0](scores @ self.to_v(y)).transpose(1, 2).reshape(b, c, h, w) + x


class Mid(nn.Module):
    def __init__(self, channels, latent, attention=True):
        super().__init__()
        self.resnets = nn.ModuleList([Resnet(channels, channels, latent) for _ in range(2)])
        if attention:
            self.attentions = nn.ModuleList([Attention(channels, latent)])

    def forward(self, x, z):
        x = self.resnets[0](x, z)
        if hasattr(self, "attentions"):
            x = self.attentions[0](x, z)
        return self.resnets[1](x, z)


class Resampled(nn.Module):
    def __init__(self, channels, down):
        super().__init__()
        self.down, self.conv = down, conv(channels, channels, stride=2, padding=0) if down else conv(channels, channels)

    def forward(self, x):
        return self.conv(F.pad(x, (0, 1, 0, 1)) if self.down else F.interpolate(x, scale_factor=2, mode="nearest"))


class Level(nn.Module):
    def __init__(self, a, b, layers, latent, attention, resample):
        super().__init__()
        self.resnets = nn.ModuleList([Resnet(a if i == 0 else b, b, latent) for i in range(layers)])
        if attention:
            self.attentions = nn.ModuleList([Attention(b, latent) for _ in range(layers)])
        if resample:
            setattr(self, resample, nn.ModuleList([Resampled(b, resample == "downsamplers")]))

    def forward(self, x, z):
        for i, resnet in enumerate(self.resnets):
            x = resnet(x, z)
            if hasattr(self, "attentions"):
                x = self.attentions[i](x, z)
        for kind in ("downsamplers", "upsamplers"):
            if hasattr(self, kind):
                x = getattr(self, kind)[0](x)
        return x


class Encoder(nn.Module):
    def __init__(self, out, widths, layers, attention=(), mid=True):
        super().__init__()
        last = len(widths) - 1
        self.conv_in = conv(3, widths[0])
        self.down_blocks = nn.ModuleList([
            Level(widths[max(i - 1, 0)], w, layers, None, i in attention, None if i == last else "downsamplers")
            for i, w in enumerate(widths)])
        self.mid_block = Mid(widths[-1], None, mid)
        self.conv_norm_out, self.conv_out = GroupNorm(widths[-1]), conv(widths[-1], out)

    def forward(self, x):
        x = self.conv_in(x)
        for level in self.down_blocks:
            x = level(x, None)
        return self.conv_out(F.silu(self.conv_norm_out(self.mid_block(x, None), None)))


class Condition(nn.Module):
    def __init__(self, widths):
        super().__init__()
        outs, ins = [*widths, widths[-1]], [3, *widths]
        self.layers = nn.Sequential(*[
            conv(a, b) if i < 2 else nn.Conv2d(a, b, 4, 2, 1) for i, (a, b) in enumerate(zip(ins, outs))])

    def forward(self, x):
        features = []
        for layer in self.layers:
            features.append(layer(x))
            x = torch.relu(features[-1])
        return features


class Decoder(nn.Module):
    def __init__(self, latent, widths, layers, attention=(), mid=True, spatial=False, condition=False):
        super().__init__()
        z, last = latent if spatial else None, len(widths) - 1
        self.conv_in, self.mid_block = conv(latent, widths[-1]), Mid(widths[-1], z, mid)
        self.up_blocks = nn.ModuleList([
            Level(widths[min(i + 1, last)], widths[i], layers + 1, z, i in attention, None if i == 0 else "upsamplers")
            for i in reversed(range(len(widths)))])
        self.conv_norm_out, self.conv_out = norm(widths[0], z), conv(widths[0], 3)
        if condition:
            self.condition_encoder = Condition(widths)

    def forward(self, x, z, image=None, mask=None):
        features = [] if image is None else self.condition_encoder((1 - mask) * image)

        def mixed(x):
            if not features:
                return x
            own = F.interpolate(mask, size=x.shape[-2:], mode="nearest")
            return x * own + features.pop() * (1 - own)

        x = self.mid_block(self.conv_in(x), z)
        for level in self.up_blocks:
            x = level(mixed(x), z)
        return self.conv_out(F.silu(self.conv_norm_out(mixed(x), z)))


class Codes(nn.Module):
    def __init__(self, k, d, legacy):
        super().__init__()
        self.legacy, self.embedding = legacy, nn.Embedding(k, d)

    def forward(self, z):
        rows = z.permute(0, 2, 3, 1)
        q = self.embedding(torch.cdist(rows.reshape(-1, rows.shape[-1]), self.embedding.weight).argmin(1)).view(rows.shape)
        pull, follow = ((q.detach() - rows) ** 2).mean(), ((q - rows.detach()) ** 2).mean()
        loss = pull + 0.25 * follow if self.legacy else 0.25 * pull + follow
        return (rows + (q - rows).detach()).permute(0, 3, 1, 2), loss


class VqModel(nn.Module):
    def __init__(self, widths, layers, latent, k, d, spatial=False, **options):
        super().__init__()
        self.encoder = Encoder(latent, widths, layers, **options)
        self.quant_conv, self.quantize, self.post_quant_conv = conv(latent, d, 1), Codes(k, d, True), conv(d, latent, 1)
        self.decoder = Decoder(latent, widths, layers, spatial=spatial, **options)

    def forward(self, x):
        q, loss = self.quantize(self.quant_conv(self.encoder(2 * x)))
        return self.decoder(self.post_quant_conv(q), q) / 2, loss, None


class Gaussian(nn.Module):
    """The mean stands for a draw: noise is tested apart."""

    def finish(self, x, mean, logvar, y):
        kl = 0.5 * (mean ** 2 + logvar.exp() - 1 - logvar).flatten(1).sum(1)
        return y, 0.001 * kl.mean(), kl


class Kl(Gaussian):
    def __init__(self, widths, layers, latent, up=None, up_layers=None, condition=False, convs=True, **options):
        super().__init__()
        self.encoder = Encoder(2 * latent, widths, layers, **options)
        if convs:
            self.quant_conv, self.post_quant_conv = conv(2 * latent, 2 * latent, 1), conv(latent, latent, 1)
        self.decoder = Decoder(latent, up or widths, up_layers or layers, condition=condition, **options)

    def forward(self, x, mask=None):
        h = self.encoder(2 * x)
        mean, logvar = (self.quant_conv(h) if hasattr(self, "quant_conv") else h).chunk(2, 1)
        z = self.post_quant_conv(mean) if hasattr(self, "quant_conv") else mean
        y = self.decoder(z, None, None if mask is None else 2 * x, mask) / 2
        return self.finish(x, mean, logvar.clamp(-30, 20), y)


class TinyBlock(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv = nn.Sequential(conv(c, c), nn.ReLU(), conv(c, c), nn.ReLU(), conv(c, c))

    def forward(self, x):
        return F.relu(self.conv(x) + x)


class Tiny(nn.Module):
    def __init__(self, widths, down, up, latent):
        super().__init__()
        layers = [conv(3, widths[0])]
        for i, (w, n) in enumerate(zip(widths, down)):
            layers += [conv(w, w, stride=2, bias=False)] * (i > 0) + [TinyBlock(w) for _ in range(n)]
        self.encoder = nn.ModuleDict({"layers": nn.Sequential(*layers, conv(widths[-1], latent))})
        layers = [conv(latent, widths[0]), nn.ReLU()]
        for i, (w, n) in enumerate(zip(widths, up)):
            last = i == len(widths) - 1
            layers += [TinyBlock(w) for _ in range(n)] + [nn.Upsample(scale_factor=2)] * (not last)
            layers += [conv(w, 3 if last else w, bias=last)]
        self.decoder = nn.ModuleDict({"layers": nn.Sequential(*layers)})

    def forward(self, x):
        z = self.encoder["layers"](x + 0.5)
        return self.decoder["layers"](torch.tanh(z / 3) * 3) - 0.5, 0, None


class Mixing(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.depthwise = nn.Sequential(nn.ReplicationPad2d(1), nn.Conv2d(c, c, 3, groups=c))
        self.channelwise = nn.Sequential(nn.Linear(c, 4 * c), nn.GELU(), nn.Linear(4 * c, c))
        self.gammas = nn.Parameter(torch.zeros(6))

    def forward(self, x):
        def normed(x, i):
            y = F.layer_norm(x.permute(0, 2, 3, 1), x.shape[1:2], eps=1e-6)
            return y * (1 + self.gammas[i]) + self.gammas[i + 1]

        x = x + self.depthwise(normed(x, 0).permute(0, 3, 1, 2)) * self.gammas[2]
        return x + self.channelwise(normed(x, 3)).permute(0, 3, 1, 2) * self.gammas[5]


class Paella(nn.Module):
    def __init__(self, width, bottleneck, latent, k):
        super().__init__()
        half = width // 2
        self.in_block = nn.Sequential(nn.PixelUnshuffle(2), conv(12, half, 1))
        self.down_blocks = nn.Sequential(
            Mixing(half), nn.Conv2d(half, width, 4, 2, 1), Mixing(width),
            nn.Sequential(conv(width, latent, 1, bias=False), nn.BatchNorm2d(latent)))
        self.vquantizer = Codes(k, latent, False)
        self.up_blocks = nn.Sequential(
            nn.Sequential(conv(latent, width, 1)), *[Mixing(width) for _ in range(bottleneck)],
            nn.ConvTranspose2d(width, half, 4, 2, 1), Mixing(half))
        self.out_block = nn.Sequential(conv(half, 12, 1), nn.PixelShuffle(2))

    def forward(self, x):
        q, loss = self.vquantizer(self.down_blocks(self.in_block(x + 0.5)))
        return self.out_block(self.up_blocks(q)) - 0.5, loss, None


class Residual(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.convs = nn.Sequential(nn.ReLU(), conv(c, c), nn.BatchNorm2d(c), nn.ReLU(), conv(c, c, 1))

    def forward(self, x):
        return x + self.convs(x)


class Cvae(Gaussian):
    def __init__(self, d, side):
        super().__init__()
        half, self.numbers = d // 2, d * (side // 4) ** 2
        self.encoder = nn.Sequential(
            nn.Conv2d(3, half, 4, 2, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU(),
            nn.Conv2d(half, d, 4, 2, 1, bias=False), nn.BatchNorm2d(d), nn.ReLU(), Residual(d), nn.BatchNorm2d(d), Residual(d))
        self.fc11, self.fc12 = nn.Linear(self.numbers, self.numbers), nn.Linear(self.numbers, self.numbers)
        self.decoder = nn.Sequential(
            Residual(d), nn.BatchNorm2d(d), Residual(d), nn.BatchNorm2d(d),
            nn.ConvTranspose2d(d, half, 4, 2, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU(),
            nn.ConvTranspose2d(half, 3, 4, 2, 1, bias=False))

    def forward(self, x):
        h = self.encoder(2 * x)
        flat = h.flatten(1)
        mean, logvar = self.fc11(flat), self.fc12(flat)
        return self.finish(x, mean, logvar, torch.tanh(self.decoder(mean.view(h.shape))) / 2)


def short(tensor):
    """Two digits behind the point, as float32 holds them."""
    return ((tensor * 100).round() / 100).float().double()


def put(case, when, role, name, tensor):
    shape = ",".join(str(length) for length in tensor.shape)
    digits = 7 if role in ("state", "x") else 6 if role == "y" else 5
    numbers = " ".join(f"{value:.{digits}g}" for value in tensor.detach().reshape(-1).tolist())
    print(" | ".join((case, when, role, name, shape, numbers)))


def run(case, module, size=(8, 12), has_mask=False, when="infer"):
    module = module.double()
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            fan = parameter[0].numel() if parameter.dim() > 1 else 4
            scale = 1 if "embedding" in name or "gammas" in name else 1.7 * fan ** -0.5
            parameter.copy_(short((torch.rand(parameter.shape) * 2 - 1) * scale))
    for name, tensor in module.state_dict().items():
        put(case, "begin", "state", name, tensor)
    x = short(torch.rand(2, 3, *size) - 0.5)
    put(case, when, "x", "", x)
    extra = []
    if has_mask:
        extra = [(torch.rand(2, 1, *size) > 0.4).double()]
        put(case, when, "mask", "", extra[0])
    module.train(when == "train")
    y, own, kl = module(x, *extra)
    loss = ((y - x) ** 2).mean() + own
    loss.backward()
    put(case, when, "y", "", y)
    put(case, when, "loss", "", loss)
    if kl is not None:
        put(case, when, "kl", "", kl)
    for name, parameter in module.named_parameters():
        put(case, when, "dw", name, parameter.grad)


if __name__ == "__main__":
    run("vqmodel", VqModel((2, 4), 1, 3, 7, 2))
    run("vqmodel, spatial, attention", VqModel((4, 2), 1, 2, 7, 2, spatial=True, attention=(1,), mid=False))
    run("vqmodel, spatial middle", VqModel((2,), 1, 2, 5, 2, spatial=True), size=(3, 2))
    run("kl", Kl((2, 4, 4), 1, 2))
    run("kl, no convs", Kl((2, 2), 2, 1, convs=False, mid=False), size=(4, 4))
    run("asymmetric", Kl((2, 2, 4), 1, 2, up=(2, 4, 6), up_layers=2, condition=True), has_mask=True)
    run("tiny", Tiny((4, 4, 4), (1, 2, 0), (2, 1, 1), 2))
    run("paella", Paella(4, 2, 2, 6), when="train")
    run("paella, at rest", Paella(4, 1, 2, 6))
    run("cvae", Cvae(4, 8), size=(8, 8), when="train")
