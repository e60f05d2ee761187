"""Selection in the plane: points are looked at as they are, and what is kept follows the real density."""

import numpy as np
import pytest
import torch
from fakes import keep_member

from ganlab.data import load_dataset
from ganlab.errors import FusionError, MetricError
from ganlab.fusion import fuse, keep, load
from ganlab.fusion.fitting import fits, fitting, helps
from ganlab.fusion.ground import Ground
from ganlab.fusion.looks import by_critics, extractor
from ganlab.members.card import Card
from ganlab.members.member import Member
from ganlab.metrics import toy
from ganlab.metrics.coordinates import Coordinates
from ganlab.toys import density

OPTIONS = {"estimator": "boosted", "acceptance": "rejection", "cost": 5}


class Bridged(Member):
    """Draws the ring of eight, but every second point somewhere on the line to the next mode."""

    def __init__(self, shift=0):
        self.device, self.shift = torch.device("cpu"), shift
        self.card = Card(name=f"bridged{shift}", kind="noise", dataset="ring8", shape=(2,), latent_dim=3, parameters=0)

    def generate(self, z, labels=None):
        z = self.placed(z)
        place = torch.special.ndtr(z[:, 0]) * 8
        centres = density("ring8").centres.float()
        here, there = centres[place.long().clamp(0, 7)], centres[(place.long().clamp(0, 7) + 1) % 8]
        part = torch.where(z[:, 1] > 0, torch.special.ndtr(z[:, 2]), 0.0)[:, None]
        jitter = 0.01 * torch.stack([torch.sin(7 * z[:, 1]), torch.cos(9 * z[:, 2])], 1)
        return here + part * (there - here) + jitter


@pytest.fixture(scope="module")
def selected():
    (*_, found) = fits([Bridged()], "selection", Ground.of_points(Bridged()), (), OPTIONS)
    return fuse([Bridged()], "selection", options=OPTIONS, fit=found)


def test_the_bridges_go_and_the_modes_stay(selected):
    before, after = (toy.told(each.sample(2500, 0).numpy(), density("ring8")) for each in (Bridged(), selected))
    assert before.high_quality < 0.6
    assert after.high_quality > 0.9
    assert (after.modes, after.kl < 0.02) == (8, True)


def test_what_is_kept_are_candidates_as_they_were_drawn(selected):
    z = selected.latents(40, 1)
    first = Bridged().generate(z[:, :3])
    drawn, width = selected.generate(z), Bridged().latent_dim
    lots = 20
    candidates = torch.stack([Bridged().generate(z[:, k * width : (k + 1) * width]) for k in range(lots)])
    assert (drawn[None] == candidates).all(2).any(0).all()
    assert not torch.equal(drawn, first)


def test_points_of_the_validation_split_teach_and_the_fit_says_who_looked(selected):
    ground, data = Ground.of_points(Bridged()), load_dataset("ring8")
    assert np.array_equal(ground.features, data.split("validation")[0].numpy())
    assert np.array_equal(ground.images, ground.features)
    assert (selected.card.fit.extractor, selected.card.fit.n_real) == ("coordinates", 5_000)
    assert len(Ground.of_points(Bridged(), most=70).features) == 70


def test_it_is_kept_and_drawn_again(tmp_path, monkeypatch):
    monkeypatch.setenv("GANLAB_HOME", str(tmp_path))
    for seed, name in enumerate(("ring", "ring2")):
        keep_member(name, seed=seed, dataset="ring8", network="toy", latent_dim=2)
    members = [load("ring"), load("ring2")]
    (*_, found) = fitting(members, "selection", Ground.of_points(members[0], most=300), (), OPTIONS)
    assert "kid_gain" in found.facts["numbers"]
    assert helps(found) in (True, False)
    made = fuse(members, "selection", options=OPTIONS)  # the workspace remembers
    keep(made, "chosen")
    assert torch.equal(load("chosen").sample(20, 3), made.sample(20, 3))


def test_critics_look_at_points_too(tmp_path, monkeypatch):
    monkeypatch.setenv("GANLAB_HOME", str(tmp_path))
    keep_member("ring", dataset="ring8", network="toy", latent_dim=2)
    member, points = load("ring"), load_dataset("ring8").examples[:50]
    assert np.allclose(by_critics([member])(points.numpy())[:, 0], member.score(points).numpy())
    options = {**OPTIONS, "estimator": "critics"}
    (*_, found) = fits([member], "selection", Ground.of_points(member, most=200), (), options)
    assert fuse([member], "selection", options=options, fit=found).sample(9, 0).shape == (9, 2)


def test_what_looks_at_points_looks_at_nothing_else():
    look = extractor("coordinates", Coordinates().card.weights_sha256, torch.device("cpu"))
    assert np.array_equal(look(np.ones((3, 2), "float32")), np.ones((3, 2), "float32"))
    with pytest.raises(MetricError, match=r"Points are \[n, 2\]"):
        look(np.zeros((3, 8, 8, 1), "uint8"))


def test_what_is_of_pixels_still_refuses_points():
    for rule in ("blending", "stacking", "experts"):
        with pytest.raises(FusionError, match="is of pixels"):
            fuse([Bridged(), Bridged(1)], rule)
