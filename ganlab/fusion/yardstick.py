"""How far members draw from real validation pictures, asked again and again with the same noise."""

from collections.abc import Mapping, Sequence

import numpy as np

from ganlab.fusion import fuse
from ganlab.fusion.learned import mean_kernel
from ganlab.fusion.options import Value
from ganlab.members.member import Member
from ganlab.metrics.evaluate import check_counts, of_member
from ganlab.metrics.extractor import Extractor
from ganlab.metrics.frechet import frechet_distance, moments
from ganlab.metrics.looking import looking
from ganlab.metrics.reference import Reference

SPLIT = "validation"  # chooses; test reports


class Yardstick:
    """Distances of averaged parameters.

    Args:
        extractor: What looks.
        reference: What it sees in real pictures.
        n: Pictures drawn each time.
        seed: Of their noise.

    Raises:
        MetricError: Too few real pictures, or drawn ones.
    """

    def __init__(self, extractor: Extractor, reference: Reference, n: int, seed: int) -> None:
        self.extractor, self.n, self.seed = extractor, n, seed
        self.real = reference.split(SPLIT)
        check_counts(n, len(self.real))
        self._centre = self.real.mean(0, dtype=np.float64)
        self._moments = moments(self.real - self._centre)
        self._among_real = mean_kernel(self.real, self.real, same=True, apart=True)

    def __call__(
        self, members: Sequence[Member], weights: Sequence[float], options: Mapping[str, Value] | None = None
    ) -> dict[str, float]:
        """Return ``kid`` (without bias) and ``fid`` of the rule ``parameters``, strangers or not.

        Args:
            members: Of one architecture.
            weights: One each.
            options: Of the rule.
        """
        made = fuse(members, "parameters", weights, options={**(options or {}), "force": 1.0})
        *_, seen = looking(of_member(made, self.n, self.seed), self.extractor, keep=False)
        fake = seen.features
        among, between = mean_kernel(fake, fake, same=True, apart=True), mean_kernel(fake, self.real)
        return {
            "kid": among - 2 * between + self._among_real,
            "fid": frechet_distance(moments(fake - self._centre), self._moments),
        }
