"""Inception-v3 as an extractor: the network most published numbers come from (Szegedy et al. 2016, arXiv:1512.00567).

Two sets of weights, both fetched once when online, neither shipped: ``inception-v3-fid`` are the weights of the
original FID, through torch-fidelity; ``inception-v3-torchvision`` torchvision's own.  Their numbers differ from
each other, and from every extractor trained on the set itself; on 28x28 grey digits both mean little.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ganlab.errors import MetricError
from ganlab.metrics.extractor import Extractor, ExtractorCard

_FEATURES = 2048


def inception(name: str, device: torch.device | None = None) -> Extractor:
    """Return the extractor ``inception-v3-fid`` or ``inception-v3-torchvision``.

    Raises:
        MetricError: Its weights are not here and cannot be fetched.
    """
    make = {"inception-v3-fid": _Original, "inception-v3-torchvision": _Torchvision}[name]
    try:
        network = make()
    except Exception as error:  # whatever fetching, or a foreign file in their place, brings about
        where, (reason, *_) = Path(torch.hub.get_dir()) / "checkpoints", [*str(error).splitlines(), ""]
        raise MetricError(
            f"Extractor {name!r} needs weights that are not in {str(where)!r} and could not be fetched ({reason}): "
            "connect to the network and try again, or use an extractor that comes along."
        ) from None
    card = ExtractorCard(name=name, kind="inception", dataset="imagenet", shape=(3, 299, 299), features=_FEATURES)
    return _Inception(card, network, device)


class _Inception(Extractor):
    """Reads pictures of any size, grey ones as colour with three equal channels."""

    def _check(self, images: np.ndarray) -> None:
        """Accept every size: the network scales pictures to 299 pixels itself."""
        if images.ndim != 4 or images.shape[3] not in (1, 3) or images.dtype != np.uint8:
            raise MetricError(
                f"Extractor {self.name!r} reads uint8 pictures [n, height, width, 1 or 3], "
                f"not {images.dtype} {list(images.shape)}."
            )

    @torch.inference_mode()
    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Return float64 [n, classes of ImageNet] from features [n, 2048]."""
        return self.network.read(torch.from_numpy(features).to(self.device)).cpu().double().softmax(1).numpy()


class _Original(nn.Module):
    """torch-fidelity's: the weights of the original FID, scaled to 299 pixels as TensorFlow 1 did."""

    def __init__(self) -> None:
        super().__init__()
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

        self.body = FeatureExtractorInceptionV3("inception-v3-compat", ["2048"])

    def forward(self, x: Tensor) -> Tensor:
        """Return features [n, 2048] of pictures [n, C, H, W] in [-1, 1]."""
        images = x.add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8)
        return self.body(images.expand(-1, 3, -1, -1))[0]

    def read(self, features: Tensor) -> Tensor:
        """Return logits [n, 1008], without the bias, as the Inception Score is computed."""
        return features @ self.body.fc.weight.T


class _Torchvision(nn.Module):
    """torchvision's weights, pictures scaled to 299 pixels with antialiasing."""

    def __init__(self) -> None:
        super().__init__()
        from torchvision.models import Inception_V3_Weights, inception_v3

        self.body = inception_v3(weights=Inception_V3_Weights.IMAGENET1K_V1)
        self.head, self.body.fc = self.body.fc, nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Return features [n, 2048] of pictures [n, C, H, W] in [-1, 1]."""
        x = nn.functional.interpolate(x.expand(-1, 3, -1, -1), size=(299, 299), mode="bilinear", antialias=True)
        mean, std = (
            torch.tensor(each, device=x.device)[:, None, None]
            for each in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
        )
        return self.body((x.add(1).div(2) - mean) / std)

    def read(self, features: Tensor) -> Tensor:
        """Return logits [n, 1000]."""
        return self.head(features)
