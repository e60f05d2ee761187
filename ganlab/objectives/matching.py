"""Feature matching: Salimans et al. 2016 (arXiv:1606.03498), section 3.1.

    |E f(x) - E f(G(z))|^2

f is a hidden layer of the critic.  The generator is asked for pictures whose features have the mean of real ones,
whatever the critic makes of them; the critic itself learns nothing from it.
"""

from torch import Tensor


def mean_distance(real: Tensor, drawn: Tensor) -> Tensor:
    """Return the squared distance between the means of features [N, d] and [M, d], as a scalar."""
    return (real.mean(0) - drawn.mean(0)).square().sum()
