"""Looks: what turns pictures into rows of numbers for fits, an extractor or members' critics."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import torch

from ganlab.errors import MemberError
from ganlab.images import inside
from ganlab.members.member import Member
from ganlab.metrics import coordinates, shelf
from ganlab.metrics.coordinates import Coordinates

Look = Callable[[np.ndarray], np.ndarray]  # pictures uint8 [n, H, W, C], or points [n, 2], to rows [n, d]


def by_critics(members: Sequence[Member]) -> Look:
    """Return a look by the members' critics: their logits [n, K].

    Raises:
        MemberError: A member has no critic that judges single pictures.
    """
    for member in members:
        member.score(torch.zeros(1, *member.shape))

    def look(images: np.ndarray) -> np.ndarray:
        # Pictures are judged as they were rounded: real ones never were anything else, and a critic could tell by that.
        pictures = inside(images)
        return np.stack([member.score(pictures).float().cpu().numpy() for member in members], 1)

    return look


def critics_of(source: Member) -> list[Member]:
    """Return the members at the leaves of a fusion that have critics.

    Raises:
        MemberError: There is none.
    """
    found = [each for each in leaves(source) if each.card.critic_parameters]
    if not found:
        raise MemberError(f"No member of {source.name!r} has a critic: use an estimator that looks at features.")
    return found


@lru_cache(maxsize=8)
def extractor(name: str, digest: str, device: torch.device) -> Look:
    """Return the look of a stored extractor, if it is the one with these weights.

    Raises:
        MemberError: It is not there any more.
    """
    found = Coordinates() if name == coordinates.NAME else shelf.stored(name, device)
    if found is None or found.card.weights_sha256 != digest:
        raise MemberError(f"The extractor {name!r} that it was fitted with is not on the shelf any more: fit it again.")
    return found.features


def leaves(member: Member) -> list[Member]:
    """Return what a fusion is made of in the end; a member that is no fusion is all it is made of."""
    return [leaf for part in getattr(member, "members", ()) for leaf in leaves(part)] or [member]
