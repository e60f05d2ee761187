"""Toys: densities in the plane, drawn from and evaluated exactly, to judge what pictures cannot show."""

from typing import TYPE_CHECKING

from ganlab.family import Family, entry

if TYPE_CHECKING:
    from ganlab.toys.mixture import Mixture

DRAWN = "drawn:"  # begins the names of what people draw; ``drawn.py`` says how they go on

TOYS = Family(
    "toy density",
    entry("ring8", "ganlab.toys.densities:ring8", "Eight narrow heaps on a circle.", modes=8),
    entry("grid25", "ganlab.toys.densities:grid25", "25 heaps on a grid.", modes=25),
    entry("spiral", "ganlab.toys.densities:spiral", "One spiral arm of two turns.", modes=0),
    entry("two_moons", "ganlab.toys.densities:two_moons", "Two interlocking half circles.", modes=0),
)


def density(name: str) -> "Mixture":
    """Return a toy density by name, one of the list or one that somebody drew.

    Raises:
        UnknownName: No toy is called so.
        DataError: The name of drawn points holds none.
    """
    if name.startswith(DRAWN):
        from ganlab.toys import drawn

        return drawn.density(name)
    return TOYS[name].load()()


def has_modes(name: str) -> bool:
    """Return whether a toy's heaps are modes to be counted, without torch.

    Raises:
        UnknownName: No toy is called so.
        DataError: The name of drawn points holds none.
    """
    if name.startswith(DRAWN):
        from ganlab.toys import drawn

        return drawn.separate(drawn.centres(name))
    return bool(TOYS[name].facts["modes"])
