"""How long do rules take: 64 pictures of 28x28 from four members, given the pictures, and from noise to the end?

Rules of pictures are told in milliseconds, given what the members drew; those that are aligned or average parameters as
a multiple of the members' own forward passes (aligned: the anchor draws, the others encode and draw), in one process.

    python -m benchmarks.rules [--threads 2]
"""

import argparse
import time
from collections.abc import Callable
from statistics import median

import torch

from benchmarks.machine import report
from ganlab.fusion import RULES, fuse, load

MEMBERS = ("mnist-dcgan-ls", "mnist-dcgan-ns", "mnist-mlp", "mnist-vaegan")
KIN = ("mnist-kin-ls", "mnist-kin-ns", "mnist-kin-hinge")
N, TIMES = 64, 15


def milliseconds(work: Callable[[], object]) -> float:
    """Return the median of several times, after one that does not count."""
    work()
    times = []
    for _ in range(TIMES):
        began = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - began))
    return median(times)


def combining(rule: str) -> float:
    """Return how long a rule takes, given the members' pictures."""
    fused = fuse(MEMBERS, rule)
    z = fused.placed(fused.latents(N, 0))
    base, extra = fused.rule.split(fused.members, z)
    drawn = torch.stack([member.generate(base[:, : member.latent_dim]) for member in fused.members])
    return milliseconds(lambda: fused.rule.combine(drawn, extra))


def aligned() -> float:
    """Return how many times as long an aligned average takes as its members' own passes."""
    fused = fuse(MEMBERS, "average", options={"anchor": MEMBERS[0]})
    z = fused.latents(N, 0)
    shown = fused.members[0].generate(z)

    def own() -> None:
        fused.members[0].generate(z)
        for member in fused.members[1:]:
            member.generate(member.encode(shown))

    return milliseconds(lambda: fused.generate(z)) / milliseconds(own)


def parameters() -> float:
    """Return how many times as long relatives' mean network takes, first merged, as the members' own passes."""
    members = [load(name) for name in KIN]
    z = members[0].latents(N, 0)
    passes = milliseconds(lambda: [member.generate(z) for member in members])
    return milliseconds(lambda: fuse(members, "parameters").generate(z)) / passes


def main() -> None:
    """Print a line for all rules of pictures, and one each for the two others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    torch.set_num_threads(parser.parse_args().threads)
    given = [each.name for each in RULES if each.load().combines and not each.facts.get("fitted")]
    report("rules given the pictures, milliseconds", **{rule: round(combining(rule), 2) for rule in given})
    report("aligned average, times the members' own passes", ratio=round(aligned(), 2))
    report("averaged parameters, merged and drawn, times the members' own passes", ratio=round(parameters(), 2))


if __name__ == "__main__":
    main()
