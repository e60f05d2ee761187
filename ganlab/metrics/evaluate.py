"""Measuring: pictures stream through an extractor, only features stay, and every measure is taken of them."""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from ganlab import files
from ganlab.data import arrays
from ganlab.errors import MetricError
from ganlab.images import to_uint8
from ganlab.members.card import Measurement, Number
from ganlab.members.member import Member
from ganlab.metrics import classes, diversity, frechet, interval, kernel, neighbours, toy
from ganlab.metrics.extractor import Extractor
from ganlab.metrics.looking import CHUNK, Seen, finite, looking
from ganlab.metrics.reference import Reference
from ganlab.toys.mixture import Mixture

LEAST, MOST = 100, 100_000
_SAME = 1e-4  # features of equal pictures may differ by rounding from batch to batch
# Seconds that two cores take for all formulas on 10,000 fakes and 10,000 reals; they grow with both.
_FORMULAS = 8.0


@dataclass(frozen=True)
class Progress:
    """How far a measurement is.

    Attributes:
        doing: In a few words.
        share: Of the expected time, from 0 to 1.
        seconds: So far.
        left: Seconds still to go, as far as can be told; None before the first pictures.
    """

    doing: str
    share: float
    seconds: float
    left: float | None


@dataclass(frozen=True)
class Source:
    """Pictures to be measured.

    Attributes:
        name: What people call them.
        n: How many there are.
        draw: Gives rows ``start`` to ``stop`` as uint8 [stop - start, H, W, C].
        digest: Equal for equal pictures: features are kept under it.
    """

    name: str
    n: int
    draw: Callable[[int, int], np.ndarray] = field(repr=False)
    digest: str


def of_member(member: Member, n: int, seed: int) -> Source:
    """Return ``n`` pictures of a member from the noise of ``seed``."""
    z = member.latents(n, seed)
    digest = hashlib.sha256(f"{member.card.digest()} {seed}".encode()).hexdigest()
    return Source(member.name, n, lambda start, stop: to_uint8(member.generate(z[start:stop])), digest)


def of_images(images: np.ndarray, name: str) -> Source:
    """Return pictures uint8 [n, H, W, C] from anywhere."""
    digest = hashlib.sha256(repr(images.shape).encode() + np.ascontiguousarray(images).tobytes()).hexdigest()
    return Source(name, len(images), lambda start, stop: images[start:stop], digest)


def evaluating(
    source: Source, extractor: Extractor, reference: Reference, split: str = "test", *, seed: int = 0, keep: bool = True
) -> Iterator[Progress | Measurement]:
    """Measure pictures with everything that an extractor can tell.

    Args:
        source: The pictures.
        extractor: What sees them.
        reference: What it sees in real ones.
        split: Of the real pictures; ``test`` reports, ``validation`` chooses.
        seed: Stated beside the numbers; also of resampling.
        keep: Keep features in the workspace, and use those kept.

    Yields:
        Progress; at the end the Measurement.

    Raises:
        MetricError: Too few pictures, of another size, or features that are not finite.
    """
    real = reference.split(split)
    check_counts(source.n, len(real))
    numbers: dict[str, Number] = {}
    known = _known_floors(extractor, reference, source.n, split)
    found: dict[str, Number] = {}  # of real pictures, if they must be measured first
    started = time.perf_counter()
    formulas = (0.5 + _FORMULAS * max(source.n, len(real)) ** 2 / 1e8) * (2 if known is None else 1)
    seen = None
    for step in looking(source, extractor, keep=keep):
        if isinstance(step, Seen):
            seen = step
        else:
            spent = time.perf_counter() - started
            drawing = spent / step * source.n
            yield Progress("drawing", spent / (drawing + formulas), spent, drawing - spent + formulas)
    began = time.perf_counter()
    whole = began - started + formulas
    taking = [(numbers, _numbers(seen.features, real, reference, extractor, seed=seed))]
    if known is None:
        taking.append((found, _floor_numbers(extractor, reference, source.n, split)))
    for place, (into, steps) in enumerate(taking):
        for doing, each, part in steps:
            into |= each
            share, spent = (place + part) / len(taking), time.perf_counter() - began
            left = max(0.0, formulas - spent) if share < 0.5 else spent / share * (1 - share)
            yield Progress(doing, (began - started + formulas * share) / whole, spent + began - started, left)
    numbers["ms_ssim"] = _number(seen.ms_ssim)
    numbers["sharpness"] = _number(interval.of_mean(seen.sharpness, 0))
    yield Measurement(
        extractor=extractor.name,
        n_fake=source.n,
        n_real=len(real),
        split=split,
        seed=seed,
        numbers=numbers,
        floors=_keep_floors(found, extractor, reference, source.n, split) if known is None else known,
        **_histograms(seen.features, real, reference, extractor),
        notes=tuple(_notes(source, seen, real, extractor, reference)),
    )


