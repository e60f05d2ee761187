"""Parameters on the fusion page: curves, what each part changes, strangers by force, the barrier; and better ways."""

import json
import sys

import numpy as np
import pytest
from fakes import keep_member
from parts_visit import ended, healthy, visit
from studio_visit import shown, studio

from ganlab.fusion import fuse
from ganlab.images import to_uint8
from ganlab.members import store
from ganlab.ui import jobs
from ganlab.ui.pages import fuse_blocks
from ganlab.ui.pages.fuse_draw import Wish

KIN = ("a" * 64,)
BARRIER = {
    "relatives": True, "positions": [0, 0.5, 1], "curve": {"fid": [3, 9, 4]}, "height": {"fid": 5.5},
    "extractor": "digits-classifier", "n_fake": 1000, "n_real": 180, "seed": 0,
}  # fmt: skip


@pytest.fixture(autouse=True)
def shipped(workspace, own_jobs, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "pretrained")
    for seed, name in enumerate(("anna", "berta")):
        keep_member(name, seed=20 + seed, lineage=KIN)  # weights of their own: the engine knows members by them
    keep_member("stranger", seed=27)
    keep_member("vae", seed=5, objective="elbo")


def page(members=("anna", "berta"), **query):
    return healthy(
        visit("fuse", fuse__members=list(members), **{f"fuse__{name}": told for name, told in query.items()})
    )


def answering(monkeypatch, answer):
    script = "import sys; print(sys.argv[1])"
    monkeypatch.setattr(jobs, "verb", lambda *asked: (sys.executable, "-c", script, json.dumps(answer), *asked))


@pytest.mark.parametrize("name", fuse_blocks.CURVES)
def test_a_curve_sets_how_far_the_others_enter(name):
    at = page(rule="parameters")
    at = healthy(at.button(key=f"fuse.curve_{name}").click().run())
    options = dict(zip(("coarse", "middle", "fine"), fuse_blocks.CURVES[name], strict=True))
    assert [at.slider(key=f"fuse.{block}").value for block in options] == list(options.values())
    made = fuse(["anna", "berta"], "parameters", (0.5, 0.5), options=options)
    assert (shown(at) == to_uint8(made.sample(16, 0))).all()


def test_what_a_part_changes_is_the_difference_with_and_without_it():
    entries = tuple(store.catalogue()[name] for name in ("anna", "berta"))
    wish = Wish(entries, "parameters", (0.5, 0.5), 16, 3, 1, 0.0)
    one, other = (fuse(["anna", "berta"], "parameters", (0.5, 0.5), options=own) for own in ({}, {"fine": 0.0}))
    difference = (one.sample(8, 3) - other.sample(8, 3)).abs().mean().item() / 2 * 255
    assert fuse_blocks.effect(wish, "fine", "cpu")[1] == pytest.approx(difference)
    assert fuse_blocks.effect(wish, "fine", "cpu")[1] > 0
    alone = Wish(entries, "parameters", (1.0, 0.0), 16, 3, 1, 0.0)
    assert fuse_blocks.effect(alone, "coarse", "cpu")[1] == 0  # the others have no weight to enter with


def test_strangers_are_averaged_by_force_at_one_click():
    at = page(["anna", "stranger"])
    assert "parameters" not in at.button_group(key="fuse.rule").options
    at = healthy(at.button(key="fuse.force_now").click().run())
    assert at.button_group(key="fuse.rule").value == "parameters"
    made = fuse(["anna", "stranger"], "parameters", (0.5, 0.5), options={"force": 1.0})
    assert (shown(at) == to_uint8(made.sample(16, 0))).all()


def test_the_barrier_is_a_job_whose_line_is_drawn(monkeypatch):
    answering(monkeypatch, BARRIER)
    at = page(rule="mixture")
    at.session_state["fuse.barrier"] = True
    at = healthy(at.run())
    healthy(at.button(key="fuse.barrier_now").click().run())
    (job,) = jobs.known()
    assert job.command[-6:] == ("barrier", "anna", "berta", "--json", "--progress", "json")
    ended(job)
    at = healthy(at.run())
    assert "The line rises 5.5 above" in "\n".join(each.value for each in at.caption)
    chart = json.loads(at.get("plotly_chart")[0].proto.spec)
    assert [list(trace["y"]) for trace in chart["data"]][1] == [3, 4]


def test_weights_of_parameters_are_learned(monkeypatch):
    answering(monkeypatch, {"members": [], "learned": {"weights": [0.75, 0.25]}})
    at = page(rule="parameters", fine="0.5")
    healthy(at.button(key="fuse.learned").click().run())
    (job,) = jobs.known()
    told = ("fuse", "anna", "berta", "--rule", "parameters", "--weights", "learned", "--option", "fine=0.5")
    start = job.command.index("fuse")
    assert job.command[start : start + len(told)] == told
    ended(job)
    at = healthy(at.run())
    assert studio(at)["weights"] == [0.75, 0.25]


def test_a_rule_that_blends_leads_to_better_ones():
    at = page(["anna", "vae"], rule="weighted_average")
    at = healthy(at.button(key="fuse.align").click().run())
    assert at.selectbox(key="fuse.anchor").value == "anna"
    assert "fuse.align" not in {button.key for button in at.button}  # it is the better way
    fused = fuse(["anna", "vae"], "weighted_average", (0.5, 0.5), options={"anchor": "anna"})
    assert np.abs(shown(at).astype(int) - to_uint8(fused.sample(16, 0))).max() <= 1
    kin = page(["anna", "berta"], rule="weighted_average")  # relatives draw nearly the same thing
    assert "fuse.mix_instead" not in {button.key for button in kin.button}
    at = page(["anna", "stranger"], rule="median")
    assert "fuse.align" not in {button.key for button in at.button}  # nobody encodes
    at = healthy(at.button(key="fuse.mix_instead").click().run())
    assert studio(at)["rule"] == "mixture"
