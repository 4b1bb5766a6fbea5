"""Compares the first training step of this program with PyTorch's in double precision, on the same weights and images.

In float32 the two differ by more where rounding turns the sign of a number just before a ReLU: both are then right to rounding.

usage: dotnet run -c Release --project tests/IlgpuVq.Benchmarks -- first-step DATA_ROOT FOLDER
       python3 torch_oracle.py FOLDER
prints the loss and the worst relative difference of each gradient (norm of the difference / norm); exits with 1 above 1e-4.
"""
import pathlib
import sys

from torch_model import load, loss_of

folder = pathlib.Path(sys.argv[1])
files = ("state.safetensors", "step.safetensors")
state, step = ({key: value.double() for key, value in load(folder / name).items()} for name in files)
trained = {key: value.requires_grad_() for key, value in state.items() if not key.startswith("_vq_vae")}
loss = loss_of({**state, **trained}, step["images"], step["variance"].item())
loss.backward()
worst = abs(loss.item() - step["loss"].item()) / abs(loss.item())
print(f"loss {step['loss'].item():.7f}, PyTorch {loss.item():.7f}, relative difference {worst:.1e}")
for key, value in trained.items():
    difference = ((value.grad - step["gradient." + key]).norm() / value.grad.norm()).item()
    worst = max(worst, difference)
    print(f"{difference:.1e}  {key}")
print(f"worst {worst:.1e}")
sys.exit(worst > 1e-4)
