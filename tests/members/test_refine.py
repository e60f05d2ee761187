"""Refining latents: never worse, towards the truth where it is known, and the same every time."""

import pytest
import torch
from fakes import card_for, keep_member, rng, tiny_spec
from torch import nn

from ganlab import seeds
from ganlab.errors import MemberError
from ganlab.fusion import fuse, load
from ganlab.members import baseline
from ganlab.members.member import NetworkMember
from ganlab.members.networks import build
from ganlab.members.refine import refine


class Linear(nn.Module):
    """Pictures that are a fixed mixture of the latents."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mixture", torch.linalg.qr(torch.randn(64, 6, generator=rng()))[0].T)

    def forward(self, z):
        return (z @ self.mixture).view(-1, 1, 8, 8)


def made(generator=None, **changes):
    spec = tiny_spec(**({"network": "mlp"} | changes)).resolved()
    networks = build(spec, rng())
    return NetworkMember(card_for(spec), networks | ({"generator": generator} if generator else {}))


def errors(member, z, images):
    return (member.generate(z) - images).square().flatten(1).mean(1)


def pictures(n=6, shape=(1, 8, 8)):
    return torch.rand(n, *shape, generator=rng(4)) * 2 - 1


FAMILIES = {
    "mlp": {"network": "mlp"},
    "dcgan": {"network": "dcgan", "width": 2, "critic_width": 2},
    "resnet": {"network": "resnet", "width": 2, "critic_width": 2},
    "recurrent": {"network": "recurrent", "width": 4, "critic_width": 4},
    "conditional": {"network": "mlp", "conditional": True},
}


@pytest.mark.parametrize("changes", FAMILIES.values(), ids=FAMILIES)
@pytest.mark.parametrize("rate", [0.05, 50.0], ids=["usual", "far too fast"])
@pytest.mark.usefixtures("global_chance")
def test_no_picture_becomes_worse(changes, rate):
    member, images = made(**changes), pictures()
    start = torch.from_numpy(member.latents(6, 1))
    found = refine(member, images, start, steps=10, rate=rate)
    assert found.shape == start.shape
    assert (errors(member, found, images) <= errors(member, start, images) + 1e-6).all()
    assert torch.equal(start, torch.from_numpy(member.latents(6, 1)))
    assert torch.equal(found, refine(member, images, start, steps=10, rate=rate))


def test_of_a_linear_generator_the_truth_is_found():
    member = made(Linear())
    truth = torch.from_numpy(seeds.standard_normal(5, 6, 0))
    start = truth + torch.from_numpy(seeds.standard_normal(5, 6, 1)) / 2
    images = member.generate(truth)
    found = refine(member, images, start, steps=300)
    # The prior pulls a little to the middle: at its minimum z is truth / (1 + w 64 / 6), w = 1e-3.
    assert (found - truth).norm(dim=1).max() < 0.03 * truth.norm(dim=1).min()
    few = refine(member, images, start, steps=20)
    assert ((few - truth).norm(dim=1) < (start - truth).norm(dim=1)).all()


def test_what_becomes_of_a_picture_does_not_depend_on_the_others():
    member, images = made(), pictures(300)
    start = torch.from_numpy(member.latents(300, 0))
    together = refine(member, images, start, steps=5)
    alone = refine(member, images[270:271], start[270:271], steps=5)
    assert (together[270] - alone[0]).abs().max() < 1e-4


def test_what_chooses_a_class_stays():
    member = made(conditional=True)
    start = torch.from_numpy(member.latents(6, 1))
    found = refine(member, pictures(), start, steps=10)
    assert torch.equal(found[:, 6], start[:, 6])
    assert not torch.equal(found[:, :6], start[:, :6])


def test_no_steps_and_no_pictures_change_nothing():
    member = made()
    start = torch.from_numpy(member.latents(3, 0))
    assert torch.equal(refine(member, pictures(3), start, steps=0), start)
    assert refine(member, pictures(0), start[:0]).shape == (0, 6)


def test_fused_members_can_be_descended_with(workspace):
    for seed, name in enumerate(("anna", "otto")):
        keep_member(name, seed=seed)
    for rule in ("average", "mixture", "median"):
        member, images = fuse(["anna", "otto"], rule), pictures()
        start = torch.from_numpy(member.latents(6, 0))
        found = refine(member, images, start, steps=10)
        assert errors(member, found, images).mean() < errors(member, start, images).mean()
    assert not any(weight.requires_grad for weight in load("anna").network().parameters())


def test_rules_have_no_slope():
    member = baseline.RuleMember(baseline.card("rule-based", "digits", (1, 8, 8), "rules"))
    with pytest.raises(MemberError, match="'rules' draws by rules"):
        refine(member, pictures(), torch.from_numpy(member.latents(6, 0)))
