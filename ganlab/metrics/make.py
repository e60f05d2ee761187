"""How extractors are made: trained on a set's training split, judged on its test split, stored with what they see.

All kinds use AdamW under one cycle of the learning rate (Smith & Topin 2018, arXiv:1708.07120).  A
classifier minimises cross-entropy; an inpainter fills in what was cut out of a picture
(Pathak et al. 2016, arXiv:1604.07379), by mean squared error.  By contrast, where there are no classes, a network
learns which two of many views show one picture (Chen et al. 2020, arXiv:2002.05709, equation 1):

    loss = -mean_i log( exp(cos(z_i, z_j) / T) / sum_{k != i} exp(cos(z_i, z_k) / T) )

with z_j the other view of z_i's picture.  A view is a crop of at least three quarters of the side with a square
blanked: smaller crops teach that place does not matter, and rotations are told apart without looking closely where
all faces stand upright.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np
import torch
from torch import Tensor, nn

from ganlab.data.batches import AUGMENTATIONS
from ganlab.data.dataset import Dataset
from ganlab.errors import MetricError
from ganlab.members.card import now, versions
from ganlab.metrics.extractor import Extractor, ExtractorCard, Kind, Scaled, build

_BATCH = 128
_RATE = {"classifier": 4e-3, "contrast": 4e-3, "inpainter": 2e-3}
_TEMPERATURE, _LEAST_CROP = 0.2, 0.75
_LEAST = 20  # training pictures below which nothing is learned that could measure
# Left and right may be swapped in pictures of clothes, land, things and faces, not in those of writing.
_MAY_FLIP = ("fashion_mnist", "cifar10", "eurosat", "cats64")
# Pictures of 28x28 grey that two cores see in about 30 seconds; larger ones take their share more.
_QUICK, _QUICK_PIXELS = 48_000, 28 * 28
_MOST_EPOCHS = 30


@dataclass(frozen=True)
class Progress:
    """How far the training of an extractor is: pictures seen of all, and seconds."""

    done: int
    total: int
    seconds: float


def quick_epochs(data: Dataset) -> float:
    """Return how many passes over the training split take less than a minute on two cores."""
    pixels = data.shape[1] * data.shape[2]
    return min(_MOST_EPOCHS, _QUICK * _QUICK_PIXELS / pixels / max(1, len(data.splits["train"])))


def usual_kind(data: Dataset) -> Kind:
    """Return ``classifier`` where there are classes to tell apart, else ``contrast``."""
    return "classifier" if data.labels is not None and len(data.classes) > 1 else "contrast"


def make(
    data: Dataset, name: str, kind: Kind, epochs: float, *, seed: int = 0, device: torch.device | None = None
) -> Iterator[Progress | Extractor]:
    """Train an extractor on a dataset's training split.

    Args:
        data: Pictures, with labels for a classifier.
        name: Of the extractor.
        kind: ``classifier``, ``contrast`` or ``inpainter``.
        epochs: Passes over the training split; may be a fraction.
        seed: Of first weights, order and changes.
        device: Where; the CPU by default.

    Yields:
        Progress every few steps; at the end the Extractor.

    Raises:
        MetricError: Points, too few pictures, or a classifier without classes.
    """
    device = device or torch.device("cpu")
    examples, labels = data.split("train")
    _check(data, kind, len(examples))
    total = max(1, ceil(epochs * len(examples) / _BATCH))
    facts = {"name": name, "kind": kind, "dataset": data.name, "shape": data.shape, "features": 64, "seed": seed}
    card = ExtractorCard(**facts, classes=data.classes if kind == "classifier" else (), pictures=total * _BATCH)
    with torch.random.fork_rng(devices=[]):  # layers draw their first weights from the global stream
        torch.manual_seed(seed)
        network = build(card)
    network = network.to(device, memory_format=torch.channels_last).train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=_RATE[kind], weight_decay=0.02, fused=True)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE[kind], total_steps=total, pct_start=0.2)
    rng = torch.Generator().manual_seed(seed)
    started, batches = time.perf_counter(), _batches(len(examples), rng)
    for step in range(total):
        rows = next(batches)
        images = _changed(data.name, examples[rows], rng).to(device, memory_format=torch.channels_last)
        known = labels[rows].to(device) if card.classes else None
        loss = _loss(kind, network, images.float().div_(127.5).sub_(1), known, rng)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        cycle.step()
        if step % 20 == 0 or step + 1 == total:
            yield Progress((step + 1) * _BATCH, total * _BATCH, time.perf_counter() - started)
    network.eval()
    some = torch.randperm(len(examples), generator=rng)[:10_000].sort().values
    network.fix_scale(torch.from_numpy(Extractor(card, network, device).features(_uint8(examples[some]))))
    extractor = Extractor(card, network, device)
    facts = {"seconds": time.perf_counter() - started, "versions": versions(), "created": now()}
    extractor.card = card.model_copy(update=facts | _judged(extractor, data))
    yield extractor


def _check(data: Dataset, kind: Kind, count: int) -> None:
    if len(data.shape) != 3:
        raise MetricError(f"Dataset {data.name!r} holds points: they are measured against their exact density.")
    if count < _LEAST:
        raise MetricError(
            f"Dataset {data.name!r} has {count} training pictures; an extractor needs at least {_LEAST} to learn from."
        )
    if kind == "classifier" and usual_kind(data) != "classifier":
        raise MetricError(f"Dataset {data.name!r} has no classes to tell apart: make 'contrast' of it.")


def _batches(count: int, rng: torch.Generator) -> Iterator[Tensor]:
    """Yield rows in random order, again and again; small sets are repeated within a batch."""
    left = torch.empty(0, dtype=torch.int64)
    while True:
        while len(left) < _BATCH:
            left = torch.cat([left, torch.randperm(count, generator=rng)])
        yield left[:_BATCH]
        left = left[_BATCH:]


def _changed(name: str, images: Tensor, rng: torch.Generator) -> Tensor:
    """Return pictures uint8 [n, C, H, W] moved by up to two pixels and, where that keeps their sense, mirrored."""
    if images.shape[-1] > 8:
        images = AUGMENTATIONS["shift"](images, rng)
    return AUGMENTATIONS["flip"](images, rng) if name in _MAY_FLIP else images


def _loss(kind: Kind, network: Scaled, images: Tensor, labels: Tensor | None, rng: torch.Generator) -> Tensor:
    if kind == "classifier":
        return nn.functional.cross_entropy(network.head(network.body(images)), labels)
    if kind == "inpainter":
        return nn.functional.mse_loss(network.head(network.body(_cut(images, rng))), images)
    images = images[: _BATCH // 2]  # each in two views: as many passes as for the others
    likeness = alike(network.head(network.body(torch.cat([_view(images, rng), _view(images, rng)]))))
    return nn.functional.cross_entropy(likeness / _TEMPERATURE, _partners(len(likeness)).to(images.device))


def alike(rows: Tensor) -> Tensor:
    """Return cosines between rows [n, d] as [n, n]; minus infinity between a row and itself."""
    rows = nn.functional.normalize(rows, dim=1)
    return (rows @ rows.T).fill_diagonal_(-torch.inf)


def _partners(count: int) -> Tensor:
    """Return for each of two stacked halves of views which row shows the same picture."""
    return torch.arange(count).roll(count // 2)


def _view(images: Tensor, rng: torch.Generator) -> Tensor:
    """Return pictures cropped to a part of random size and place, which is enlarged again, with a square blanked."""
    n = len(images)
    side = _LEAST_CROP + (1 - _LEAST_CROP) * torch.rand(n, generator=rng)
    middle = (2 * torch.rand(2, n, generator=rng) - 1) * (1 - side)
    zero = torch.zeros(n)
    where = torch.stack([torch.stack([side, zero, middle[0]], 1), torch.stack([zero, side, middle[1]], 1)], 1)
    grid = nn.functional.affine_grid(where.to(images.device), list(images.shape), align_corners=False)
    return _cut(nn.functional.grid_sample(images, grid, padding_mode="border", align_corners=False), rng)


def _cut(images: Tensor, rng: torch.Generator) -> Tensor:
    """Blank a square of half the side at a random place of each picture."""
    n, _, height, width = images.shape
    half = height // 2
    top, left = torch.randint(0, half + 1, (2, n, 1), generator=rng)
    rows = (torch.arange(height) >= top) & (torch.arange(height) < top + half)
    columns = (torch.arange(width) >= left) & (torch.arange(width) < left + half)
    blank = (rows[:, None, :, None] & columns[:, None, None, :]).to(images.device)
    return images.masked_fill(blank, 0.0)


def _judged(extractor: Extractor, data: Dataset) -> dict[str, float]:
    """Return the accuracy, or the error, on the test split."""
    examples, labels = data.split("test")
    if len(examples) == 0:
        return {}
    images = _uint8(examples)
    features = extractor.features(images)
    probabilities = extractor.probabilities(features)
    if extractor.card.kind == "contrast":
        return {"accuracy": _known_again(extractor, examples)}
    if probabilities is not None:
        return {"accuracy": float((probabilities.argmax(1) == labels.numpy()).mean())}
    wanted = images.transpose(0, 3, 1, 2).astype(np.float64) / 127.5 - 1
    with torch.inference_mode():
        filled = torch.cat(
            [extractor.network.read(part.to(extractor.device)).cpu() for part in torch.from_numpy(features).split(500)]
        )
    return {"error": float(((filled.double().numpy() - wanted) ** 2).mean() / wanted.var())}


@torch.inference_mode()
def _known_again(extractor: Extractor, examples: Tensor) -> float:
    """Return how often the view that is most alike is the other one of the same picture, among 64 at once."""
    rng, right = torch.Generator().manual_seed(0), []
    for part in examples.split(_BATCH // 2):
        images = part.to(extractor.device).float().div(127.5).sub(1)
        views = torch.cat([_view(images, rng), _view(images, rng)])
        best = alike(extractor.network.head(extractor.network.body(views))).argmax(1).cpu()
        right.append(best == _partners(len(best)))
    return float(torch.cat(right).float().mean())


def _uint8(examples: Tensor) -> np.ndarray:
    return examples.permute(0, 2, 3, 1).contiguous().numpy()
