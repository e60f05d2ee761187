"""Data augmentation: whether pictures of a member help a classifier that has few real ones.

For each seed a few real training pictures of each class are picked, and one small network learns from them three
times, from the same first weights and for the same number of steps: from them alone, from them moved by up to two
pixels (what costs nothing, and so the rival to beat), and from batches that are half pictures of the member.
Accuracy is that on the real test split.

Pictures need labels.  A conditional member is asked for classes; those of others are labelled by the network that
learned from the same few alone, so that no arm sees more labels than another.  A teacher that has seen all labels
is an unfair upper bound, and the result says so.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from scipy.special import stdtrit
from torch import Tensor, nn

from ganlab.data.batches import AUGMENTATIONS
from ganlab.data.dataset import Dataset
from ganlab.errors import MetricError, SpecError
from ganlab.images import to_uint8
from ganlab.members.member import Member
from ganlab.metrics.evaluate import LEAST, Progress
from ganlab.metrics.extractor import Extractor
from ganlab.metrics.interval import Interval

ARMS = {"few": "few real pictures", "shifted": "the same moved about", "added": "the same and added ones"}
STEPS = 200
MOST_PER_CLASS = 5_000
LEAST_ADDED, MOST_ADDED = 10, 50_000
LEAST_SEEDS, MOST_SEEDS = 3, 50  # fewer seeds tell nothing beside chance
_BATCH, _RATE = 64, 1e-3
_CHUNK = 1_000  # pictures looked at or drawn at once


@dataclass(frozen=True)
class Augmentation:
    """What came of it.

    Attributes:
        member: Whose pictures were added.
        dataset: Of the real pictures.
        per_class: Real training pictures a class.
        added: Pictures of the member.
        labels: Where those have their classes from: ``asked`` of a conditional member, told by the network that
            learned from the same ``few`` real ones, or by an ``extractor`` that has seen all labels.
        extractor: Its name, if so.
        n_test: Real test pictures.
        seeds: One a repetition.
        accuracies: For each of ``ARMS`` the share of right answers, in the order of the seeds.
        steps: Of every arm.
    """

    member: str
    dataset: str
    per_class: int
    added: int
    labels: str
    extractor: str | None
    n_test: int
    seeds: tuple[int, ...]
    accuracies: dict[str, tuple[float, ...]]
    steps: int = STEPS

    @property
    def fair(self) -> bool:
        """Whether no arm has seen more labels than another."""
        return self.extractor is None

    def accuracy(self, arm: str) -> Interval:
        """Return the mean accuracy of an arm."""
        return mean(self.accuracies[arm], 0, 1)

    def gain(self, arm: str) -> Interval:
        """Return by how much an arm beats the few real pictures alone, seed by seed."""
        alone = self.accuracies["few"]
        return mean([mine - theirs for mine, theirs in zip(self.accuracies[arm], alone, strict=True)], -1, 1)

    @property
    def helps(self) -> bool:
        """Whether the member's pictures help beyond chance: the whole interval of the gain lies above 0."""
        return self.gain("added").low > 0


def mean(values: list[float] | tuple[float, ...], least: float, most: float) -> Interval:
    """Return the mean of a few values with its 95 % interval by Student's t (1908), within bounds."""
    count, middle = len(values), float(np.mean(values))
    reach = float(stdtrit(count - 1, 0.975) * np.std(values, ddof=1) / np.sqrt(count))
    return Interval(middle, max(least, middle - reach), min(most, middle + reach))


def augmenting(
    member: Member,
    data: Dataset,
    *,
    per_class: int = 20,
    added: int = 1_000,
    repeats: int = 3,
    seed: int = 0,
    teacher: Extractor | None = None,
) -> Iterator[Progress | Augmentation]:
    """Find out whether a member's pictures help.

    Args:
        member: Whose pictures are added.
        data: What it was trained on, with labels.
        per_class: Real training pictures a class.
        added: Pictures of the member.
        repeats: How often, each time with other pictures and first weights.
        seed: Of the first repetition; the next ones count on.
        teacher: Labels the member's pictures, though it has seen all labels: unfair.

    Yields:
        Progress; at the end the Augmentation.

    Raises:
        SpecError: A number that is not allowed.
        MetricError: Points, no labels, too few pictures, or a teacher of other classes.
    """
    check_numbers(per_class, added, repeats)
    _check_data(data, per_class, teacher)
    test, answers = data.split("test")
    seeds = tuple(range(seed, seed + repeats))
    found: dict[str, list[float]] = {arm: [] for arm in ARMS}
    started, done, total = time.perf_counter(), 0, repeats * len(ARMS) * STEPS

    def told(doing: str) -> Progress:
        seconds = time.perf_counter() - started
        return Progress(doing, done / total, seconds, seconds / done * (total - done) if done else None)

    for each in seeds:
        few, alone, theirs = _few(data, per_class, each), None, None
        for arm, what in ARMS.items():
            if arm == "added":
                yield told(f"drawing {added:,} pictures")
                theirs = _drawn(member, len(data.classes), added, each, teacher or alone)
            network = _network(data.shape, len(data.classes), each).to(member.device)
            for step in _learning(network, few, theirs, each, shifted=arm == "shifted"):
                done += 1
                if step % 20 == 0:
                    yield told(f"learning from {what}")
            alone = alone or network
            found[arm].append(float((_answers(network, test) == answers).double().mean()))
    yield Augmentation(
        member=member.name,
        dataset=data.name,
        per_class=per_class,
        added=added,
        labels="extractor" if teacher else "asked" if member.conditional else "few",
        extractor=teacher and teacher.name,
        n_test=len(test),
        seeds=seeds,
        accuracies={arm: tuple(values) for arm, values in found.items()},
    )


