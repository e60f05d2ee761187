"""Members to compare with real pictures, and what looks at them, loaded with signs of life."""

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

from ganlab.cli.progress import making
from ganlab.errors import MetricError
from ganlab.metrics import shelf

if TYPE_CHECKING:
    from ganlab.members.card import Card
    from ganlab.members.member import Member
    from ganlab.metrics.evaluate import Progress
    from ganlab.metrics.extractor import Extractor
    from ganlab.metrics.reference import Reference


def check_pictures(card: "Card") -> None:
    """Refuse members of points.

    Raises:
        MetricError: No extractor looks at those.
    """
    if len(card.shape) != 3:
        raise MetricError(f"{card.name!r} draws points, which no extractor looks at: give the weights yourself.")


def opened(
    members: Sequence[str], extractor: str | None, device: str
) -> "Generator[Progress, None, tuple[list[Member], Extractor, Reference]]":
    """Load members of one dataset, and the extractor of that name or the usual one, which may have to be made.

    To be called after ``use_all_cores``.

    Yields:
        Progress.

    Returns:
        Members, extractor, and what it sees in real pictures.
    """
    from ganlab import device as devices
    from ganlab.fusion import load
    from ganlab.metrics.evaluate import Progress
    from ganlab.metrics.make import Progress as Making

    place = devices.choose(device)
    yield Progress("loading", 0.0, 0.0, None)
    loaded = [load(name, place) for name in members]
    dataset, shape = loaded[0].card.dataset, loaded[0].shape
    name, ready = extractor or shelf.usual(dataset, shape), None
    for step in shelf.opened(name, dataset, shape, place):
        if isinstance(step, Making):
            yield making(name, step)
        else:
            ready = step
    return loaded, *ready
