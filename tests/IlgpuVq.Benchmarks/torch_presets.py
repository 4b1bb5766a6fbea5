"""Times one training step of the model that a preset of this program trains, written in PyTorch at the preset's sizes.

usage: torch_presets.py --preset NAME [--batch 32] [--image 32] [--channels 3] [--steps 20] [--warmup 3] [--threads 2]
                        [--channels-last] [--inference]
prints one JSON object with the fields of `bench --json`. The modules are those that the tests' golden numbers come from.
"""
import argparse
import json
import pathlib
import resource
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

models = pathlib.Path(__file__).resolve().parent.parent / "IlgpuVq.Tests/Models"
for folder in ("Autoencoders", "Adversarial", "Weights"):
    sys.path.insert(0, str(models / folder / "Goldens"))

import torch_adversarial  # noqa: E402
import torch_autoencoders as small  # noqa: E402
import torch_diffusers as wide  # noqa: E402
import torch_weights  # noqa: E402

wide.GROUPS = 32
VARIANCE = 0.06


class VqVae2(torch_weights.Rosinality):
    def __init__(self):
        super().__init__(hidden=128, inner=32, layers=2, k=512, d=64)
        self.quantize_t, self.quantize_b = small.Codes(64, "ema"), small.Codes(64, "ema")

    def forward(self, x):
        bottom = self.enc_b.blocks(2 * x)
        top, top_loss, _ = self.quantize_t(self.quantize_conv_t(self.enc_t.blocks(bottom)))
        beside = torch.cat([self.dec_t.blocks(top), bottom], 1)
        bottom, loss, _ = self.quantize_b(self.quantize_conv_b(beside))
        return self.dec.blocks(torch.cat([self.upsample_t(top), bottom], 1)) / 2, loss + top_loss, None


def with_codes(k, make):
    small.K = k
    return make()


def vqvae(rule, full=128, norm=False):
    return with_codes(512, lambda: small.VqVae(rule, norm, full=full, hidden=32, width=64))


def cvae_with_codes(k, d, channels=3):
    return with_codes(k, lambda: small.VqCvae(unit=channels == 1, channels=channels, d=d))


KL = (128, 256, 512, 512)
PRESETS = {  # how to make the model, what multiplies its squared error, its optimizer
    "deepmind": (lambda: vqvae("ema"), 1 / VARIANCE, "adam"),
    "zalando": (lambda: vqvae("ema"), 1 / VARIANCE, "adam"),
    "zalando-gradient": (lambda: vqvae("gradient"), 1 / VARIANCE, "adam"),
    "rosinality": (lambda: with_codes(512, VqVae2), 4, "adam"),
    "seed-notebook": (lambda: vqvae("gradient"), 1, "adam"),
    "hwangjohn-local": (lambda: vqvae("ema"), 1 / VARIANCE, "adam"),
    "hwangjohn-colab": (lambda: vqvae("ema"), 1 / VARIANCE, "adam"),
    "hwangjohn-paper": (lambda: vqvae("ema", full=256, norm=True), 1 / VARIANCE, "adam"),
    "keras-mnist": (lambda: with_codes(128, lambda: small.Keras(full=64, width=16)), 1 / VARIANCE, "adam"),
    "ritheshkumar": (lambda: with_codes(512, lambda: small.BatchNormVqVae(d=256)), 4, "adam"),
    "nadavbh12-mnist": (lambda: cvae_with_codes(10, 64, channels=1), 1, "adam"),
    "nadavbh12-cifar10": (lambda: cvae_with_codes(10, 256), 4, "adam"),
    "nadavbh12-imagenet": (lambda: cvae_with_codes(512, 128), 4, "adam"),
    "nadavbh12-cvae": (lambda: wide.Cvae(256, 32), 1, "adam"),
    "diffusers-vqmodel": (lambda: wide.VqModel((64,), 1, 3, 256, 3), 1, "adamw"),
    "diffusers-kl": (lambda: wide.Kl(KL, 2, 4), 1, "adamw"),
    "diffusers-tiny": (lambda: wide.Tiny((64,) * 4, (1, 3, 3, 3), (3, 3, 3, 1), 4), 1, "adamw"),
    "diffusers-asymmetric": (
        lambda: wide.Kl(KL, 2, 4, up=(192, 384, 768, 768), up_layers=3, condition=True), 1, "adamw"),
    "paella": (lambda: wide.Paella(384, 12, 4, 8192), 1, "adamw"),
    "vqgan": (lambda: wide.VqModel((128, 256, 512), 2, 4, 16384, 4, spatial=True), 1, "adamw"),
}


