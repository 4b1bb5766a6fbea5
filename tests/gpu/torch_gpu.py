"""Times the model's training step, a matrix product and a copy in PyTorch on an NVIDIA card.

usage: torch_gpu.py [--quick]
prints one JSON object.
"""
import argparse
import json
import statistics
import time

import torch

from torch_model import default_state, forward, loss_of

a = argparse.ArgumentParser()
a.add_argument("--quick", action="store_true")
o = a.parse_args()
ROUNDS, STEPS = (1 if o.quick else 3), 200
device = torch.device("cuda")


def measure(run, calls=1):
    """Milliseconds of a call: the median of runs that each end with a wait."""
    for _ in range(20):
        run()
    torch.cuda.synchronize()
    times = []
    for _ in range(STEPS // calls):
        start = time.perf_counter()
        for _ in range(calls):
            run()
        torch.cuda.synchronize()
        times.append((time.perf_counter() - start) * 1e3 / calls)
    return statistics.median(times)


def step_of(batch, compiled, channels_last):
    torch.manual_seed(0)
    form = dict(memory_format=torch.channels_last) if channels_last else {}
    state = {key: value.to(device) for key, value in default_state().items()}
    state = {key: value.contiguous(**form) if value.dim() == 4 else value for key, value in state.items()}
    x = (torch.rand(batch, 3, 32, 32, device=device) - 0.5).contiguous(**form)
    trained = [value.requires_grad_() for key, value in state.items() if not key.startswith("_vq_vae")]
    optimizer = torch.optim.Adam(trained, lr=3e-4, fused=True)

    def loss():
        return loss_of(state, x, 0.06)

    body = torch.compile(loss, mode="reduce-overhead") if compiled else loss

    def step():
        optimizer.zero_grad(set_to_none=True)
        body().backward()
        optimizer.step()

    return step


steps = {}
for tf32 in (True, False):
    torch.backends.cuda.matmul.allow_tf32 = tf32
    torch.backends.cudnn.allow_tf32 = tf32
    torch.backends.cudnn.benchmark = True
    for batch in (32, 256):
        for compiled in (False, True):
            # The better of the two memory formats counts.
            times = []
            for channels_last in (False, True):
                step = step_of(batch, compiled, channels_last)
                times.append(statistics.median(measure(step) for _ in range(ROUNDS)))
            name = f"{batch}-{'compiled' if compiled else 'eager'}-{'tf32' if tf32 else 'fp32'}"
            steps[name] = min(times)

torch.backends.cuda.matmul.allow_tf32 = True
left, right = (torch.rand(4096, 4096, device=device) - 0.5 for _ in range(2))
product = measure(lambda: left @ right, calls=10)
source = torch.rand(128 * 1024 * 1024, device=device)
target = torch.empty_like(source)
copy = measure(lambda: target.copy_(source), calls=10)
print(json.dumps(dict(
    torch=torch.__version__, card=torch.cuda.get_device_name(), steps_ms=steps, matmul_tflops=2 * 4096 ** 3 / product / 1e9,
    copy_gb_per_s=2 * 4 * source.numel() / copy / 1e6)))
