"""Energy distance between two samples of points (Szekely & Rizzo 2013, J. Stat. Plan. Inference 143).

    D = 2 E|X - Y| - E|X - X'| - E|Y - Y'|

It is 0 for equal laws alone, and needs no bandwidth.  Means over pairs of different rows: without bias, so that it may
fall below 0 by chance.
"""

import numpy as np
from scipy.spatial.distance import cdist, pdist


def energy_distance(x: np.ndarray, y: np.ndarray) -> float:
    """Return the distance of points [n, d] from [m, d], each at least two."""
    return float(2 * cdist(x, y).mean() - pdist(x).mean() - pdist(y).mean())
