"""The table of the plane: members, rules, boosting and joint training at one budget, by exact measures of points.

Four members of other seeds take S steps each.  Rules fuse these four; boosting trains four one after the other, joint
training four together; each of these lines took 4 S steps, and so did the control, one member alone.  Two members of
half the points each, of S steps, show what averages do to members that know different things.  Selection learns from
validation points, measures are exact, of 2,500 points (Lin et al. 2018, arXiv:1712.04086, appendix B).
"""

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from ganlab import ensembles
from ganlab.data import load_dataset
from ganlab.data.dataset import Dataset
from ganlab.ensembles import plane
from ganlab.ensembles.loop import Begins, Of
from ganlab.ensembles.method import reseeded
from ganlab.fusion import fuse
from ganlab.members.member import Member, NetworkMember
from ganlab.metrics import toy
from ganlab.metrics.evaluate import Progress
from ganlab.spec import EnsembleSpec, MemberSpec
from ganlab.toys import density
from ganlab.toys.mixture import Mixture
from ganlab.training import Checkpoint, Live
from ganlab.training.events import Finished, Saved

MEMBERS, POINTS = 4, 2_500
_PASS = 0.25  # seconds of training between two signs of life
_JOINT_CRITICS = 2
# Line, and in how many times S steps it was trained; in the order of the table.
LINES = {
    "perfect": 0,
    "mean-member": 1,
    "best-member": MEMBERS,
    "long-member": MEMBERS,
    "average": MEMBERS,
    "median": MEMBERS,
    "parameters": MEMBERS,
    "mixture": MEMBERS,
    "selection": MEMBERS,
    "best-member+selection": MEMBERS,
    "long-member+selection": MEMBERS,
    "boosting": MEMBERS,
    "boosting+selection": MEMBERS,
    "joint": MEMBERS,
    "halves:average": 2,
    "halves:mixture": 2,
    "halves:selection": 2,
}
Numbers = dict[str, float | None]


def measuring(spec: MemberSpec, steps: int) -> Iterator[Progress | dict[str, Numbers]]:
    """Train everything of one seed, and measure every line.

    Args:
        spec: Of the first member, of a toy with modes; others follow with the next seeds.
        steps: Of each member.

    Yields:
        Progress; at the end for each line its modes, high-quality share and KL (None without a point at a mode).

    Raises:
        GanlabError: A training ran away, or cannot begin.
    """
    began, data, mixture = time.perf_counter(), load_dataset(spec.dataset), density(spec.dataset)
    work = _Work(MEMBERS + 2 * MEMBERS - 1 + MEMBERS + 2, began)
    crew = []
    for k in range(MEMBERS):
        crew.append((yield from work.trained(Live(reseeded(spec, k), data), steps, f"member-{k + 1}")))
    long = yield from work.trained(Live(reseeded(spec, MEMBERS), data), MEMBERS * steps, "long-member")
    boosted = crew[:1]
    for k in range(1, MEMBERS):
        boosted.append((yield from work.trained(plane.booster(boosted, data, spec), steps, f"boosted-{k + 1}")))
    joint, shares = yield from _together(work, spec, data, steps)
    halves = []
    for k in range(2):
        part = plane.part_of(data, plane.SETS["halves"], k)
        halves.append((yield from work.trained(Live(reseeded(spec, k), part), steps, f"half-{k + 1}")))
    alone = [_numbers(member, spec.seed, mixture) for member in crew]
    # Chosen by points that report nothing.
    best = int(np.argmax([_numbers(member, spec.seed + 1, mixture)["high_quality"] for member in crew]))
    chosen = crew[best : best + 1]
    found: dict[str, Member] = {"long-member": long}
    for rule in ("average", "median", "parameters", "mixture"):
        found[rule] = plane.fused(crew, rule)
    lines = {"selection": crew, "best-member+selection": chosen, "long-member+selection": [long]}
    for line, members in (lines | {"boosting+selection": boosted, "halves:selection": halves}).items():
        yield work.said(f"{line}: learning")
        found[line] = plane.fused(members, "selection", (), plane.select(members, (), spec.seed))
    found |= {"boosting": plane.fused(boosted, "boosting"), "joint": fuse(joint, "mixture", shares)}
    found |= {f"halves:{rule}": plane.fused(halves, rule) for rule in ("average", "mixture")}
    numbers = {line: _numbers(member, spec.seed, mixture) for line, member in found.items()}
    numbers["perfect"] = _of(mixture.sample(POINTS, spec.seed).numpy(), mixture)
    numbers |= {"mean-member": _mean(alone), "best-member": alone[best]}
    yield {line: numbers[line] for line in LINES}


@dataclass
class _Work:
    """How far all trainings are.

    Attributes:
        trainings: In all, each as long as that of a member.
        began: By the clock.
        done: Of them.
    """

    trainings: int
    began: float
    done: float = 0.0

    def said(self, doing: str, more: float = 0.0) -> Progress:
        """Return how far it is."""
        share = min(0.99, (self.done + more) / self.trainings)
        spent = time.perf_counter() - self.began
        return Progress(doing, share, spent, spent / share * (1 - share) if share > 0 else None)

    def trained(self, live: Live, steps: int, name: str) -> Generator[Progress, None, NetworkMember]:
        """Train to the end; returns the member."""
        weight = MEMBERS if name == "long-member" else 1.0
        while live.steps < steps:
            yield self.said(name, weight * live.steps / steps)
            live.advance(steps - live.steps, seconds=_PASS)
        self.done += weight
        return plane.renamed(live.member(), name)


@dataclass
class _Shelf:
    """What a joint training brings, in memory."""

    members: dict[int, NetworkMember] = field(default_factory=dict)
    checkpoints: dict[int, Checkpoint] = field(default_factory=dict)

    def finished(self, number: int) -> bool:
        return number in self.members

    def member(self, number: int) -> NetworkMember:
        return self.members[number]

    def checkpoint(self, number: int) -> Checkpoint | None:
        return self.checkpoints.get(number)


def _together(
    work: _Work, spec: MemberSpec, data: Dataset, steps: int
) -> Generator[Progress, None, tuple[list[NetworkMember], list[float]]]:
    """Train four generators at once; returns them and their shares."""
    base = spec.model_copy(update={"steps": steps, "score_every": 0, "preview_every": steps, "checkpoint_every": steps})
    asked = EnsembleSpec(method="joint", members=MEMBERS, critics=_JOINT_CRITICS, base=base)
    shelf, shares = _Shelf(), {}
    for told in ensembles.train(ensembles.resolved(asked), data, shelf):
        match told:
            case Begins():
                shares = told.weights
            case Of(number, Saved(checkpoint=checkpoint)):
                shelf.checkpoints[number] = checkpoint
            case Of(number, Finished(member=member)):
                shelf.members[number] = plane.renamed(member, f"joint-{number}")
            case Of(1, event):
                yield work.said("joint", MEMBERS * event.step / steps)
    work.done += MEMBERS
    return [shelf.members[k] for k in sorted(shelf.members)], [shares[k] for k in sorted(shares)]


@torch.inference_mode()
def _numbers(member: Member, seed: int, mixture: Mixture) -> Numbers:
    return _of(member.sample(POINTS, seed).cpu().numpy(), mixture)


def _of(points: np.ndarray, mixture: Mixture) -> Numbers:
    told = toy.told(points, mixture)
    return {"modes": told.modes, "high_quality": told.high_quality, "kl": told.kl}


def _mean(found: Sequence[Numbers]) -> Numbers:
    values = {name: [each[name] for each in found] for name in found[0]}
    return {name: None if None in each else float(np.mean(each)) for name, each in values.items()}
