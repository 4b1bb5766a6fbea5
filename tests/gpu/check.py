#!/usr/bin/env python3
"""Checks and times the project on a machine with an NVIDIA driver, on which .NET need not be installed.

usage: check.py publish [--to FOLDER]     where .NET is: writes program, tests, benchmarks, this script and PyTorch's side there
       FOLDER/check.py run [--out FOLDER] [--data FOLDER] [--steps 200] [--quick]    on the machine with the card

`run` writes figures.json and the logs of all parts, prints a summary, and ends with 1 if a test or an agreement failed. Needs
Python 3.8, and nothing else; PyTorch is timed too where it is installed with CUDA.
"""
import argparse
import datetime
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PRECISIONS = ["fp32", "tf32", "bf16"]
# Codes are chosen early by one rounding or another with the default initialisation: these options are the ones that agree.
TRAINING = ["--residual-skip", "clean", "--init", "sonnet", "--batch", "32", "--log-every", "20", "--seed", "1"]


def publish(folder):
    root = HERE.parent.parent
    shutil.rmtree(folder, ignore_errors=True)
    for project, name in [("src/Train", "program"), ("tests/IlgpuVq.Tests", "tests"),
                          ("tests/IlgpuVq.Benchmarks", "benchmarks")]:
        subprocess.run(
            ["dotnet", "publish", "-c", "Release", "-r", "linux-x64", "--self-contained", "-o", str(folder / name),
             str(root / project)], check=True)
    for script in [HERE / "check.py", HERE / "torch_gpu.py", root / "tests/IlgpuVq.Benchmarks/torch_model.py"]:
        shutil.copy(script, folder)
    print(f"wrote {folder}; on the machine with the card: {folder}/check.py run")


