"""One of several by a number of noise: shares are kept, borders lie where they should, and the way back is exact."""

from statistics import NormalDist

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganlab.choice import choose, coordinate

parts = st.lists(st.integers(0, 9), min_size=1, max_size=12).filter(any)


@given(parts)
def test_each_is_chosen_by_its_share(weights):
    shares = torch.tensor(weights, dtype=torch.float32) / sum(weights)
    places = (torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000
    counts = choose(torch.special.ndtri(places).float(), shares).bincount(minlength=len(weights))
    assert len(counts) == len(weights)
    assert (counts / 20_000).tolist() == pytest.approx(shares.tolist(), abs=2e-4)


@given(parts)
def test_the_way_back_gives_the_choice_again(weights):
    shares = torch.tensor(weights, dtype=torch.float32) / sum(weights)
    chosen = (shares > 0).nonzero()[:, 0]
    assert torch.equal(choose(coordinate(chosen, shares), shares), chosen)


def test_borders_are_quantiles_of_the_normal_law():
    shares = torch.tensor([0.2, 0.5, 0.3])
    border = NormalDist().inv_cdf(0.7)
    assert choose(torch.tensor([-9.0, border - 1e-4, border + 1e-4, 9.0]), shares).tolist() == [0, 1, 2, 2]
    assert coordinate(torch.tensor([1]), shares).item() == pytest.approx(NormalDist().inv_cdf(0.45), abs=1e-5)
