"""Toys: densities in the plane, drawn from and evaluated exactly, to judge what pictures cannot show."""

from ganlab.family import Family, entry

TOYS = Family(
    "toy density",
    entry("ring8", "ganlab.toys.densities:ring8", "Eight narrow heaps on a circle.", modes=8),
    entry("grid25", "ganlab.toys.densities:grid25", "25 heaps on a grid.", modes=25),
    entry("spiral", "ganlab.toys.densities:spiral", "One spiral arm of two turns.", modes=0),
    entry("two_moons", "ganlab.toys.densities:two_moons", "Two interlocking half circles.", modes=0),
)
