"""Times one training step of the same model in PyTorch.

usage: torch_step.py [--batch 32] [--image 32] [--steps 20] [--warmup 3] [--threads 2] [--channels-last] [--inference]
prints one JSON object with the fields of `bench --json`.
"""
import argparse
import json
import resource
import statistics
import time

import torch

from torch_model import default_state, forward, loss_of

a = argparse.ArgumentParser()
a.add_argument("--batch", type=int, default=32)
a.add_argument("--image", type=int, default=32)
a.add_argument("--hidden", type=int, default=128)
a.add_argument("--steps", type=int, default=20)
a.add_argument("--warmup", type=int, default=3)
a.add_argument("--threads", type=int, default=2)
a.add_argument("--channels-last", action="store_true")
a.add_argument("--inference", action="store_true")
o = a.parse_args()
torch.set_num_threads(o.threads)
torch.manual_seed(0)
state = default_state(hidden=o.hidden)
x = torch.rand(o.batch, 3, o.image, o.image) - 0.5
if o.channels_last:
    x = x.contiguous(memory_format=torch.channels_last)
    state = {k: v.contiguous(memory_format=torch.channels_last) if v.dim() == 4 else v for k, v in state.items()}
trained = [value.requires_grad_() for key, value in state.items() if not key.startswith("_vq_vae")]
optimizer = torch.optim.Adam(trained, lr=3e-4)


def step():
    if o.inference:
        with torch.no_grad():
            forward(state, x)
        return
    optimizer.zero_grad(set_to_none=True)
    loss_of(state, x, 0.06).backward()
    optimizer.step()


for _ in range(o.warmup):
    step()
times, cpu = [], time.process_time()
for _ in range(o.steps):
    start = time.perf_counter()
    step()
    times.append((time.perf_counter() - start) * 1e3)
cpu = (time.process_time() - cpu) / o.steps * 1e3
median = statistics.median(times)
print(json.dumps(dict(torch=torch.__version__, threads=o.threads, batch=o.batch, image=o.image, channels_last=o.channels_last,
                      inference=o.inference, ms_median=median, ms_min=min(times), cpu_ms=cpu, images_per_s=o.batch / median * 1e3,
                      peak_rss_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6)))