def evaluate(
    source: Source, extractor: Extractor, reference: Reference, split: str = "test", *, seed: int = 0, keep: bool = True
) -> Measurement:
    """Measure pictures and wait for it; see ``evaluating``."""
    *_, measured = evaluating(source, extractor, reference, split, seed=seed, keep=keep)
    return measured


def quick(source: Source, extractor: Extractor, reference: Reference, split: str, seed: int = 0) -> dict[str, float]:
    """Return the few numbers that a training watches: ``fid``, ``diversity``, and with classes ``modes``.

    No intervals, nothing kept: 500 pictures take a fraction of a second.

    Raises:
        MetricError: The pictures do not fit the extractor, there is one only, or features are not finite.
    """
    real = reference.split(split)
    if min(source.n, len(real)) < 2:
        raise MetricError(f"{source.name}: at least two pictures and two real ones are needed to compare them.")
    images = np.concatenate([source.draw(start, min(start + CHUNK, source.n)) for start in range(0, source.n, CHUNK)])
    features = finite(extractor.features(images), source.name)
    found = {
        "fid": frechet.frechet_distance(frechet.moments(features), frechet.moments(real)),
        "diversity": diversity.pairwise_distance(features).value,
    }
    if knows_classes(extractor, reference):
        fake_shares, real_shares = (classes.shares(extractor.probabilities(rows)) for rows in (features, real))
        found["modes"] = float(classes.modes(fake_shares, real_shares))
    return found


def floors(extractor: Extractor, reference: Reference, n: int, split: str) -> dict[str, float]:
    """Return what real training pictures reach at the same number, measure by measure."""
    known = _known_floors(extractor, reference, n, split)
    if known is not None:
        return known
    found: dict[str, Number] = {}
    for _, numbers, _ in _floor_numbers(extractor, reference, n, split):
        found |= numbers
    return _keep_floors(found, extractor, reference, n, split)


def measure_points(points: np.ndarray, mixture: Mixture, seed: int = 0, n_real: int = 100_000) -> Measurement:
    """Measure points float32 [n, 2] against the exact density they should follow.

    Raises:
        MetricError: Too few points, or some that are not finite.
    """
    check_counts(len(points), LEAST, "points")
    points = finite(points, "the points")
    numbers = {"log_likelihood": _number(toy.log_likelihood(points, mixture))}
    perfect = mixture.sample(n_real, seed=1).numpy()
    known = {"log_likelihood": float(toy.log_likelihood(perfect, mixture).value)}
    shares: dict[str, tuple[float, ...]] = {}
    if mixture.modes is not None:
        which, weights = toy.nearest_modes(points, mixture), mixture.weights.numpy()
        numbers["modes"] = Number(value=toy.modes(which))
        numbers["high_quality"] = _number(toy.high_quality(which))
        divergence = toy.reverse_kl(which, weights, seed)
        if divergence is not None:
            numbers["reverse_kl"] = _number(divergence)
        known |= {"modes": float(len(weights)), "high_quality": toy.PERFECT_SHARE}
        known["reverse_kl"] = classes.kl_floor(len(weights), max(1, int((which >= 0).sum())))
        hits = np.bincount(which[which >= 0], minlength=len(weights)) / max(1, (which >= 0).sum())
        shares = {"class_shares": tuple(hits.tolist()), "real_shares": tuple(weights.tolist())}
    return Measurement(
        extractor="exact density",
        n_fake=len(points),
        n_real=n_real,
        split="test",
        seed=seed,
        numbers=numbers,
        floors=known,
        **shares,
    )


def knows_classes(extractor: Extractor, reference: Reference) -> bool:
    """Return whether an extractor's classes are those of the pictures; a lent one's are of another set."""
    return bool(extractor.card.classes) and extractor.card.dataset == reference.dataset


def check_counts(fake: int, real: int, what: str = "pictures") -> None:
    """Refuse numbers of pictures, or of ``what`` else, that no measure makes sense of.

    Raises:
        MetricError: There are too few, or more than fit.
    """
    if not LEAST <= fake <= MOST:
        raise MetricError(
            f"{fake:,} {what} cannot be measured: give {LEAST:,} to {MOST:,}; from 5,000 on numbers are steady."
        )
    if real < LEAST:
        raise MetricError(f"Only {real:,} real pictures to measure against: at least {LEAST:,} are needed.")


def hash_of(rows: np.ndarray) -> str:
    """Return a digest of an array's content."""
    return hashlib.sha256(np.ascontiguousarray(rows).tobytes()).hexdigest()


