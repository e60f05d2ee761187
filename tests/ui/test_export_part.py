"""A member, and a fusion that is not kept, taken along from their pages as a file for other programs."""

import json

import onnxruntime
import pytest
import torch
from explore_visit import do_verb  # noqa: F401 - fixtures
from fakes import keep_member
from parts_visit import healthy, visit

from ganlab.fusion import fuse, load
from ganlab.members import store
from ganlab.members.onnx import RECIPE


@pytest.fixture(autouse=True)
def two(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "pretrained")
    for seed, name in enumerate(("anna", "berta")):
        keep_member(name, seed=seed)


def exported(at, key, home, do_verb):  # noqa: F811
    """Make the file as a visitor does; returns it opened in another library."""
    assert not [each for each in at.button if each.key == f"{key}_make"], "folded, it costs nothing"
    at.session_state[key] = True
    healthy(at.run())
    do_verb()
    healthy(at.button(key=f"{key}_make").click().run())
    (path,) = (home / "exports").glob("*.onnx")
    (shown,) = (each for each in at.get("download_button") if "MB" in each.proto.label)
    assert shown.proto.label.startswith("Download (")
    return onnxruntime.InferenceSession(path)


def draws_as(session, member):
    z = member.latents(4, 0)
    (drawn,) = session.run(None, {"latent": z})
    torch.testing.assert_close(torch.from_numpy(drawn), member.generate(z), rtol=1e-3, atol=1e-8)


def test_a_member_leaves_as_an_onnx_file(workspace, do_verb):  # noqa: F811
    session = exported(healthy(visit(gallery__member="anna")), "gallery.onnx", workspace, do_verb)
    draws_as(session, load("anna"))


def test_a_fusion_that_is_not_kept_leaves_as_one_whatever_its_seed(workspace, do_verb):  # noqa: F811
    asked = {"fuse__members": ["anna", "berta"], "fuse__rule": "mixture", "fuse__weights": "0.25,0.75"}
    session = exported(healthy(visit("fuse", **asked)), "fuse.onnx", workspace, do_verb)
    draws_as(session, fuse(["anna", "berta"], "mixture", (0.25, 0.75)))
    assert json.loads(session.get_modelmeta().custom_metadata_map[RECIPE])["weights"] == [0.25, 0.75]
    again = visit("fuse", **asked, fuse__seed="7")
    again.session_state["fuse.onnx"] = True
    assert any("MB" in each.proto.label for each in healthy(again.run()).get("download_button"))
