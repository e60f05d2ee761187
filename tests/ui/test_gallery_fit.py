"""What a member's page offers to be fitted: only what makes sense, as jobs with progress and cancel."""

import sys
import threading
import time

import pytest
from fakes import card_for, keep_fused, keep_member, rng, tiny_spec
from parts_visit import healthy, visit

from ganlab.members import store
from ganlab.members.card import CodeDensity, Encoder
from ganlab.members.density import Density
from ganlab.members.networks import build, count, to_bytes
from ganlab.ui import jobs
from ganlab.ui.pages import gallery_fit

GOING = """
import json, pathlib, sys, time
print(json.dumps({"doing": "fitting an encoder", "share": 0.4, "left": 3.0}), file=sys.stderr, flush=True)
while not pathlib.Path(sys.argv[1]).exists():
    time.sleep(0.01)
"""


@pytest.fixture(autouse=True)
def shipped(workspace, own_jobs, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "pretrained")
    return tmp_path / "pretrained"


@pytest.fixture
def go(tmp_path, monkeypatch):
    """Verbs are done by a script that waits for the file which this returns."""
    path = tmp_path / "go"
    monkeypatch.setattr(jobs, "verb", lambda *asked: (sys.executable, "-c", GOING, str(path), *asked))
    return path


def keep_vae(name="zoe", density=False):
    spec = tiny_spec(network="mlp", objective="elbo").resolved()
    networks = build(spec, rng())
    changes = {"kind": "vae"}
    if density:
        import torch

        networks["density"] = Density.of(torch.ones(1), torch.zeros(1, 6), torch.eye(6)[None])
        facts = CodeDensity(components=1, seed=0, log_likelihood=0.0, seconds=1.0)
        made_of = {"zoe": store.catalogue()["zoe"].card.digest()}
        changes |= {"latent_dim": 7, "walk_dim": 6, "density": facts, "made_of": made_of}
    data, weights = to_bytes(networks)
    return store.keep(card_for(spec, name, weights, **changes), data)


def give_encoder(name="anna"):
    entry = store.catalogue()[name]
    network = build(entry.card.spec, rng(), encoder=True)["encoder"]
    data, weights = to_bytes({"encoder": network})
    facts = {"parameters": count(network), "steps": 1200, "seconds": 240.0, "seed": 0}
    store.add_encoder(entry, data, Encoder(**weights.model_dump(), **facts))


def page(name):
    return healthy(visit(gallery__member=name))


def offered(at):
    return {button.key for button in at.button} & {"gallery.encoder", "gallery.density_now"}


def shown(at):
    return "\n".join(str(each.value) for each in at.markdown)


def test_each_kind_is_offered_what_makes_sense(shipped):
    keep_member("anna")
    keep_member("otto", seed=1)
    keep_fused("both", "anna", "otto")
    keep_vae()
    assert [offered(page(name)) for name in ("anna", "zoe", "both")] == [
        {"gallery.encoder"},
        {"gallery.density_now"},
        set(),
    ]
    shipped.mkdir()
    store.catalogue()["otto"].folder.rename(shipped / "otto")
    assert offered(page("otto")) == set()


def test_what_was_fitted_is_a_fact_and_no_longer_offered():
    keep_member("anna")
    give_encoder()
    at = page("anna")
    assert offered(at) == set()
    assert "weights, fitted afterwards: 1,200 steps, 4 min" in shown(at)
    keep_vae()
    keep_vae("zoe-gmm", density=True)
    at = page("zoe")
    assert offered(at) == set()
    assert "zoe-gmm draws from its codes" in [link.proto.label for link in at.get("page_link")]
    assert "mixture of 1 Gaussians, fitted to its codes" in shown(page("zoe-gmm"))
    assert offered(page("zoe-gmm")) == set()


def test_a_click_begins_a_job_that_is_shown_and_can_be_cancelled(go):
    keep_member("anna")
    at = healthy(page("anna").button(key="gallery.encoder").click().run())
    (job,) = jobs.known()
    assert job.command == gallery_fit.encoder_command("anna")
    wait_until(lambda: job.doing)
    at = healthy(at.run())
    assert offered(at) == set()
    (cancel,) = [button for button in at.button if button.key == f"gallery.job.cancel.{job.number}"]
    at = healthy(cancel.click().run())
    wait_until(lambda: not job.live)
    assert offered(healthy(at.run())) == {"gallery.encoder"}


def test_a_density_is_asked_for_under_a_name_of_its_own(go):
    keep_vae()
    at = page("zoe")
    assert at.text_input(key="gallery.density_name.zoe").value == "zoe-gmm"
    at.text_input(key="gallery.density_name.zoe").set_value("dense").run()
    healthy(at.button(key="gallery.density_now").click().run())
    assert [job.command for job in jobs.known()] == [gallery_fit.density_command("zoe", "dense")]


def test_a_job_that_fails_says_why(monkeypatch):
    keep_vae()
    failing = "import sys; print('There is a member called zoe already.', file=sys.stderr); sys.exit(4)"
    monkeypatch.setattr(jobs, "verb", lambda *asked: (sys.executable, "-c", failing, *asked))
    at = page("zoe")
    at.button(key="gallery.density_now").click().run()
    (job,) = jobs.known()
    wait_until(lambda: not job.live)
    at = at.run()
    assert not at.exception
    assert "There is a member called zoe already" in at.error[0].value
    assert offered(at) == {"gallery.density_now"}


def wait_until(condition):
    clock, deadline = threading.Event(), time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        clock.wait(0.01)
