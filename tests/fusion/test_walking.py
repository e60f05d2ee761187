"""A walk, opened: every picture is what the library draws from the latents of that place."""

import base64

import numpy as np
import pytest
import torch
from fakes import keep_member

from ganlab.errors import DataError, MemberError, SpecError
from ganlab.fusion import fuse, load
from ganlab.fusion.walking import Walker, laid_out
from ganlab.images import from_uint8, png, to_uint8
from ganlab.members import store
from ganlab.members import walk as ways
from ganlab.spec import Walk

NAMES = ("anna", "berta")


@pytest.fixture(autouse=True)
def own_store(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "pretrained")


@pytest.fixture
def two():
    for seed, name in enumerate(NAMES):
        keep_member(name, seed=seed)


def walker(**values):
    usual = {"members": NAMES[:1], "corners": [{"seed": 0}, {"seed": 1}], "n": 4}
    return Walker(Walk.read(usual | values))


def seeded(*numbers):
    return [{"seed": number} for number in numbers]


@pytest.mark.parametrize("spherical", [True, False])
@pytest.mark.usefixtures("two")
def test_a_step_is_what_the_member_draws_there(spherical):
    anna = load("anna")
    z = [anna.latents(4, seed) for seed in range(4)]
    way = {"width": 6, "spherical": spherical}
    wanted = {
        "line": (seeded(0, 1), ways.between(z[0], z[1], 0.3, **way)),
        "plane": (seeded(0, 1, 2, 3), ways.plane(z, 0.3, 0.6, **way)),
        "sum": (seeded(0, 1, 2), ways.total(*z[:3], 0.3, **way)),
        "seeds": ([], ways.endless(lambda seed: anna.latents(4, seed), 0.3, 0.6)),
    }
    for kind, (corners, latents) in wanted.items():
        made = walker(kind=kind, corners=corners, spherical=spherical)
        assert torch.allclose(made.step(0.3, 0.6).pictures[0], anna.generate(latents), atol=1e-5)


@pytest.mark.usefixtures("two")
def test_all_members_go_together_and_many_places_are_many_steps():
    made = walker(members=NAMES)
    assert made.names == NAMES
    both = made.step(0.4, 0).pictures
    assert torch.equal(both[1], load("berta").generate(made.latents(0, 0.4, 0)))
    strip = made.places_of([(0.0, 0.0), (0.4, 0.0)], row=2)
    assert strip.shape == (2, 2, 1, 8, 8)
    assert torch.allclose(strip[:, 1], both[:, 2], atol=1e-5)
    assert torch.allclose(strip[:, 0], made.corners(rows=3)[:, 0, 2], atol=1e-5)


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("rule", ["weighted_average", "mixture", "parameters"])
def test_a_fusion_changes_its_weights_on_the_way(rule):
    made = walker(
        members=NAMES,
        blend={
            "rule": rule,
            "start": [1, 0],
            "end": [0.5, 0.5],
            "options": {"force": 1} if rule == "parameters" else {},
        },
    )
    options = {"force": 1} if rule == "parameters" else {}
    for x, weights in ((0, (1, 0)), (0.5, (0.75, 0.25)), (1, (0.5, 0.5))):
        step = made.step(x, 0)
        fused = fuse(NAMES, rule, weights, options=options)
        z = ways.between(fused.latents(4, 0), fused.latents(4, 1), x, 6, spherical=True)
        assert step.weights == pytest.approx(weights)
        assert torch.allclose(step.pictures[0], fused.generate(z), atol=1e-5)
        assert torch.allclose(made.places_of([(x, 0)], row=1)[0, 0], step.pictures[0, 1], atol=1e-5)
        assert len(step.pictures) == len(made.names) == (1 if rule == "parameters" else 3)
    assert made.step(1.4, 0).weights == made.step(1, 0).weights


