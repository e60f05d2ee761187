"""Blending: a weighted average whose weights were fitted, on pictures that no member was trained on.

    w = argmin over the simplex of  mean_x |x - sum_k w_k R_k(x)|^2,    R_k(x) = G_k(E_k(x))

One weight a member, or one a member and pixel.  The latter are drawn towards the former by a ridge, as strongly as
held-out pictures want it.  With weights that add up to 1 the error is w' E w, where E holds the products of the
members' own errors: a quadratic form, and its least value on the simplex is exact.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ganlab.fusion.ground import Ground
from ganlab.fusion.rebuilding import RebuildingRule, rebuilt
from ganlab.fusion.simplex import least_on_simplex
from ganlab.members.member import Member
from ganlab.metrics.evaluate import Progress

_RIDGES = (0.01, 0.1, 1.0, 10.0)  # times the mean squared error


@dataclass(frozen=True)
class Blending(RebuildingRule):
    """The fitted weighted mean.

    Attributes:
        per: ``member`` or ``pixel``.
    """

    per: str = "member"
    name = "blending"

    def combine(self, pictures: Tensor, extra: Tensor) -> Tensor:
        """Return the mean over members with the fitted shares."""
        shares = torch.as_tensor(self.fitted.arrays["shares"], dtype=pictures.dtype, device=pictures.device)
        return (shares[:, None] * pictures).sum(0)

    @classmethod
    def fitting(
        cls, members: Sequence[Member], ground: Ground, weights: tuple[float, ...], **options: object
    ) -> Iterator[Progress | tuple[dict[str, np.ndarray], dict[str, float]]]:
        """Fit the shares, [K, 1, 1, 1] or [K, C, H, W]."""
        forms, parts, total = [], 0, sum(len(half) for half in ground.halves())
        for half in ground.halves():
            sums, seen = 0.0, 0
            for real, part in zip(half.split(500), rebuilt(members, half), strict=True):
                errors = (part - real).double()
                sums = sums + torch.einsum("inchw,jnchw->chwij", errors, errors)
                seen, parts = seen + len(real), parts + len(real)
                yield Progress("rebuilding pictures", parts / total, 0.0, None)
            forms.append((sums / max(1, seen)).numpy())
        fit, held = forms
        shares = shared = least_on_simplex(fit.mean((0, 1, 2)))[:, None, None, None]
        if options["per"] == "pixel":
            found = [_by_pixel(fit, shared[:, 0, 0, 0], ridge) for ridge in _RIDGES]
            shares = min(found, key=lambda each: _error(held, each))
        alone = np.diagonal(held.mean((0, 1, 2))).min()
        yield {"shares": shares.astype(np.float32)}, {"error_best_member": float(alone), "error": _error(held, shares)}


def _by_pixel(forms: np.ndarray, shared: np.ndarray, ridge: float) -> np.ndarray:
    """Return shares [K, C, H, W] of forms [C, H, W, K, K], drawn towards those that all pixels share [K]."""
    strength = ridge * np.trace(forms.mean((0, 1, 2))) / len(shared)
    # |a - s|^2 = a' (I - s 1' - 1 s' + s's 1 1') a where a adds up to 1
    ones = np.ones_like(shared)
    pull = np.eye(len(shared)) - np.outer(shared, ones) - np.outer(ones, shared) + shared @ shared
    flat = forms.reshape(-1, len(shared), len(shared)) + strength * pull
    return np.stack([least_on_simplex(form) for form in flat], 1).reshape(len(shared), *forms.shape[:3])


def _error(forms: np.ndarray, shares: np.ndarray) -> float:
    """Return the mean squared error a pixel of shares [K, 1, 1, 1] or [K, C, H, W]."""
    spread = np.broadcast_to(shares, (len(shares), *forms.shape[:3]))
    return float(np.einsum("ichw,chwij,jchw->chw", spread, forms, spread).mean())
