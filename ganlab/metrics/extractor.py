"""Extractors: fixed networks that turn pictures into features, always named beside a number.

A classifier (convolutions, batch norm, cross-entropy) gives features and class probabilities.  Where there are no
classes the same network learns by contrast to tell every picture from all others.  A second extractor of the same
set, another network with another objective (it fills in what was cut out of a picture), gives features that no fit
ever uses.  The scale is part of the stored network: over the
training split features have mean 0 and together a variance of 1 each, so that numbers compare between
machines.
"""

import copy
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import safetensors.torch
import torch
from pydantic import Field
from torch import Tensor, nn

from ganlab.errors import MetricError
from ganlab.members.card import Digest, Text
from ganlab.spec import Asked

FEATURES = 64
_CHUNK, _CHUNK_CPU = 500, 64  # pictures at once: bounds memory, not results; what fits a core's cache is twice as fast

Kind = Literal["classifier", "contrast", "inpainter", "inception"]


class ExtractorCard(Asked):
    """What an extractor is and how good it is, without opening its weights.

    ``accuracy`` is a classifier's share of right answers on the test split, or how often contrast knows a picture
    again among 64; ``error`` an inpainter's mean squared error there, in units of the pictures' variance.
    """

    name: Annotated[str, Field(max_length=128)]
    kind: Kind
    dataset: Text
    shape: tuple[int, int, int] = Field(strict=False)
    features: int = Field(ge=1, le=4096)
    classes: tuple[Text, ...] = Field((), strict=False)
    floors: dict[str, dict[str, float]] = Field({}, description="Real against real, by split and number.")
    accuracy: float | None = None
    error: float | None = None
    pictures: int = Field(0, ge=0, description="Training pictures seen, repetitions counted.")
    seed: int = 0
    seconds: float | None = None
    versions: dict[str, Text] = {}
    created: Text | None = None
    licence: Text | None = None
    weights_sha256: Digest | None = None
    reference_sha256: Digest | None = None


class Extractor:
    """A network for measures, on a device.

    Attributes:
        card: What it is.
        device: Where it works.
    """

    def __init__(self, card: ExtractorCard, network: nn.Module, device: torch.device | None = None) -> None:
        self.card = card
        self.device = device or torch.device("cpu")
        self.network = network.to(self.device).eval().requires_grad_(requires_grad=False)

    @property
    def name(self) -> str:
        """Its name, as it stands beside numbers."""
        return self.card.name

    def on(self, device: torch.device) -> "Extractor":
        """Return it on a device: itself where it is there already."""
        if device == self.device:
            return self
        return type(self)(self.card, copy.deepcopy(self.network), device)

    @torch.inference_mode()
    def features(self, images: np.ndarray) -> np.ndarray:
        """Return float32 [n, features] of pictures uint8 [n, H, W, C].

        Raises:
            MetricError: The pictures are of another size or number of channels.
        """
        self._check(images)
        chunk = _CHUNK_CPU if self.device.type == "cpu" else _CHUNK
        parts = [self._some(images[start : start + chunk]) for start in range(0, len(images), chunk)]
        return np.concatenate(parts) if parts else np.empty((0, self.card.features), np.float32)

    def _check(self, images: np.ndarray) -> None:
        channels, height, width = self.card.shape
        if images.ndim != 4 or images.shape[1:] != (height, width, channels) or images.dtype != np.uint8:
            raise MetricError(
                f"Extractor {self.name!r} reads uint8 pictures [n, {height}, {width}, {channels}], "
                f"not {images.dtype} {list(images.shape)}."
            )

    def _some(self, images: np.ndarray) -> np.ndarray:
        pictures = torch.from_numpy(np.ascontiguousarray(images)).to(self.device).permute(0, 3, 1, 2)
        return self.network(pictures.float().div(127.5).sub(1)).float().cpu().numpy()

    @torch.inference_mode()
    def probabilities(self, features: np.ndarray) -> np.ndarray | None:
        """Return float64 [n, classes] from features [n, features]; None if it knows no classes."""
        if not self.card.classes:
            return None
        logits = self.network.read(torch.from_numpy(features).to(self.device))
        return logits.cpu().double().softmax(1).numpy()


