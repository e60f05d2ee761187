"""How many images a second does training take, beside a plain textbook loop on the same networks?

The textbook: a Dataset that opens one PIL picture after the other, a DataLoader, two passes of the
critic, plain Adam, losses read with ``.item()`` in every step.  Both train the same networks from the same
shapes on the same pictures, turn by turn, so that what else the machine does hits both alike.

Beside them run ganlab's own options: bfloat16 in forward passes, compiled code (on CUDA replayed as graphs), and
both.  What they gain is told as a ratio to ganlab without them; an option that does not gain stays off.

    python -m benchmarks.training [--seconds 20] [--device cpu] [--threads 2] [--networks dcgan ...] [--no-textbook]
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from benchmarks.machine import report
from ganlab import device as devices
from ganlab.data import dataset as data
from ganlab.data import load_dataset
from ganlab.members.networks import build
from ganlab.networks.layers import SeededDropout
from ganlab.spec import MemberSpec
from ganlab.training import train
from ganlab.training.events import Step

SPECS = {
    "mlp": MemberSpec(dataset="glyphs", network="mlp", objective="nonsaturating", steps=10**8, log_every=20),
    "dcgan": MemberSpec(dataset="glyphs", network="dcgan", objective="nonsaturating", steps=10**8, log_every=20),
    "dcgan-64": MemberSpec(
        dataset="eurosat", network="dcgan", objective="nonsaturating", spectral_norm=True, steps=10**8, log_every=4
    ),
    "resnet-64": MemberSpec(dataset="eurosat", network="resnet", objective="relativistic", steps=10**8, log_every=4),
}
# What is changed of the spec, and whether passes are compiled.
OPTIONS = {
    "bfloat16": ({"precision": "bfloat16"}, False),
    "compiled": ({}, True),
    "compiled_bfloat16": ({"precision": "bfloat16"}, True),
}


class Pictures(Dataset):
    """As torchvision's MNIST gives them: one PIL picture at a time, then transforms."""

    def __init__(self, images: torch.Tensor) -> None:
        self.images = images.permute(0, 2, 3, 1).squeeze(3).numpy()
        self.transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> torch.Tensor:
        return self.transform(Image.fromarray(self.images[index]))


def plain(network: nn.Sequential) -> nn.Sequential:
    """Return the network with torch's own dropout, as a textbook has it."""
    return nn.Sequential(*(nn.Dropout(each.p) if isinstance(each, SeededDropout) else each for each in network))


def textbook(spec: MemberSpec, images: torch.Tensor, device: torch.device) -> Iterator[int]:
    """Train as tutorials do; yield the images used after every step."""
    networks = build(spec.resolved(), torch.Generator().manual_seed(0)).values()
    generator, critic = (plain(network).to(device) for network in networks)
    adam_g = torch.optim.Adam(generator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    adam_d = torch.optim.Adam(critic.parameters(), lr=2e-4, betas=(0.5, 0.999))
    bce = nn.BCEWithLogitsLoss()
    loader = DataLoader(Pictures(images), batch_size=spec.batch_size, shuffle=True, drop_last=True)
    losses = []
    while True:
        for real in loader:
            real = real.to(device)
            ones, zeros = torch.ones(len(real), device=device), torch.zeros(len(real), device=device)
            adam_d.zero_grad()
            loss_real = bce(critic(real), ones)
            loss_real.backward()
            fake = generator(torch.randn(len(real), 100, device=device))
            loss_fake = bce(critic(fake.detach()), zeros)
            loss_fake.backward()
            adam_d.step()
            adam_g.zero_grad()
            loss_g = bce(critic(fake), ones)
            loss_g.backward()
            adam_g.step()
            losses.append((loss_real.item() + loss_fake.item(), loss_g.item()))
            yield len(real)


def pictures_for(spec: MemberSpec) -> data.Dataset:
    """Return the glyphs, or where pictures would have to be fetched, noise of their shape: it takes as long."""
    if spec.dataset == "glyphs":
        return load_dataset("glyphs")
    examples = torch.randint(
        0, 256, (4_096, *spec.shape), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
    return data.Dataset(spec.dataset, examples, None, (), data.divided(len(examples)))


def ours(spec: MemberSpec, device: torch.device, compiled: bool = False) -> Iterator[int]:
    """Train as ganlab does; yield the images used between two events of the curve."""
    done = 0
    for event in train(spec, pictures_for(spec), device=device, compiled=compiled):
        if isinstance(event, Step):
            yield (event.step - done) * spec.batch_size
            done = event.step


def rate(work: Iterator[int], seconds: float, wait: Callable[[], None]) -> float:
    """Return images a second over about ``seconds``."""
    wait()
    start, images = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        images += next(work)
    wait()
    return images / (time.perf_counter() - start)


def ratios(medians: dict[str, float]) -> dict[str, float]:
    """Return how many times as fast as the textbook ganlab is, and as itself with its options."""
    found = {f"gain_{option}": medians[option] / medians["ours"] for option in OPTIONS}
    if "textbook" in medians:
        found |= {
            "ratio": medians["ours"] / medians["textbook"],
            "ratio_float32": medians["ours_float32"] / medians["textbook"],
        }
    return {name: round(value, 2) for name, value in found.items()}


def main() -> None:
    """Measure both loops turn by turn and print medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4, help="of each turn")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=devices.cores())
    parser.add_argument("--networks", nargs="+", choices=SPECS, default=list(SPECS))
    parser.add_argument("--no-textbook", action="store_true", help="only ganlab and its own options")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    able = devices.use_fast_products()  # as the worker does; off again for the textbook's turns
    device = devices.choose(asked.device)
    wait = torch.cuda.synchronize if device.type == "cuda" else lambda: None
    for name in asked.networks:
        spec = SPECS[name]
        loops = {"ours": ours(spec, device), "ours_float32": ours(spec, device)}
        for option, (changes, compiled) in OPTIONS.items():
            loops[option] = ours(spec.model_copy(update=changes), device, compiled)
        if not asked.no_textbook:
            loops["textbook"] = textbook(spec, pictures_for(spec).split("train")[0], device)
        rates: dict[str, list[float]] = {loop: [] for loop in loops}
        for turn in range(asked.turns + 1):
            for loop, work in loops.items():
                torch.backends.mkldnn.matmul.fp32_precision = "bf16" if able and loop in ("ours", *OPTIONS) else "ieee"
                measured = rate(work, asked.seconds if turn else 0.5, wait)
                if turn:  # first steps allocate
                    rates[loop].append(measured)
        medians = {loop: statistics.median(values) for loop, values in rates.items()}
        report(
            "images per second of training",
            network=name,
            batch_size=spec.batch_size,
            device=devices.describe(str(device)),
            threads=asked.threads,
            bfloat16_products=able,
            **{loop: round(value) for loop, value in medians.items()},
            **ratios(medians),
        )


if __name__ == "__main__":
    main()
