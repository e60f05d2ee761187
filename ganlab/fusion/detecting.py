"""From members to a detector and how well it tells: members draw, their critics look, real test pictures report."""

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from ganlab import seeds
from ganlab.data import load_dataset, size_options
from ganlab.data.dataset import Dataset
from ganlab.errors import FusionError, MemberError, MetricError, SpecError
from ganlab.fusion.detector import Detector, calibrate
from ganlab.fusion.looks import by_critics, critics_of, leaves
from ganlab.fusion.selection.ratio import LEAST
from ganlab.images import to_uint8
from ganlab.members.member import Member
from ganlab.metrics import roc
from ganlab.metrics.evaluate import Progress
from ganlab.metrics.interval import Interval

N, MOST = 2_000, 10_000
_CHUNK = 500
_DIGITS = 5  # of a point of a curve


@dataclass(frozen=True)
class Told:
    """How well pictures of one generator are told from real ones.

    Attributes:
        generator: Who drew them.
        seen: Whether the detector was calibrated on pictures of the same member.
        auc: Of the fused vote.
        critics: The AUC of each critic alone.
        curve: The ROC curve of the fused vote: shares of real pictures taken for generated, and of drawn ones found.
    """

    generator: str
    seen: bool
    auc: Interval
    critics: tuple[float, ...]
    curve: tuple[np.ndarray, np.ndarray] = field(repr=False)


@dataclass(frozen=True)
class Detection:
    """A detector, how well it tells, and what it says of given pictures.

    Attributes:
        detector: Calibrated.
        told: A line a generator.
        chances: Of being generated, [n] of given pictures.
        votes: The same by each critic alone, [n, K].
        n_fake: Pictures that each generator drew to be told.
        n_real: Of the test split.
        seed: Of the noise.
    """

    detector: Detector = field(repr=False)
    told: tuple[Told, ...]
    chances: np.ndarray = field(repr=False)
    votes: np.ndarray = field(repr=False)
    n_fake: int
    n_real: int
    seed: int

    def facts(self) -> dict[str, Any]:
        """Return all that a program may want to know, but what given pictures are called."""
        return {
            "generators": [
                {
                    "generator": each.generator,
                    "seen": each.seen,
                    "auc": each.auc.value,
                    "auc_low": each.auc.low,
                    "auc_high": each.auc.high,
                    "critics": dict(zip(self.detector.members, each.critics, strict=True)),
                    "roc": {
                        name: each.curve[side].round(_DIGITS).tolist() for side, name in enumerate(("alarms", "found"))
                    },
                }
                for each in self.told
            ],
            "weights": dict(zip(self.detector.members, self.detector.weights.tolist(), strict=True)),
            **{name: getattr(self, name) for name in ("n_fake", "n_real", "seed")},
            "split": "test",
            "detector": self.detector.facts(),
        }


def check(n: int) -> None:
    """Refuse a number of pictures.

    Raises:
        SpecError: With what is allowed.
    """
    if not 2 * LEAST <= n <= MOST:
        raise SpecError(f"n is {n:,}; allowed: {2 * LEAST} to {MOST:,} pictures. From {N:,} on numbers are steady.")


