"""The table of fusions: every rule on the shipped members of a dataset, measured on test pictures.

Weights and rules learn from validation pictures only, test pictures report.  Every line has the same number of
pictures, and is the mean over several seeds: of the noise, and of all that is fitted.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ganlab.fusion import RULES, fuse
from ganlab.fusion.fitted import counted
from ganlab.fusion.fitting import fitting
from ganlab.fusion.ground import Ground
from ganlab.fusion.learning import Learned, learning
from ganlab.fusion.plan import LEARNED, SIZE, Row
from ganlab.images import to_uint8
from ganlab.members.member import Member
from ganlab.metrics.evaluate import Progress
from ganlab.metrics.extractor import Extractor
from ganlab.metrics.frechet import fid
from ganlab.metrics.interval import Interval
from ganlab.metrics.kernel import kid
from ganlab.metrics.looking import finite
from ganlab.metrics.neighbours import fidelity, manifold
from ganlab.metrics.reference import Reference
from ganlab.training.events import Controls

SPLIT = "test"
_CHUNK, _TIMED = 500, 64


@dataclass(frozen=True)
class Eyes:
    """What looks: the first extractor, which fits may use, and the second, which none does."""

    first: tuple[Extractor, Reference]
    second: tuple[Extractor, Reference]

    def on(self, device: torch.device) -> "Eyes":
        """Return the same eyes on a device."""
        return Eyes(*((extractor.on(device), reference) for extractor, reference in (self.first, self.second)))


@dataclass(frozen=True)
class Measuring:
    """The measuring of a line with one seed, as work for a place; arguments are those of ``measuring``."""

    row: Row
    members: Sequence[Member]
    eyes: Eyes
    learned: Sequence[float]
    n: int
    seed: int

    def __call__(self, device: torch.device, controls: Controls) -> Iterator[Progress | dict[str, float]]:
        """Measure where the work is."""
        members = [member.on(device) for member in self.members]
        yield from measuring(self.row, members, self.eyes.on(device), self.learned, n=self.n, seed=self.seed)


def ranking(members: Sequence[Member], eyes: Eyes, n: int) -> Iterator[Progress | tuple[list[int], tuple[float, ...]]]:
    """Rank candidates by FID on validation pictures, and learn the shares of a mixture of the best.

    Yields:
        Progress; at the end the places of all, the best first, and the shares of the first ``SIZE`` of them.
    """
    told: Learned | None = None
    for told in learning(members, *eyes.first, "fid", n=n, seed=0):
        if isinstance(told, Progress):
            yield told
    order = [int(place) for place in np.argsort(told.alone["fid"], kind="stable")]
    for told in learning([members[place] for place in order[:SIZE]], *eyes.first, "kid", n=n, seed=0):
        if isinstance(told, Progress):
            yield told
    yield order, told.weights


def measuring(
    row: Row, members: Sequence[Member], eyes: Eyes, learned: Sequence[float], *, n: int, seed: int
) -> Iterator[Progress | dict[str, float]]:
    """Measure a line with one seed.

    Args:
        row: What to fuse.
        members: Those it names, loaded.
        eyes: What looks.
        learned: The shares that stand for ``LEARNED``.
        n: Pictures, in all.
        seed: Of noise and fits.

    Yields:
        Progress; at the end the numbers by name.

    Raises:
        GanlabError: It cannot be fused, or its features are not finite.
    """
    if row.rule is None:
        found = []
        for member in members:
            found.append(_measured(member, eyes, n=n, seed=seed))
            yield Progress(f"{row.name}: {member.name}", len(found) / len(members), 0.0, None)
        yield {name: float(np.mean([each[name] for each in found])) for name in found[0]}
        return
    weights, fit = tuple(learned) if row.weights == LEARNED else tuple(row.weights), None
    if RULES[row.rule].facts.get("fitted"):
        ground = Ground(members[0], *eyes.first, seed)
        for fit in fitting(members, row.rule, ground, weights, row.options):
            if isinstance(fit, Progress):
                yield Progress(f"{row.name}: {fit.doing}", fit.share / 2, fit.seconds, None)
    fused = fuse(members, row.rule, weights, row.name.replace(":", "-").replace("+", "-"), row.options, fit=fit)
    yield Progress(f"{row.name}: measuring", 0.5, 0.0, None)
    yield _measured(fused, eyes, n=n, seed=seed)


@torch.inference_mode()
def _measured(member: Member, eyes: Eyes, *, n: int, seed: int) -> dict[str, float]:
    z, seen, candidates = member.latents(n, seed), ([], []), 0
    for start in range(0, n, _CHUNK):
        drawn, count = counted(member, z[start : start + _CHUNK])
        images, candidates = to_uint8(drawn), candidates + count
        for rows, (extractor, _) in zip(seen, (eyes.first, eyes.second), strict=True):
            rows.append(extractor.features(images))
    first, second = (finite(np.concatenate(rows), member.name) for rows in seen)
    real, unseen = eyes.first[1].split(SPLIT), eyes.second[1].split(SPLIT)
    distance: Interval = fid(first, real, seed)
    near, far = (fidelity(manifold(fake), manifold(true)) for fake, true in ((first, real), (second, unseen)))
    return {
        "fid": distance.value,
        "fid_low": distance.low,
        "fid_high": distance.high,
        "fid_second": fid(second, unseen, seed, repeats=2).value,
        "kid": kid(first, real, seed).interval.value,
        "precision": near.precision.value,
        "recall": near.recall.value,
        "recall_second": far.recall.value,
        "coverage": near.coverage.value,
        "candidates_per_image": candidates / n,
        "ms_per_image": _milliseconds(member, z[:_TIMED]),
    }


def _milliseconds(member: Member, z: np.ndarray) -> float:
    """Return how long a picture takes, of the quickest of three times 64."""
    times = []
    for _ in range(3):
        began = time.perf_counter()
        member.generate(z)
        times.append(time.perf_counter() - began)
    return 1000 * min(times) / len(z)
