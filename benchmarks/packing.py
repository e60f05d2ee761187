"""What does packing do to the modes that a GAN finds, and to the share of points near one?

The protocol of PacGAN (Lin et al. 2018, arXiv:1712.04086, section 4.1) in a small fraction of its 400,000 steps: the
same networks, Adam with a beta1 of 0.8, 2,500 points counted.  Its batch is 100 packs; ours counts pictures, so a
larger pack means fewer logits a step unless ``--per-pack`` says otherwise.

    python -m benchmarks.packing [--steps 3000] [--seeds 3] [--packs 1 2 4] [--datasets ring8 grid25] [--per-pack]
"""

import argparse
from statistics import fmean, stdev

import torch

from benchmarks.machine import report
from ganlab.data import load_dataset
from ganlab.metrics import toy
from ganlab.spec import MemberSpec
from ganlab.toys import TOYS
from ganlab.training import train
from ganlab.training.events import Finished

POINTS = 2_500


def measure(spec: MemberSpec) -> tuple[int, float, float | None]:
    """Train once; return modes found, the share of high quality, and the reverse KL in nats if there is one."""
    (member,) = (event.member for event in train(spec, load_dataset(spec.dataset)) if isinstance(event, Finished))
    mixture = TOYS[spec.dataset].load()()
    which = toy.nearest_modes(member.sample(POINTS, spec.seed).numpy(), mixture)
    divergence = toy.reverse_kl(which, mixture.weights.numpy(), repeats=2)
    return toy.modes(which), toy.high_quality(which).value, divergence.value if divergence else None


def told(values: tuple[float | None, ...]) -> dict[str, object]:
    """Return all values, their mean and its standard error, as far as there are any."""
    there = [value for value in values if value is not None]
    error = round(stdev(there) / len(there) ** 0.5, 3) if len(there) > 1 else None
    return {
        "seeds": [value if value is None else round(value, 3) for value in values],
        "mean": round(fmean(there), 3) if there else None,
        "error": error,
    }


def main() -> None:
    """Print for each dataset and pack the mean over seeds, with its standard error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=3_000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--batch", type=int, default=96, help="points a step")
    parser.add_argument("--rate", type=float, default=1e-3, help="learning rate of both")
    parser.add_argument("--per-pack", action="store_true", help="as many packs a step as --batch says")
    parser.add_argument("--packs", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--datasets", nargs="+", default=["ring8", "grid25"])
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    rates = {"learning_rate_generator": asked.rate, "learning_rate_critic": asked.rate, "beta1": 0.8}
    usual = {"network": "toy", "objective": "nonsaturating", "steps": asked.steps, "ema": 0.99, **rates}
    for dataset in asked.datasets:
        for pack in asked.packs:
            batch = asked.batch * (pack if asked.per_pack else 1)
            chosen = {"dataset": dataset, "pack": pack, "batch_size": batch, **usual}
            found = [measure(MemberSpec(seed=seed, **chosen)) for seed in range(asked.seeds)]
            names = ("modes", "high_quality", "reverse_kl")
            columns = {name: told(values) for name, values in zip(names, zip(*found, strict=True), strict=True)}
            report(
                "what packing does to modes",
                dataset=dataset,
                pack=pack,
                batch_size=batch,
                steps=asked.steps,
                learning_rate=asked.rate,
                points=POINTS,
                **columns,
            )


if __name__ == "__main__":
    main()