@pytest.mark.usefixtures("two")
def test_truncation_and_shift_move_the_noise():
    anna, made = load("anna"), walker(truncation=0.5, shift=[1.0, 0, 0, 0, 0, 0])
    wanted = anna.latents(4, 0) * 0.5
    wanted[:, 0] += 1
    assert np.allclose(made.latents(0, 0, 0), wanted, atol=1e-6)
    assert np.allclose(made.latents(0, 0, 0, truncation=0.0, shift=np.zeros(6)), 0)
    assert np.allclose(made.latents(0, 0, 0, shift=np.ones(9)), anna.latents(4, 0) * 0.5, atol=1e-6)


def test_a_class_stays_the_same_on_the_way():
    keep_member("clara", conditional=True)
    clara, made = load("clara"), walker(members=["clara"], label=7)
    labels = torch.full((4,), 7)
    z = ways.between(clara.latents(4, 0), clara.latents(4, 1), 0.5, 6, spherical=True)
    assert torch.allclose(made.step(0.5, 0).pictures[0], clara.generate(z, labels), atol=1e-5)


@pytest.mark.usefixtures("two")
def test_a_picture_is_a_corner_for_those_who_encode():
    pixels = np.random.default_rng(0).integers(0, 256, (1, 8, 8, 1), np.uint8)
    text = base64.b64encode(png(pixels[0])).decode()
    corners = [{"picture": text, "seed": 5}, {"seed": 1}]
    keep_member("vera", objective="elbo")
    made, vera = walker(members=["vera", "anna"], corners=corners), load("vera")
    code = vera.encode(from_uint8(pixels)).numpy()
    assert np.allclose(made.latents(0, 0, 0), np.repeat(code, 4, 0), atol=1e-5)
    assert np.allclose(made.latents(1, 0, 0), load("anna").latents(4, 5), atol=1e-5)  # has no encoder
    fused = walker(members=["vera", "anna"], corners=corners, blend={"rule": "mixture", "start": [1, 1], "end": [1, 1]})
    assert np.allclose(fused.latents(0, 0, 0)[:, :6], code, atol=1e-5)


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("picture", "said"), [("%%", "no PNG"), (base64.b64encode(b"GIF89a").decode(), "no PNG"), ("", "no PNG")]
)
def test_a_corner_that_is_no_picture_is_refused(picture, said):
    keep_member("vera", objective="elbo")
    with pytest.raises(DataError, match=said):
        walker(members=["vera"], corners=[{"picture": picture}, {}])


def test_pictures_of_another_size_are_refused():
    keep_member("vera", objective="elbo")
    text = base64.b64encode(png(np.zeros((9, 9, 1), np.uint8))).decode()
    with pytest.raises(DataError, match="9x9 pixels; wanted are 8x8"):
        walker(members=["vera"], corners=[{"picture": text}, {}])


def test_who_does_not_go_together_is_told():
    keep_member("anna")
    keep_member("punkt", network="toy", dataset="ring8")
    with pytest.raises(MemberError, match="draws points"):
        walker(members=["anna", "punkt"])


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"corners": seeded(1)}, "2 corners"),
        ({"kind": "plane"}, "4 corners"),
        ({"n": 0}, "n is 0"),
        ({"blend": {"rule": "mixture", "start": [1, 1], "end": [1, 1]}}, "1 members need as many weights"),
        ({"members": ["Not a name"]}, "no name"),
        ({"place": [float("nan"), 0]}, "finite"),
    ],
)
def test_a_walk_that_is_none_is_refused_with_a_sentence(values, said):
    with pytest.raises(SpecError, match=said):
        walker(**values)


@pytest.mark.usefixtures("two")
def test_a_film_shows_the_panes_side_by_side():
    made = walker(members=NAMES, frames=3, tour="once")
    frames = list(made.film(made.places()))
    assert len(frames) == 3
    assert np.array_equal(frames[1], laid_out(made.step(0.5, 0).pictures))
    assert frames[0].shape == (17, 36, 1)  # two sheets of 2x2 pictures of 8, gaps of 1, and 2 between them
    assert np.array_equal(frames[0][:8, 19:27], to_uint8(made.step(0, 0).pictures[1, :1])[0])
