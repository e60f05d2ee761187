"""What is seen in rows and in drawn ones, as numbers: an extractor's features of pictures, the places of points."""

from typing import TYPE_CHECKING

import numpy as np

from ganlab.ensembles.method import Method
from ganlab.images import to_uint8
from ganlab.metrics import shelf

if TYPE_CHECKING:
    from ganlab.data.dataset import Dataset
    from ganlab.members.member import Member
    from ganlab.metrics.extractor import Extractor


class Seeing:
    """Looks at a dataset and at members of it.

    Args:
        data: The dataset.
        extractor: Of its pictures; None for points, which are numbers already.
    """

    def __init__(self, data: "Dataset", extractor: "Extractor | None") -> None:
        self.data, self.extractor = data, extractor

    @property
    def name(self) -> str | None:
        """What sees pictures."""
        return None if self.extractor is None else self.extractor.name

    @property
    def measure(self) -> str:
        """What ``distance`` is called."""
        return "energy distance" if self.extractor is None else "fid"

    @classmethod
    def of(cls, method: Method) -> "Seeing":
        """Return what looks for a method: the dataset's usual extractor, made where there is none yet."""
        spec = method.asked.base
        if len(spec.shape) == 1:
            return cls(method.data, None)
        name = shelf.usual(spec.dataset, spec.shape)
        for step in shelf.opened(name, spec.dataset, spec.shape, method.device):
            if isinstance(step, tuple):
                method.say("looking at the training rows")
                return cls(method.data, step[0])
            method.say(f"making {name}, once: {step.done / step.total:.0%}")
        raise AssertionError("an extractor comes, or an error")

    def training_rows(self) -> np.ndarray:
        """Return what is seen in the training rows, [n, d]."""
        rows = self.data.split("train")[0]
        return rows.numpy() if self.extractor is None else self.extractor.features(rows.permute(0, 2, 3, 1).numpy())

    def drawn(self, member: "Member", n: int, seed: int) -> np.ndarray:
        """Return what is seen in ``n`` of a member's pictures of a seed, [n, d]."""
        images = member.sample(n, seed)
        return images.cpu().numpy() if self.extractor is None else self.extractor.features(to_uint8(images))

    def distance(self, drawn: np.ndarray, real: np.ndarray) -> float:
        """Return how far drawn rows are from real ones, as they are seen."""
        from ganlab.metrics.energy import energy_distance
        from ganlab.metrics.frechet import frechet_distance, moments

        if self.extractor is None:
            return energy_distance(drawn, real)
        return frechet_distance(moments(drawn), moments(real))