class Check:
    def __init__(self, options):
        self.options = options
        self.out = pathlib.Path(options.out).resolve()
        self.out.mkdir(parents=True, exist_ok=True)
        self.program = HERE / "program" / "IlgpuVq"
        self.benchmarks = HERE / "benchmarks" / "IlgpuVq.Benchmarks"
        self.figures = {}
        self.failures = []
        os.environ.setdefault("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1")
        if options.data:
            os.environ["ILGPUVQ_DATA"] = str(pathlib.Path(options.data).resolve())

    def call(self, log, command, environment=None):
        """Runs a command, keeps what it prints in a file, and returns that and its exit code."""
        with open(self.out / f"{log}.log", "w") as file:
            code = subprocess.run(
                [str(part) for part in command], stdout=file, stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})}).returncode
        return (self.out / f"{log}.log").read_text(errors="replace"), code

    def json_of(self, log, command):
        """The JSON object that a command prints last; None, and a failure, where it prints none."""
        text, code = self.call(log, command)
        lines = [line for line in text.splitlines() if line.startswith("{")]
        if code == 0 and lines:
            return json.loads(lines[-1])
        self.fail(f"{log}: exit code {code}, see {log}.log")
        return None

    def fail(self, what):
        self.failures.append(what)
        print("FAILED", what, flush=True)

    def run(self):
        self.machine()
        self.assemble()
        self.tests()
        self.training()
        self.steps()
        self.ops()
        self.torch()
        self.figures["failures"] = self.failures
        (self.out / "figures.json").write_text(json.dumps(self.figures, indent=1))
        self.summary()
        return 1 if self.failures else 0

    def machine(self):
        if not shutil.which("nvidia-smi"):
            sys.exit("check.py: expected a machine with an NVIDIA driver; got one without nvidia-smi. Install the driver.")
        card, _ = self.call("card", ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"])
        devices, _ = self.call("devices", [self.program, "devices"])
        self.accelerators = ["cuda"]
        if re.search(r"^\s*opencl\s+yes\s+.*(NVIDIA|GeForce|Tesla|H100|H200|A100)", devices, re.MULTILINE):
            self.accelerators.append("opencl")
        self.figures.update(card=card.strip(), date=datetime.date.today().isoformat(), accelerators=self.accelerators)
        print(card.strip(), "| accelerators:", ", ".join(self.accelerators), flush=True)

    def assemble(self):
        """What NVIDIA's assembler makes of every kernel, where a CUDA toolkit is: registers, and memory of the thread."""
        if not shutil.which("ptxas"):
            print("ptxas is not installed: kernels are assembled by the driver only", flush=True)
            return
        kernels = self.out / "kernels"
        self.call("dump", [self.program, "devices", "--dump", kernels])
        registers, spilled = {}, []
        for file in sorted(kernels.glob("*.ptx")):
            done = subprocess.run(["ptxas", "-v", "-arch=sm_90", str(file), "-o", os.devnull], capture_output=True, text=True)
            if done.returncode:
                (self.out / f"ptxas-{file.stem}.log").write_text(done.stderr)
                self.fail(f"ptxas: {file.name}: {done.stderr.strip().splitlines()[0] if done.stderr else done.returncode}")
                continue
            used = re.search(r"Used (\d+) registers", done.stderr)
            registers[file.stem] = int(used.group(1)) if used else 0
            if re.search(r"[1-9]\d* bytes spill|[1-9]\d* bytes stack frame", done.stderr):
                spilled.append(file.stem)
        self.figures["ptxas"] = dict(registers=registers, spilled=spilled)
        most = max(registers, key=registers.get, default="none")
        print(f"ptxas: {len(registers)} kernels, at most {registers.get(most)} registers ({most}), "
              f"{len(spilled)} with memory of the thread", flush=True)

    def tests(self):
        text, code = self.call(
            "tests", [HERE / "tests" / "IlgpuVq.Tests", "-noLogo", "-noColor"],
            {"ILGPUVQ_REQUIRE_DEVICES": ",".join(self.accelerators)})
        counts = re.search(r"Total: (\d+), Errors: (\d+), Failed: (\d+), Skipped: (\d+)", text)
        total, errors, failed, skipped = map(int, counts.groups()) if counts else (0, 0, 0, 0)
        self.figures["tests"] = dict(total=total, errors=errors, failed=failed, skipped=skipped)
        if code or not total:
            self.fail(f"tests: {failed + errors} of {total} failed, exit code {code}; see tests.log")
        else:
            print(f"tests: {total - skipped} passed, {skipped} skipped", flush=True)

    def train(self, name, *options):
        folder = self.out / "runs" / name
        shutil.rmtree(folder, ignore_errors=True)
        data = ["--data", "cifar10", "--data-root", self.options.data] if self.options.data else ["--data", "shapes"]
        _, code = self.call(
            f"train-{name}",
            [self.program, "train", "--run", folder, "--steps", str(self.options.steps), *TRAINING, *data, *options])
        if code:
            self.fail(f"train {name}: exit code {code}, see train-{name}.log")
            return None
        losses = [json.loads(line)["loss"] for line in (folder / "metrics.jsonl").read_text().splitlines()]
        return losses, tensors(sorted((folder / "checkpoints").glob("*.safetensors"))[-1])

    def training(self):
        """The same steps on the processor and on the card, twice, with and without graphs."""
        runs = {"cpu": self.train("cpu", "--accelerator", "cpu")}
        for accelerator in self.accelerators:
            runs[accelerator] = self.train(accelerator, "--accelerator", accelerator)
            runs[f"{accelerator}-again"] = self.train(f"{accelerator}-again", "--accelerator", accelerator)
        runs["cuda-no-graph"] = self.train("cuda-no-graph", "--accelerator", "cuda", "--no-graph")
        figures = self.figures["training"] = {name: run[0] for name, run in runs.items() if run}
        if None in runs.values():
            return
        for accelerator in self.accelerators:
            difference = max(abs(a - b) / abs(b) for a, b in zip(runs[accelerator][0], runs["cpu"][0]))
            figures[f"{accelerator} against cpu"] = difference
            steps = self.options.steps
            print(f"{accelerator}: loss differs from cpu's by {difference:.1e} at most over {steps} steps", flush=True)
            if difference > 1e-3:
                self.fail(f"training on {accelerator}: expected losses within 1e-3 of cpu's; got {difference:.1e}")
            self.same(runs, accelerator, f"{accelerator}-again")
        self.same(runs, "cuda", "cuda-no-graph")

    def same(self, runs, one, other):
        if runs[one][1] != runs[other][1]:
            self.fail(f"training: expected the same bits from {one} and {other}; got others")

    def steps(self):
        """Steps of all kinds in turn, several rounds, so that each sees the same machine."""
        rounds = 1 if self.options.quick else 3
        kinds = [(batch, accelerator, precision, graph)
                 for batch in (32, 256)
                 for accelerator in self.accelerators
                 for precision in (PRECISIONS if accelerator == "cuda" else PRECISIONS[:1])
                 for graph in ((True, False) if accelerator == "cuda" else (False,))]
        results = {}
        for i in range(rounds):
            for batch, accelerator, precision, graph in kinds:
                name = f"step-{batch}-{accelerator}-{precision}{'' if graph else '-launches'}"
                result = self.json_of(name, [
                    self.program, "bench", "--model", "vqvae", "--batch", batch, "--steps", 200, "--warmup", 20, "--json",
                    "--accelerator", accelerator, "--precision", precision, *([] if graph else ["--no-graph"])])
                if result and result["graph"] != (graph and accelerator == "cuda"):
                    why = result["graph_obstacle"]
                    self.fail(f"{name}: expected a step as one graph; got launches one by one, because: {why}")
                if result:
                    results.setdefault(name, []).append(result["ms_median"])
        self.figures["steps_ms"] = {name: statistics.median(times) for name, times in results.items()}

    def ops(self):
        self.figures["ops"] = {}
        for accelerator in self.accelerators:
            for precision in PRECISIONS if accelerator == "cuda" else PRECISIONS[:1]:
                name = f"ops-{accelerator}-{precision}"
                self.figures["ops"][name] = self.json_of(name, [
                    self.benchmarks, "ops", "--batch", 256, "--json", "--accelerator", accelerator, "--precision", precision])

    def torch(self):
        has_torch = "import sys, torch; sys.exit(not torch.cuda.is_available())"
        if subprocess.run([sys.executable, "-c", has_torch], stderr=subprocess.DEVNULL).returncode:
            print("PyTorch with CUDA is not installed: not compared", flush=True)
            return
        command = [sys.executable, HERE / "torch_gpu.py", *(["--quick"] if self.options.quick else [])]
        self.figures["torch"] = self.json_of("torch", command)

    def summary(self):
        steps, torch = self.figures["steps_ms"], self.figures.get("torch")
        print("\nmilliseconds of a step (median)")
        for name, time in steps.items():
            print(f"  {name:36} {time:8.3f}")
        if torch:
            for name, time in torch["steps_ms"].items():
                print(f"  torch-{name:30} {time:8.3f}")
            for batch in (32, 256):
                own = steps.get(f"step-{batch}-cuda-tf32")
                for peer in ("eager-tf32", "compiled-tf32"):
                    if own and torch["steps_ms"].get(f"{batch}-{peer}"):
                        print(f"  batch {batch}: {torch['steps_ms'][f'{batch}-{peer}'] / own:.2f} × {peer}")
        for name, table in self.figures["ops"].items():
            for op in (table or {}).get("ops", []):
                if op["op"] in ("matmul", "relu", "add") and table:
                    rate = (f"{op['gflops'] / 1e3:.1f} TFLOP/s" if op["gflops"]
                            else f"{op['gb_per_s']:.0f} GB/s, {100 * op['of_peak']:.0f} % of a copy")
                    print(f"  {name:18} {op['op']:8} {op['size']:24} {rate}")
        if torch:
            print(f"  torch matmul 4096³ TF32 {torch['matmul_tflops']:.1f} TFLOP/s, copy {torch['copy_gb_per_s']:.0f} GB/s")
        print("\nall agreed" if not self.failures else "\n" + "\n".join(["FAILED:"] + self.failures))


def tensors(path):
    """The bytes of all tensors of a safetensors file, without what the file says of itself."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    return {key: data[8 + length:][slice(*entry["data_offsets"])] for key, entry in header.items()}


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    to = commands.add_parser("publish")
    to.add_argument("--to", default=str(HERE.parent.parent / "artifacts" / "gpu"))
    run = commands.add_parser("run")
    run.add_argument("--out", default="gpu-check")
    run.add_argument("--data", help="folder with cifar10; without it the drawn shapes are used")
    run.add_argument("--steps", type=int, default=200)
    run.add_argument("--quick", action="store_true", help="one round of timings instead of three")
    options = parser.parse_args()
    if options.command == "publish":
        publish(pathlib.Path(options.to).resolve())
        return 0
    return Check(options).run()


if __name__ == "__main__":
    sys.exit(main())