class Scaled(nn.Module):
    """Layers, then features moved to mean 0 and brought to a mean variance of 1, and a head that reads them."""

    def __init__(self, body: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.body, self.head = body, head
        self.register_buffer("mean", torch.zeros(FEATURES))
        self.register_buffer("scale", torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        """Return features [n, FEATURES] of pictures [n, C, H, W] in [-1, 1]."""
        return (self.body(x) - self.mean) / self.scale

    def read(self, features: Tensor) -> Tensor:
        """Return what the head makes of features: logits [n, classes], or a whole picture [n, C, H, W]."""
        return self.head(features * self.scale + self.mean)

    @torch.no_grad()
    def fix_scale(self, features: Tensor) -> None:
        """Fix the scale by features [n, FEATURES] of the training split; what the head answers stays the same."""
        # On the CPU, where they come from: some accelerators have no float64.
        features = features.double() * self.scale.cpu().double() + self.mean.cpu().double()
        self.mean.copy_(features.mean(0).float())
        self.scale.copy_(features.var(0).mean().sqrt().float())


def classifier(shape: tuple[int, int, int], classes: int) -> Scaled:
    """Return a convolutional classifier: 3x3 convolutions with batch norm, halved until 8 pixels or less remain."""
    channels, side, _ = shape
    width, layers = 24, [*_normed(channels, 24, 1 if side <= 32 else 2)]
    side = side if side <= 32 else -(-side // 2)
    if side <= 8:
        layers += _normed(width, width, 1)
    while side > 8:
        layers += [*_normed(width, 2 * width, 2), *_normed(2 * width, 2 * width, 1)]
        width, side = 2 * width, -(-side // 2)
    body = nn.Sequential(*layers, nn.Flatten(), nn.Linear(width * side * side, FEATURES), nn.BatchNorm1d(FEATURES))
    return Scaled(body, nn.Sequential(nn.ReLU(), nn.Linear(FEATURES, classes)))


def inpainter(shape: tuple[int, int, int]) -> Scaled:
    """Return 5x5 convolutions without norms and a decoder for its head: features must tell the whole picture."""
    channels, side, _ = shape
    width, layers, inputs, start = 16, [], channels, side
    while start > 8:
        layers += [nn.Conv2d(inputs, width, 5, stride=2, padding=2), nn.SiLU()]
        inputs, width, start = width, 2 * width, -(-start // 2)
    if not layers:
        layers, inputs = [nn.Conv2d(inputs, width, 3, padding=1), nn.SiLU()], width
    body = nn.Sequential(*layers, nn.Flatten(), nn.Linear(inputs * start * start, FEATURES))
    pixels = channels * side * side
    head = nn.Sequential(nn.Linear(FEATURES, 512), nn.SiLU(), nn.Linear(512, pixels), nn.Unflatten(1, shape))
    return Scaled(body, head)


def build(card: ExtractorCard) -> Scaled:
    """Return the network of a card, its weights not yet set."""
    return inpainter(card.shape) if card.kind == "inpainter" else classifier(card.shape, len(card.classes) or FEATURES)


def read_network(card: ExtractorCard, path: Path) -> nn.Module:
    """Return the network of a card with weights from a safetensors file.

    Raises:
        MetricError: The file is not the one the card states.
    """
    with torch.device("meta"):  # no first weights, which would be drawn from the global stream
        network = build(card)
    if not card.classes:
        network.head = nn.Identity()  # what filled in or compared pictures is not kept: no measure asks for it
    try:
        tensors = safetensors.torch.load_file(path)
        network.load_state_dict(
            {key: value.float() if value.is_floating_point() else value.clone() for key, value in tensors.items()},
            assign=True,
        )
    except (OSError, safetensors.SafetensorError, RuntimeError) as error:
        reason, *_ = str(error).splitlines()  # torch lists every tensor
        raise MetricError(
            f"Extractor {card.name!r} cannot be used: its weights do not fit its card ({reason.rstrip(':')})."
        ) from None
    return network


def _normed(inputs: int, outputs: int, stride: int) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