class Step:
    """A step of training on a batch: the model's own loss beside its squared error, and a discriminator where there is one."""

    def __init__(self, o):
        make, self.weight, kind = PRESETS[o.preset]
        self.model = make()
        self.x = torch.rand(o.batch, o.channels, o.image, o.image) - 0.5
        self.judge = None
        if o.preset == "vqgan":
            depth = min(6, o.image.bit_length() - 2)  # the last norm needs two pixels or more
            self.judge = torch_adversarial.Judge(depth, 512, sigmoid=True)
        if o.channels_last:
            self.x = self.x.contiguous(memory_format=torch.channels_last)
            for module in filter(None, (self.model, self.judge)):
                module.to(memory_format=torch.channels_last)
        self.is_clipped = kind == "adamw"
        self.optimizers = [self.optimizer_of(module) for module in filter(None, (self.model, self.judge))]

    def optimizer_of(self, module):
        trained = [parameter for parameter in module.parameters() if parameter.requires_grad]
        return torch.optim.AdamW(trained, 1e-4, weight_decay=1e-2) if self.is_clipped else torch.optim.Adam(trained, 3e-4)

    def infer(self):
        self.model.eval()
        with torch.no_grad():
            self.model(self.x)

    def train(self):
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        y, own, _ = self.model(self.x)
        error = F.mse_loss(y, self.x)
        loss = self.weight * error + own
        if self.judge is not None:
            loss = loss + self.fool(y, error)
        loss.backward()
        self.move(self.model, self.optimizers[0])
        if self.judge is not None:
            self.teach(y.detach())

    def move(self, module, optimizer):
        if self.is_clipped:
            nn.utils.clip_grad_norm_(module.parameters(), 1)
        optimizer.step()

    def fool(self, y, error):
        """The generator's loss, as large at the last convolution as the error is."""
        fooled, last = -self.judge(y).mean(), self.model.decoder.conv_out.weight
        of_error, of_fooled = (torch.autograd.grad(loss, last, retain_graph=True)[0].norm() for loss in (error, fooled))
        return fooled * (of_error / (of_fooled + 1e-4)).clamp(0, 1e4).detach()

    def teach(self, y):
        self.optimizers[1].zero_grad(set_to_none=True)
        real = self.x.detach().requires_grad_()
        scores = self.judge(real)
        slope, = torch.autograd.grad(scores.sum(), real, create_graph=True)
        penalty = ((slope.square().sum((1, 2, 3)).sqrt() - 1) ** 2).mean()
        hinge = F.relu(1 - scores).mean() + F.relu(1 + self.judge(y)).mean()
        (hinge + 10 * penalty).backward()
        self.move(self.judge, self.optimizers[1])


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--preset", required=True, choices=PRESETS)
    a.add_argument("--batch", type=int, default=32)
    a.add_argument("--image", type=int, default=32)
    a.add_argument("--channels", type=int, default=3)
    a.add_argument("--steps", type=int, default=20)
    a.add_argument("--warmup", type=int, default=3)
    a.add_argument("--threads", type=int, default=2)
    a.add_argument("--channels-last", action="store_true")
    a.add_argument("--inference", action="store_true")
    o = a.parse_args()
    torch.set_num_threads(o.threads)
    torch.manual_seed(0)
    step = Step(o)
    run = step.infer if o.inference else step.train
    for _ in range(o.warmup):
        run()
    times, cpu = [], time.process_time()
    for _ in range(o.steps):
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1e3)
    cpu = (time.process_time() - cpu) / o.steps * 1e3
    median = statistics.median(times)
    modules = filter(None, (step.model, step.judge))
    parameters = sum(p.numel() for module in modules for p in module.parameters() if p.requires_grad)
    print(json.dumps(dict(
        torch=torch.__version__, parameters=parameters, ms_median=median, ms_min=min(times), cpu_ms=cpu,
        images_per_s=o.batch / median * 1e3, peak_rss_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6)))


if __name__ == "__main__":
    main()
