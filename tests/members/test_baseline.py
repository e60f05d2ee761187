"""Members that learned nothing: they obey the laws of all members, and are what they say."""

import numpy as np
import pytest
import torch

from ganlab import fuse, load
from ganlab.errors import MemberError
from ganlab.members import baseline, store

SETS = {"mnist": (1, 28, 28), "digits": (1, 8, 8), "fashion_mnist": (1, 28, 28), "eurosat": (3, 64, 64)}
every = pytest.mark.parametrize("kind", baseline.KINDS)
every_set = pytest.mark.parametrize("dataset", SETS)


def member_of(kind, dataset, name="plain"):
    return baseline.KINDS[kind](baseline.card(kind, dataset, SETS[dataset], name))


@every
@every_set
def test_a_row_of_noise_is_a_picture_whatever_stands_beside_it(kind, dataset):
    member = member_of(kind, dataset)
    z = member.latents(5, seed=3)
    whole = member.generate(z)
    assert whole.shape == (5, *SETS[dataset])
    assert -1 <= whole.min() < whole.max() <= 1
    alone = torch.cat([member.generate(z[row : row + 1]) for row in range(5)])
    assert torch.allclose(whole, alone, atol=1e-5)
    assert member.generate(z[:0]).shape == (0, *SETS[dataset])
    assert torch.pdist(whole.flatten(1)).min() > 0.5


@every
def test_it_walks_smoothly_almost_everywhere(kind):
    member = member_of(kind, "mnist")
    z = member.latents(40, seed=1)
    near = (member.generate(z + np.float32(1e-3)) - member.generate(z)).flatten(1).norm(dim=1)
    assert near.median() < 0.5  # two different digits are about 20 apart


def test_noise_is_even_and_its_pixels_do_not_know_each_other():
    pixels = member_of("noise", "mnist").sample(4_000, seed=0).flatten(1)
    ranks = pixels[:, ::97].flatten().sort().values
    assert (ranks - torch.linspace(-1, 1, len(ranks))).abs().max() < 0.03
    seen = torch.corrcoef(pixels[:, ::50].T).fill_diagonal_(0)
    assert seen.abs().mean() < 0.1  # unit vectors in 100 dimensions: 0.08 on average


def test_rules_draw_every_digit_alike_often():
    from ganlab.data import glyphs

    images, labels = glyphs.render(torch.from_numpy(member_of("rule-based", "mnist").latents(4_000, seed=2)))
    assert torch.bincount(labels, minlength=10).float().div(4_000).sub(0.1).abs().max() < 0.025
    known, _ = glyphs.draw(2_000, seed=0)
    assert images.float().mean().item() == pytest.approx(known.float().mean().item(), rel=0.03)
    assert images.float().std().item() == pytest.approx(known.float().std().item(), rel=0.03)


@every
def test_it_lies_in_a_store_as_a_card_alone_and_can_be_fused(kind, workspace):
    store.keep(baseline.card(kind, "digits", (1, 8, 8), "first"))
    store.keep(baseline.card("noise", "digits", (1, 8, 8), "second"))
    first = load("first")
    assert torch.equal(first.sample(3, seed=0), member_of(kind, "digits").sample(3, seed=0))
    assert first.card.digest() != load("second").card.digest() or kind == "noise"
    assert fuse(["first", "second"], "mixture").sample(4, seed=0).shape == (4, 1, 8, 8)


def test_points_and_exports_are_refused_in_a_sentence():
    with pytest.raises(MemberError, match="holds points"):
        baseline.card("noise", "ring8", (2,), "x")
    with pytest.raises(MemberError, match="draws by rules"):
        member_of("rule-based", "mnist").network()
    assert member_of("noise", "mnist").network()(torch.zeros(2, 100)).abs().max() == 0