def _known_floors(extractor: Extractor, reference: Reference, n: int, split: str) -> dict[str, float] | None:
    """Return the floors if they are known, or there are none; None if they must be measured."""
    train = reference.features["train"][:n]
    if split == "train" or len(train) < LEAST:
        return {}
    if reference.dataset == extractor.card.dataset and (shipped := extractor.card.floors.get(f"{split}-{len(train)}")):
        return shipped
    stored = arrays.read(_floors_path(extractor, reference, n, split))
    return None if stored is None else {name: float(value) for name, value in stored.items()}


def _floor_numbers(
    extractor: Extractor, reference: Reference, n: int, split: str
) -> Iterator[tuple[str, dict[str, Number], float]]:
    train, real = reference.features["train"][:n], reference.split(split)
    for doing, numbers, share in _numbers(train, real, reference, extractor, seed=0, copying=False):
        yield f"real pictures: {doing}", numbers, share


def _keep_floors(
    numbers: dict[str, Number], extractor: Extractor, reference: Reference, n: int, split: str
) -> dict[str, float]:
    found = {name: number.value for name, number in numbers.items()} | reference.pixels
    path = _floors_path(extractor, reference, n, split)
    arrays.write(path, {name: np.float64(value) for name, value in found.items()})
    return found


def _floors_path(extractor: Extractor, reference: Reference, n: int, split: str) -> files.Path:
    rows = (reference.features["train"][:n], reference.split(split))
    stamp = [extractor.card.weights_sha256, reference.dataset, split, *map(hash_of, rows)]
    return files.home() / "cache" / "floors" / f"{hashlib.sha256(repr(stamp).encode()).hexdigest()[:24]}.npz"


def _numbers(
    fake: np.ndarray, real: np.ndarray, reference: Reference, extractor: Extractor, *, seed: int, copying: bool = True
) -> Iterator[tuple[str, dict[str, Number], float]]:
    """Yield what was done, the numbers it gave, and the share of all formulas done by then."""
    yield "Fréchet distance", {"fid": _number(frechet.fid(fake, real, seed))}, 0.2
    kid = kernel.kid(fake, real, seed)
    yield "kernel distance", {"kid": _number(kid.interval), "kid_std": Number(value=kid.std)}, 0.5
    near = neighbours.fidelity(neighbours.manifold(fake), neighbours.manifold(real))
    yield "precision and recall", {name: _number(value) for name, value in vars(near).items()}, 0.8
    yield "diversity", {"diversity": _number(diversity.pairwise_distance(fake))}, 0.9
    train = reference.features["train"]
    if copying and len(train) >= LEAST:
        yield "nearest training pictures", {"nearness": _number(neighbours.nearness(fake, real, train))}, 0.95
    probabilities = extractor.probabilities(fake)
    found = {}
    if probabilities is not None:
        found["inception_score"] = _number(classes.inception_score(probabilities, seed))
    if knows_classes(extractor, reference):
        shares = classes.shares(extractor.probabilities(real))
        found["modes"] = Number(value=classes.modes(classes.shares(probabilities), shares))
        found["class_kl"] = _number(classes.class_kl(probabilities, shares, seed))
    yield "classes", found, 1.0


def _histograms(
    fake: np.ndarray, real: np.ndarray, reference: Reference, extractor: Extractor
) -> dict[str, tuple[float, ...]]:
    if not knows_classes(extractor, reference):
        return {}
    both = (classes.shares(extractor.probabilities(rows)) for rows in (fake, real))
    return dict(zip(("class_shares", "real_shares"), (tuple(each.tolist()) for each in both), strict=True))


def _notes(source: Source, seen: Seen, real: np.ndarray, extractor: Extractor, reference: Reference) -> Iterator[str]:
    """Yield what must be said beside the numbers."""
    if np.ptp(seen.features, axis=0).max() < _SAME:
        yield f"All {source.n:,} pictures are the same one: complete mode collapse."
    if reference.dataset != extractor.card.dataset:
        yield f"{extractor.name} was not trained on {reference.dataset}: numbers compare only among themselves."
    floor = len(reference.features["train"])
    if min(source.n, len(real)) < 5_000:
        known = "compare it with what real ones reach" if floor >= LEAST else _bias(source.n, real)
        yield f"With {source.n:,} against {len(real):,} pictures FID is too large: {known}."
    if LEAST <= floor < source.n:
        yield f"Real ones are measured by the {floor:,} training pictures there are, not by {source.n:,}."


def _bias(n: int, real: np.ndarray) -> str:
    most = frechet.bias(frechet.moments(real).covariance, n, len(real))
    return f"for two clouds like the real one by about {most:.2g}"


def _number(value: interval.Interval) -> Number:
    return Number(value=value.value, low=value.low, high=value.high)
