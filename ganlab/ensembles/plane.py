"""Members in the plane that go together, trained in seconds, and every rule that makes sense on points beside them.

    halves      two GANs, each trained on one half of the points: each lost half of the modes
    quarters    four GANs, each on a quarter
    gap         two GANs that never saw a quarter, the same one: nobody knows its modes
    seeds       two GANs of all points, from other first weights
    relatives   the same two, but they were one until half of their training

Parts are cut by the angle around the middle of the points.  Nothing is canned: members are trained where they are
asked for, a few steps at a time.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ganlab.data.dataset import Dataset
from ganlab.ensembles import METHODS, resolved
from ganlab.ensembles.loop import with_rows
from ganlab.ensembles.method import reseeded
from ganlab.errors import FusionError
from ganlab.fusion import fuse, misfit
from ganlab.fusion.fitted import Fitted
from ganlab.fusion.fitting import fits
from ganlab.fusion.ground import Ground
from ganlab.members.member import Member, NetworkMember
from ganlab.spec import EnsembleSpec, MemberSpec
from ganlab.training import Live

CUT = math.pi / 8  # between two modes of the ring
# In the order in which people meet them; boosting trains one more member, and is a mixture then.
RULES = ("average", "weighted_average", "median", "parameters", "mixture", "selection", "boosting")
SELECTED = {"estimator": "boosted", "acceptance": "rejection", "cost": 5}  # trees find borders of narrow heaps
FORCED = {"force": 1}  # strangers, too: to see it fail is the lesson
_TAUGHT, _WEIGHED, _RATIO = 2_500, 8_000, "boosted"


@dataclass(frozen=True)
class Way:
    """How the members of a set come to differ.

    Attributes:
        members: How many.
        sees: Whether member k, from 0, sees a point at angle a from 0 to 2 pi; None sees all.
        kin: They are one until half of their training.
    """

    members: int
    sees: Callable[[int, np.ndarray], np.ndarray] | None = None
    kin: bool = False


SETS = {
    "halves": Way(2, lambda k, angle: angle // math.pi == k),
    "quarters": Way(4, lambda k, angle: angle // (math.pi / 2) == k),
    "gap": Way(2, lambda k, angle: angle < 1.5 * math.pi),
    "seeds": Way(2),
    "relatives": Way(2, kin=True),
}


def part_of(data: Dataset, way: Way, k: int) -> Dataset:
    """Return what member ``k``, from 0, sees of a dataset of points."""
    if way.sees is None:
        return data
    points = data.split("train")[0].double().numpy()
    middle = (points.max(0) + points.min(0)) / 2
    angle = np.mod(np.arctan2(*(points - middle).T[::-1]) - CUT, 2 * math.pi)
    return with_rows(data, np.flatnonzero(way.sees(k, angle)))


class Crew:
    """The members of a set while they are trained, and after.

    Args:
        spec: Of the first member; the others follow with the next seeds.
        data: The spec's dataset.
        way: A name out of ``SETS``.
        steps: For each member.

    Attributes:
        lives: A training each; of relatives one and the same until they part.

    Raises:
        SpecError: A part of the data is smaller than a batch.
    """

    def __init__(self, spec: MemberSpec, data: Dataset, way: str, steps: int) -> None:
        self.spec, self.data, self.name, self.way, self.steps = spec.resolved(), data, way, SETS[way], steps
        if self.way.kin:
            self.lives = [Live(self.spec, data)] * self.way.members
        else:
            parts = [part_of(data, self.way, k) for k in range(self.way.members)]
            self.lives = [Live(reseeded(self.spec, k), part) for k, part in enumerate(parts)]
        self._members: list[Member] | None = None

    @property
    def done(self) -> bool:
        """Whether all are trained."""
        return all(live.steps >= self.steps for live in self.lives)

    def advance(self, seconds: float) -> None:
        """Train those that are behind, for about so long."""
        if self.way.kin and self.lives[0] is self.lives[1] and self.lives[0].steps >= self.steps // 2:
            self._part()
        behind = list({id(live): live for live in self.lives if live.steps < self.steps}.values())
        for live in behind:
            until = self.steps // 2 if live is self.lives[0] is self.lives[-1] else self.steps
            live.advance(until - live.steps, seconds=seconds / len(behind))

    def members(self) -> list[Member]:
        """Return the trained members, named after the set.

        Raises:
            FusionError: They are not trained yet.
        """
        if not self.done:
            raise FusionError("The members are still being trained: let that end first.")
        self._members = self._members or [
            renamed(live.member(), f"{self.name}-{k}") for k, live in enumerate(self.lives, 1)
        ]
        return self._members

    def _part(self) -> None:
        """Let relatives go on apart, each with chance of its own."""
        grown = self.lives[0].trainer.checkpoint()
        self.lives = [Live(reseeded(self.spec, k), self.data) for k in range(self.way.members)]
        for k, live in enumerate(self.lives):
            live.trainer.restore(grown)
            live.trainer.rng.manual_seed((self.spec.seed + k + 2**32) % 2**63)


def renamed(member: NetworkMember, name: str) -> NetworkMember:
    """Return a member under another name."""
    return NetworkMember(member.card.model_copy(update={"name": name}), member.networks, member.device)


def select(members: Sequence[Member], weights: Sequence[float] = (), seed: int = 0) -> Fitted:
    """Return the fit of a selection to members, from 2,500 validation points.

    Raises:
        FusionError: Nothing that they draw is anything like a real point.
    """
    ground = Ground.of_points(members[0], seed, _TAUGHT)
    (*_, found) = fits(members, "selection", ground, tuple(weights), SELECTED)
    return found


def booster(members: Sequence[Member], data: Dataset, spec: MemberSpec) -> Live:
    """Return the training, not begun, of a member that learns what the equal mixture of members draws too rarely.

    Args:
        members: At least one.
        data: What they draw.
        spec: Of the new member; its seed is moved on by as many as there are.

    Raises:
        FusionError: Nothing that they draw is anything like a real point.
    """
    asked = EnsembleSpec(method="boosting", members=len(members) + 1, ratio=_RATIO, base=spec)
    data = with_rows(data, np.arange(min(_WEIGHED, len(data.splits["train"]))))  # in the plane more say no more
    plan = METHODS["boosting"].load()(resolved(asked), data, torch.device("cpu"), lambda _: None)
    part = plan.part(len(members) + 1, _Finished(members))
    return Live(part.spec, with_rows(data, part.rows))


def fused(members: Sequence[Member], rule: str, weights: Sequence[float] = (), fit: Fitted | None = None) -> Member:
    """Return members fused by a rule out of ``RULES``.

    Args:
        members: For ``boosting`` with the boosted one at the end.
        rule: Its name.
        weights: One a member; rules that count all alike, and boosting, leave them out.
        fit: Of ``selection``.

    Raises:
        FusionError: The rule does not fit them.
    """
    given = () if rule in ("average", "boosting") else tuple(weights)
    if rule == "selection":
        return fuse(members, rule, given, options=SELECTED, fit=fit)
    if rule == "parameters":
        return fuse(members, rule, given, options=FORCED)
    return fuse(members, "mixture" if rule == "boosting" else rule, given)


def unfit(members: Sequence[Member], weights: Sequence[float] = ()) -> Mapping[str, str]:
    """Return why rules out of ``RULES`` cannot fuse members, by name; none where all can."""
    cards, found = [member.card for member in members], {}
    for rule in RULES:
        given = () if rule in ("average", "boosting") else tuple(weights)
        options = {"parameters": FORCED, "selection": SELECTED}.get(rule, {})
        if fault := misfit("mixture" if rule == "boosting" else rule, cards, given, options):
            found[rule] = fault
    return found


@dataclass(frozen=True)
class _Finished:
    """Members that a plan may look at."""

    members: Sequence[Member]

    def finished(self, number: int) -> bool:
        return number <= len(self.members)

    def member(self, number: int) -> Member:
        return self.members[number - 1]

    def checkpoint(self, number: int) -> None:
        return None
