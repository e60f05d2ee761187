"""Densities of codes: fitted to what is known, chosen by validation pictures, repeatable."""

import numpy as np
import pytest
import sklearn.mixture  # noqa: F401 - its first import, not its use, draws from the global stream
import torch
from fakes import card_for, data_for, pictures, rng, tiny_spec
from torch import nn

from ganlab.data.dataset import Dataset
from ganlab.errors import MemberError, SpecError
from ganlab.members.member import NetworkMember
from ganlab.members.networks import build
from ganlab.metrics.evaluate import Progress
from ganlab.training import density


def made(objective="elbo", **changes):
    spec = tiny_spec(network="mlp", objective=objective, **changes).resolved()
    return NetworkMember(card_for(spec, kind=spec.kind), build(spec, rng()))


class Corners(nn.Module):
    """An encoder whose mean is three times the first two pixels, with a deviation of 0.1."""

    def forward(self, images):
        mean = images.flatten(1)[:, :2] * 3
        return torch.cat([mean, torch.full_like(mean, 2 * np.log(0.1))], 1)


def heaps(n=900):
    """Pictures whose first two pixels are black and black, black and white, or white and white, with shares."""
    examples = torch.zeros(n, 1, 8, 8, dtype=torch.uint8)
    which = torch.arange(n) % 6
    examples[which >= 3, 0, 0, 1] = 255
    examples[which == 5, 0, 0, 0] = 255
    order = torch.randperm(n, generator=rng())
    splits = {"train": order[: n * 2 // 3], "validation": order[n * 2 // 3 :], "test": order[:0]}
    return Dataset("digits", examples, None, (), splits)


def corners():
    spec = tiny_spec(network="mlp", objective="elbo", latent_dim=2).resolved()
    return NetworkMember(card_for(spec, kind="vae"), build(spec, rng()) | {"encoder": Corners()})


def last(member, data, components=None, **options):
    *steps, found = density.fit(member, data, components, **options)
    assert all(isinstance(step, Progress) for step in steps)
    return found


@pytest.mark.usefixtures("global_chance")
def test_heaps_of_codes_are_found_with_their_places_shares_and_widths():
    found = last(corners(), heaps(), 3).networks["density"]
    order = found.means.sum(1).argsort()
    assert found.means[order].tolist() == [
        pytest.approx(place, abs=0.03) for place in ([-3, -3], [-3, 3], [3, 3])
    ]  # three standard errors: 0.1 / sqrt(100)
    assert found.shares[order].tolist() == pytest.approx([1 / 2, 1 / 3, 1 / 6], abs=0.06)
    deviations = (found.factors[order] @ found.factors[order].mT).diagonal(dim1=1, dim2=2).sqrt()
    assert deviations.flatten().tolist() == pytest.approx([0.1] * 6, rel=0.25)


def test_validation_pictures_choose_how_many():
    found = last(corners(), heaps())
    assert found.card.density.components in (5, 10)  # 1 is too few for three heaps, and more do not come nearer
    entropy = -sum(share * np.log(share) for share in (1 / 2, 1 / 3, 1 / 6)) + np.log(2 * np.pi * np.e * 0.1**2)
    assert found.card.density.log_likelihood == pytest.approx(-entropy, abs=0.12)  # 300 codes, three standard errors
    few = last(corners(), heaps(), 1)
    assert few.card.density.log_likelihood < found.card.density.log_likelihood - 1


def test_the_card_says_what_it_is_and_the_rest_stays():
    member, data = corners(), heaps()
    found = last(member, data, 2, seed=4)
    card = found.card
    assert (card.latent_dim, card.walk_dim, card.kind, card.spec) == (3, 2, "vae", member.card.spec)
    assert (card.density.components, card.density.seed) == (2, 4)
    assert card.made_of == {"anna": member.card.digest()}
    for role, network in member.networks.items():
        assert found.networks[role] is network


def test_equal_seeds_give_equal_densities():
    data = pictures(60)
    states = [last(made(), data, 2, seed=seed).networks["density"].state_dict() for seed in (0, 0, 1)]
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])
    assert not torch.equal(states[0]["means"], states[2]["means"])


@pytest.mark.parametrize("changes", [{"objective": "vaegan"}, {"dataset": "ring8", "network": "toy"}], ids=str)
def test_it_works_for_vae_gans_and_for_points(changes):
    spec = tiny_spec(**({"network": "mlp", "objective": "elbo"} | changes)).resolved()
    member = NetworkMember(card_for(spec, kind=spec.kind), build(spec, rng()))
    found = last(member, data_for(spec), 2)
    assert found.sample(5, seed=0).shape == (5, *spec.shape)


def test_who_has_no_codes_is_refused():
    spec = tiny_spec().resolved()
    gan = NetworkMember(card_for(spec), build(spec, rng()))
    with pytest.raises(MemberError, match="'anna' is no autoencoder"):
        last(gan, data_for(spec))
    dense = last(made(), pictures(60), 1)
    with pytest.raises(MemberError, match="'anna' draws from a density of codes already"):
        last(dense, pictures(60), 1)
    conditional = made(conditional=True)
    with pytest.raises(MemberError, match="'anna' draws classes on demand"):
        last(conditional, pictures(60), 1)


def test_too_few_pictures_and_other_data_are_refused():
    with pytest.raises(MemberError, match="'digits' has 32 training pictures, too few for 33 Gaussians"):
        last(made(), pictures(40), 33)
    with pytest.raises(MemberError, match="'digits' has 4 training pictures, too few for a density of codes"):
        last(made(), pictures(5))
    with pytest.raises(SpecError, match=r"'anna' draws \(1, 8, 8\), but dataset 'ring8' holds \(2,\)"):
        last(made(), data_for(tiny_spec(network="toy", dataset="ring8")))