def detecting(
    members: Sequence[Member],
    unseen: Sequence[Member] = (),
    *,
    way: str = "average",
    n: int = N,
    seed: int = 0,
    images: np.ndarray | None = None,
) -> Iterator[Progress | Detection]:
    """Calibrate the members' critics, fuse them, and tell how well they find what members drew.

    Curves and weights are fitted to up to ``n`` validation pictures and as many that the members drew, all alike;
    reported are up to ``n`` test pictures against ``n`` others of each member.

    Args:
        members: Whose critics vote; of a fused one those of its members.
        unseen: Members that the detector never saw.
        way: To fuse votes.
        n: Pictures of each kind.
        seed: Of all noise, and of the choice among real pictures.
        images: Given pictures uint8 [m, H, W, C] to vote on.

    Yields:
        Progress; at the end the Detection.

    Raises:
        GanlabError: A member has no critic, an unseen one takes part, real pictures are absent or too few.
    """
    voters = _voters(members)
    _check_unseen(members, voters, unseen)
    look, names = by_critics(voters), tuple(voter.name for voter in voters)
    data = load_dataset(members[0].card.dataset, **size_options(members[0].card.dataset, members[0].shape))
    known, reported = (_real(data, split, n, seed) for split in ("validation", "test"))
    if len(reported) < LEAST:
        raise MetricError(f"The test split of {data.name!r} has {len(reported)} pictures, too few to tell anything.")
    shares = [len(part) for part in np.array_split(np.arange(len(known)), len(members))]
    going = _Going(len(known) * 2 + len(reported) + n * (len(members) + len(unseen)))

    def seen(doing: str, blocks: Iterator[np.ndarray]) -> Generator[Progress, None, np.ndarray]:
        rows = []
        for block in blocks:
            rows.append(look(block))
            yield going.on(doing, len(block))
        return np.concatenate(rows)

    real = yield from seen("looking at real pictures", _blocks(known))
    drawn = []
    for member, share in zip(members, shares, strict=True):
        drawn.append((yield from seen(f"calibrating on {member.name}", _drawn(member, share, seed, "calibration"))))
    detector = calibrate(names, real, np.concatenate(drawn), way, seed)
    test = yield from seen("looking at real pictures", _blocks(reported))
    told = []
    for member in (*members, *unseen):
        rows = yield from seen(f"telling {member.name}", _drawn(member, n, seed, "report"))
        told.append(_told(detector, member.name, member in members, rows, test))
    rows = np.concatenate([look(block) for block in _blocks(images)]) if images is not None else test[:0]
    yield Detection(detector, tuple(told), detector(rows), detector.critics(rows), n, len(test), seed)


def _told(detector: Detector, name: str, seen: bool, drawn: np.ndarray, real: np.ndarray) -> Told:
    fused = detector(drawn), detector(real)
    alone = zip(detector.critics(drawn).T, detector.critics(real).T, strict=True)
    return Told(name, seen, roc.area(*fused), tuple(roc.auc(*each) for each in alone), roc.thinned(*roc.curve(*fused)))


def _voters(members: Sequence[Member]) -> list[Member]:
    """Return the members whose critics vote, each once."""
    voters: dict[str, Member] = {}
    for member in members:
        try:
            found = critics_of(member)
        except MemberError:
            raise MemberError(
                f"{member.name!r} has no critic that could vote: name members that were trained with one, "
                f"and {member.name!r} with --unseen."
            ) from None
        voters |= {each.name: each for each in found}
    return list(voters.values())


def _check_unseen(members: Sequence[Member], voters: Sequence[Member], unseen: Sequence[Member]) -> None:
    taking_part = {each.name for each in voters} | {name for member in members for name in _names(member)}
    for member in unseen:
        if known := taking_part & _names(member):
            raise FusionError(
                f"{member.name!r} is not unseen: the critic or the pictures of {min(known)!r} take part. Leave it out."
            )


def _names(member: Member) -> set[str]:
    return {member.name, *(leaf.name for leaf in leaves(member))}


def _real(data: Dataset, split: str, n: int, seed: int) -> np.ndarray:
    """Return at most ``n`` pictures of a split, uint8 [n, H, W, C], in an order by chance."""
    rows = data.splits[split]
    order = seeds.stream(seed, f"real-{split}").permutation(len(rows))[:n]
    return data.examples[rows[torch.from_numpy(order)]].permute(0, 2, 3, 1).contiguous().numpy()


def _blocks(images: np.ndarray) -> Iterator[np.ndarray]:
    yield from (images[start : start + _CHUNK] for start in range(0, len(images), _CHUNK))


def _drawn(member: Member, n: int, seed: int, purpose: str) -> Iterator[np.ndarray]:
    own = int(seeds.stream(seed, f"{purpose}-{member.name}").integers(2**63))
    z = member.latents(n, own)
    yield from (to_uint8(member.generate(z[start : start + _CHUNK])) for start in range(0, n, _CHUNK))


class _Going:
    """A clock that counts pictures."""

    def __init__(self, pictures: int) -> None:
        self.pictures, self.done, self.started = pictures, 0, time.perf_counter()

    def on(self, doing: str, more: int) -> Progress:
        """Return how far it is with so many more."""
        self.done += more
        spent, share = time.perf_counter() - self.started, min(1.0, self.done / self.pictures)
        return Progress(doing, share, spent, spent / share * (1 - share))
