"""A picture to its latent and back, and the way between two."""

import pytest
import torch
from fakes import keep_member, pictures

from ganlab.errors import MemberError
from ganlab.fusion import load
from ganlab.members import Member
from ganlab.members.baseline import drawn_by_rules
from ganlab.members.rebuild import between, rebuilt


class Halves(Member):
    """Its latent is the upper half of a picture; it draws that, and below it the same again, squared."""

    shape, latent_dim = (1, 8, 8), 32

    def encode(self, images):
        return images[:, :, :4].flatten(1)

    def generate(self, z, labels=None):
        upper = torch.as_tensor(z).unflatten(1, (1, 4, 8))
        return torch.cat([upper, upper**2], 2)


@pytest.fixture
def member():
    return Halves()


def floats(n):
    return pictures(n).examples.float() / 127.5 - 1


def test_pictures_and_errors_are_those_of_each_picture_alone(member):
    images = floats(120)  # more than go at once
    drawn, errors = rebuilt(member, images)
    for place in (0, 99, 100, 119):
        alone = member.generate(member.encode(images[place : place + 1]))[0]
        assert torch.allclose(drawn[place], alone, atol=1e-5)
        pixels = [(a - b) ** 2 for a, b in zip(alone.ravel().tolist(), images[place].ravel().tolist(), strict=True)]
        assert errors[place].item() == pytest.approx(sum(pixels) / len(pixels), rel=1e-4)


def test_a_way_begins_and_ends_with_the_rebuilt_pictures_and_its_middle_is_the_middle(member):
    a, b = floats(2)
    way = between(member, a, b, 5)
    both, _ = rebuilt(member, torch.stack([a, b]))
    assert torch.allclose(way[0], both[0], atol=1e-5)
    assert torch.allclose(way[-1], both[1], atol=1e-5)
    z = member.encode(torch.stack([a, b]))
    assert torch.allclose(way[2:3], member.generate(z.mean(0, keepdim=True)), atol=1e-5)


def test_who_has_no_encoder_says_so(workspace):
    keep_member("gina")
    with pytest.raises(MemberError, match="no encoder"):
        rebuilt(load("gina"), floats(2))


@pytest.mark.parametrize(
    ("dataset", "shape"), [("digits", (1, 8, 8)), ("mnist", (1, 28, 28)), ("eurosat", (3, 64, 64))]
)
def test_rules_draw_stand_ins_with_labels_where_they_are_digits(dataset, shape):
    images, labels = drawn_by_rules(dataset, shape, 40, seed=1)
    assert images.shape == (40, *shape)
    assert -1 <= images.min() < images.max() <= 1
    if dataset == "eurosat":
        assert labels is None
        return
    again, others = drawn_by_rules(dataset, shape, 400, seed=1)
    assert torch.allclose(images, again[:40])
    # Pictures of one label are more alike than others: the labels are theirs.
    flat, same = again.flatten(1), others[:, None] == others[None]
    distances = torch.cdist(flat, flat)
    assert distances[same].mean() < 0.9 * distances[~same].mean()
