"""A whole fusion as one network in another library."""

import numpy as np
import onnxruntime
import pytest
from fakes import keep_member
from fusion.conftest import ALIGNED, COMBINING, MERGING, NAMES, WEIGHING, fused

from ganlab.errors import MemberError
from ganlab.fusion import fuse, load
from ganlab.members.onnx import export


def agrees(member, path, tolerance=1e-4):
    """Float32 sums in another order; a pixel step of 8 bits is 80 times the tolerance."""
    export(member, path)
    session = onnxruntime.InferenceSession(path)
    for n in (1, 5):
        z = member.latents(n, seed=n)
        (drawn,) = session.run(["images"], {"z": z})
        np.testing.assert_allclose(drawn, member.generate(z).numpy(), rtol=0, atol=tolerance)


@pytest.mark.parametrize("rule", sorted(set(COMBINING) - set(ALIGNED)))
def test_every_rule_that_combines_draws_the_same_there(tmp_path, rule):
    weights = (0.2, 0.5, 0.3) if rule in WEIGHING else ()
    agrees(fused("anna", "conv", "ida", rule=rule, weights=weights), tmp_path / "fused.onnx")


@pytest.mark.parametrize("rule", [*ALIGNED, *sorted(set(NAMES) - {*COMBINING, *MERGING})])
def test_what_is_no_one_network_is_refused(tmp_path, rule):
    words = "is aligned: its members encode" if rule in ALIGNED else f"made by '{rule}', which chooses as it goes"
    with pytest.raises(MemberError, match=words):
        export(fused("anna", "otto", rule=rule), tmp_path / "fused.onnx")


@pytest.mark.parametrize("rule", MERGING)
@pytest.mark.parametrize("names", [("anna", "otto", "ida"), ("plane", "plane2")])
def test_a_rule_that_makes_one_network_gives_that(tmp_path, rule, names):
    made = fused(*names, rule=rule)
    agrees(made, tmp_path / "fused.onnx")
    alone = [load(names[0]), tmp_path / "alone.onnx"]
    agrees(*alone)
    assert (tmp_path / "fused.onnx").stat().st_size == pytest.approx(alone[1].stat().st_size, rel=0.01)


@pytest.mark.parametrize("name", ["anna", "conv", "plane"])
def test_plain_members_do_too(tmp_path, name):
    agrees(load(name), tmp_path / "plain.onnx")


def test_members_of_unequal_latents_and_nested_fusions_too(tmp_path):
    inner = fused("anna", "wide", rule="mixture")
    agrees(fuse([inner, load("ida")], "mixture", (0.6, 0.4)), tmp_path / "nested.onnx")


def test_points_too(tmp_path):
    agrees(fused("plane", "plane2", rule="weighted_sum", weights=(0.5, 1.0)), tmp_path / "points.onnx")


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MemberError, match="cannot be written"):
        export(load("plane"), tmp_path / "file" / "x.onnx")


def test_members_that_choose_a_class_do_too(tmp_path):
    keep_member("asked", conditional=True)
    agrees(load("asked"), tmp_path / "asked.onnx")