def check_numbers(per_class: int, added: int, repeats: int) -> None:
    """Refuse numbers that tell nothing or would take all day.

    Raises:
        SpecError: With what is allowed.
    """
    for name, value, least, most in (
        ("per_class", per_class, 1, MOST_PER_CLASS),
        ("added", added, LEAST_ADDED, MOST_ADDED),
        ("seeds", repeats, LEAST_SEEDS, MOST_SEEDS),
    ):
        if not least <= value <= most:
            raise SpecError(f"{name} is {value:,}; allowed: {least:,} to {most:,}.")


def _check_data(data: Dataset, per_class: int, teacher: Extractor | None) -> None:
    if len(data.shape) != 3:
        raise MetricError(f"{data.name!r} holds points: there are no classes that a classifier could learn.")
    if data.labels is None or len(data.classes) < 2:
        raise MetricError(f"{data.name!r} has no labels, so no classifier can learn from it.")
    counts = torch.bincount(data.split("train")[1], minlength=len(data.classes))
    if (fewest := int(counts.min())) < per_class:
        raise MetricError(
            f"Class {data.classes[int(counts.argmin())]!r} of {data.name!r} has {fewest:,} training pictures: "
            f"{per_class:,} a class cannot be picked."
        )
    if (count := len(data.splits["test"])) < LEAST:
        raise MetricError(f"{data.name!r} has {count:,} test pictures; at least {LEAST:,} are needed to tell accuracy.")
    if teacher and (teacher.card.dataset, teacher.card.classes) != (data.name, data.classes):
        raise MetricError(f"Extractor {teacher.name!r} does not know the classes of {data.name!r}.")


def _few(data: Dataset, per_class: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return ``per_class`` training pictures of each class, uint8 [n, C, H, W], and their labels [n]."""
    examples, labels = data.split("train")
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    rows = torch.cat([order[labels[order] == each][:per_class] for each in range(len(data.classes))])
    return examples[rows], labels[rows]


def _drawn(
    member: Member, classes: int, count: int, seed: int, labeller: Extractor | nn.Module
) -> tuple[Tensor, Tensor]:
    """Return pictures of a member, uint8 [count, C, H, W], and the labels it was asked for or is given, [count]."""
    z = member.latents(count, seed)
    wanted = torch.arange(count, device=member.device) % classes
    asked = wanted if member.conditional else None
    images = np.concatenate(
        [
            to_uint8(member.generate(z[rows], None if asked is None else asked[rows]))
            for rows in (slice(start, start + _CHUNK) for start in range(0, count, _CHUNK))
        ]
    )
    pictures = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()
    if isinstance(labeller, Extractor):
        return pictures, torch.from_numpy(labeller.probabilities(labeller.features(images)).argmax(1))
    return pictures, _answers(labeller, pictures) if asked is None else asked.cpu()


def _network(shape: tuple[int, ...], classes: int, seed: int) -> nn.Sequential:
    """Return the small classifier: two convolutions, each halved by its maxima, and two dense layers.

    No batch norm: its statistics would mix real pictures with drawn ones and judge real ones by both.
    """
    channels, height, width = shape
    stride = 1 if height <= 32 else 2
    with torch.random.fork_rng(devices=[]):  # layers draw their first weights from the global stream
        torch.manual_seed(seed)
        body = nn.Sequential(
            *(nn.Conv2d(channels, 16, 5, stride, 2), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(16, 32, 5, 1, 2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        )
        side = body(torch.zeros(1, channels, height, width)).shape[1]
        return body.extend([nn.Linear(side, 128), nn.ReLU(), nn.Linear(128, classes)])


def _learning(
    network: nn.Module, few: tuple[Tensor, Tensor], added: tuple[Tensor, Tensor] | None, seed: int, *, shifted: bool
) -> Iterator[int]:
    """Take ``STEPS`` steps of Adam on cross-entropy, and yield after each how many were taken."""
    rng = torch.Generator().manual_seed(seed)
    device = next(network.parameters()).device
    optimiser = torch.optim.Adam(network.parameters(), lr=_RATE)
    for step in range(STEPS):
        images, labels = _batch(few, _BATCH if added is None else _BATCH // 2, rng)
        if shifted:
            images = AUGMENTATIONS["shift"](images, rng)
        if added is not None:
            more, theirs = _batch(added, _BATCH // 2, rng)
            images, labels = torch.cat([images, more]), torch.cat([labels, theirs])
        loss = nn.functional.cross_entropy(network(_floats(images, device)), labels.to(device))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        yield step + 1


def _batch(pictures: tuple[Tensor, Tensor], count: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    rows = torch.randint(len(pictures[0]), (count,), generator=rng)
    return pictures[0][rows], pictures[1][rows]


@torch.inference_mode()
def _answers(network: nn.Module, images: Tensor) -> Tensor:
    """Return the class that a network sees in each of uint8 [n, C, H, W] pictures, int64 [n]."""
    device = next(network.parameters()).device
    return torch.cat([network(_floats(part, device)).argmax(1).cpu() for part in images.split(_CHUNK)])


def _floats(images: Tensor, device: torch.device) -> Tensor:
    return images.to(device).float().div_(127.5).sub_(1)
