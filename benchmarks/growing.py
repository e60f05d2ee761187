"""How much faster are the coarse phases of networks that grow?

Takes training steps of a growing dcgan at each of its whole levels, and of the same networks without growing, and
prints examples a second: by the clock, and by the processor, which a busy machine disturbs less.

    python -m benchmarks.growing [--side 64] [--width 16] [--steps 20] [--device cpu] [--threads 1]
"""

import argparse
import os
import time

os.environ |= {"OMP_WAIT_POLICY": "PASSIVE"}  # as the queue starts workers

import torch

from benchmarks.machine import report
from ganlab import device as devices
from ganlab.spec import MemberSpec
from ganlab.training.gan import GAN
from ganlab.training.growth import Growth


def measure(trainer: GAN, steps: int) -> tuple[float, float]:
    """Return examples a second of a trainer that stays where it is, by the clock and by the processor."""

    def step() -> None:
        here = trainer.steps
        trainer.step("both", measure_gradients=False)
        trainer.steps = here

    def now() -> tuple[float, float]:
        if trainer.device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter(), time.process_time()

    for _ in range(3):
        step()
    start = now()
    for _ in range(steps):
        step()
    clock, processor = (after - before for before, after in zip(start, now(), strict=True))
    return steps * trainer.spec.batch_size / clock, steps * trainer.spec.batch_size / processor


def main() -> None:
    """Measure every level, then plain networks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, standard in (("side", 64), ("width", 16), ("steps", 20), ("threads", 1)):
        parser.add_argument(f"--{name}", type=int, default=standard)
    parser.add_argument("--device", default="cpu")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    common = {"dataset": "folder:x", "image_size": asked.side, "width": asked.width, "critic_width": asked.width}
    device, shape = devices.choose(asked.device), (3, asked.side, asked.side)
    examples = torch.randint(0, 256, (512, *shape), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    whole, rates = 1_000_000, {}
    growing = GAN(MemberSpec(**common, steps=whole, grow=0.5).resolved(), examples, device)
    growth = Growth.of(growing.spec)
    for level, stage in enumerate(growing.spec.stages):
        growing.steps = next(step for step in range(0, whole, whole // 1_000) if growth.level(step) == level)
        rates[stage] = measure(growing, asked.steps)
    rates["not growing"] = measure(GAN(MemberSpec(**common).resolved(), examples, device), asked.steps)
    for stage, (clock, processor) in rates.items():
        report(
            "examples a second of networks that grow",
            stage=stage,
            side=asked.side,
            width=asked.width,
            threads=asked.threads,
            clock=round(clock),
            processor=round(processor),
            times=round(processor / rates["not growing"][1], 2),
        )


if __name__ == "__main__":
    main()
