"""Members that can be asked for a class: in the store, by label, by latent, by encoding, and in a fusion."""

import numpy as np
import pytest
import torch
from fakes import keep_fused, keep_member, pictures, tiny_spec

from ganlab.choice import choose
from ganlab.data import load_dataset
from ganlab.errors import MemberError
from ganlab.fusion import fuse, load
from ganlab.training import train
from ganlab.training.events import Finished, Step

SMALL = {"network": "dcgan", "width": 8, "critic_width": 8, "conditional": True, "latent_dim": 6}


def trained(**changes):
    spec = tiny_spec(**(SMALL | {"batch_size": 64, "steps": 400, "log_every": 100, "dropout": 0.0} | changes))
    events = list(train(spec, load_dataset("digits")))
    assert all(np.isfinite(list(each.values.values())).all() for each in events if isinstance(each, Step))
    return next(each.member for each in events if isinstance(each, Finished))


@pytest.fixture(scope="module")
def vae():
    return trained(objective="elbo", learning_rate_generator=2e-3, ema=0.9, steps=600)


def test_it_is_stored_and_drawn_as_any_member():
    _, generator, _ = keep_member("asked", **SMALL)
    member = load("asked")
    assert (member.latent_dim, member.walk_dim, member.conditional) == (7, 6, True)
    z = member.latents(9, 3)
    assert torch.equal(member.generate(z), generator(torch.from_numpy(z)))
    assert member.card.classes == tuple("0123456789")
    labels = torch.arange(9)
    assert torch.equal(member.generate(z, labels), generator(torch.from_numpy(z), labels))
    assert not torch.equal(member.generate(z, labels), member.generate(z, labels.flip(0)))


def test_its_noise_is_that_of_members_without_classes():
    keep_member("asked", **SMALL)
    keep_member("plain", latent_dim=6)
    asked, plain = load("asked").latents(50, 8), load("plain").latents(50, 8)
    assert np.array_equal(asked[:, :6], plain)
    assert abs(np.corrcoef(asked[:, 6], plain[:, 0])[0, 1]) < 0.5
    half = load("asked").latents(50, 8, truncation=0.5)
    assert np.array_equal(half[:, :6], plain / 2)
    assert np.array_equal(half[:, 6], asked[:, 6])  # truncated, it would choose the middle classes only


@pytest.mark.parametrize(("wrong", "told"), [([0, 10], "10"), ([-1, 3], "-1")])
def test_a_class_it_does_not_know_is_refused(wrong, told):
    keep_member("asked", **SMALL)
    member = load("asked")
    with pytest.raises(MemberError, match=f"'asked' knows classes 0 to 9, not {told}"):
        member.sample(2, 0, torch.tensor(wrong))
    with pytest.raises(MemberError, match=f"not {told}"):
        member.score(torch.zeros(2, 1, 8, 8), torch.tensor(wrong))


def test_a_fusion_can_be_asked_when_all_of_it_can():
    keep_member("asked", **SMALL)
    keep_member("other", seed=1, **SMALL)
    keep_member("plain", latent_dim=6)
    labels = torch.full((20,), 7)
    for rule in ("average", "mixture"):
        both = fuse(["asked", "other"], rule)
        assert both.conditional
        drawn = both.sample(20, 0, labels)
        assert not torch.equal(drawn, both.sample(20, 0, torch.full((20,), 1)))
        mixed = fuse(["asked", "plain"], rule)
        assert mixed.sample(4, 0).shape == (4, 1, 8, 8)
        with pytest.raises(MemberError, match="cannot be asked for a class"):
            mixed.sample(20, 0, labels)
    alone = load("asked").sample(20, 0, labels)
    average = fuse(["asked", "other"], "average").sample(20, 0, labels)
    assert torch.allclose(average, (alone + load("other").sample(20, 0, labels)) / 2, atol=1e-6)


def test_a_kept_fusion_of_conditional_members_stays_one():
    keep_member("asked", **SMALL)
    keep_member("other", seed=1, **SMALL)
    keep_fused("both", "asked", "other")
    assert load("both").sample(2, 0).shape == (2, 1, 8, 8)


def test_a_vae_draws_what_it_is_asked_for(vae):
    """A nearest-mean classifier of the real digits recognises far more of what was asked for than one in ten."""
    images, labels = load_dataset("digits").split("train")
    real = images.float().flatten(1) / 127.5 - 1
    means = torch.stack([real[labels == digit].mean(0) for digit in range(10)])
    wanted = torch.arange(10).repeat(20)
    drawn = vae.sample(200, 1, wanted).flatten(1)
    assert (torch.cdist(drawn, means).argmin(1) == wanted).float().mean() > 0.7


def test_a_vae_finds_the_class_of_a_picture(vae):
    images, labels = load_dataset("digits").split("test")
    z = vae.encode(images.float() / 127.5 - 1)
    assert z.shape == (len(images), 7)
    found = choose(z[:, 6], vae.networks["generator"].shares)
    assert (found == labels).float().mean() > 0.8


def test_shares_are_those_of_the_training_pictures():
    data = pictures(100)
    data.labels[:] = torch.arange(100) % 4
    spec = tiny_spec(**SMALL)
    member = next(each.member for each in train(spec, data) if isinstance(each, Finished))
    assert member.networks["generator"].shares.tolist() == pytest.approx([0.25] * 4 + [0] * 6)


def test_a_critic_prefers_the_class_that_is_there():
    """After a short training real pictures score higher under their own class than under a wrong one."""
    member = trained(objective="hinge", learning_rate_critic=1e-3, learning_rate_generator=1e-3, ema=0.9)
    images, labels = load_dataset("digits").split("train")
    real = images.float() / 127.5 - 1
    right, wrong = member.score(real, labels), member.score(real, (labels + 3) % 10)
    assert (right > wrong).float().mean() > 0.75
    assert (member.score(real) >= right - 1e-5).all()
