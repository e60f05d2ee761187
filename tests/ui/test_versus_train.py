"""Three runs of an equal budget, and the stages of a VAE-GAN as a film."""

import json

import numpy as np
import pytest
import torch
from fakes import tiny_spec
from parts_visit import healthy, visit
from test_versus_rebuild import said, strips

from ganlab import runs
from ganlab.data import examples, load_dataset
from ganlab.files import write_json
from ganlab.images import from_uint8, to_uint8
from ganlab.members import store
from ganlab.members.networks import to_bytes
from ganlab.members.rebuild import rebuilt
from ganlab.runs import Run, State
from ganlab.runs.record import Record
from ganlab.training import train
from ganlab.ui.pages import versus_stages, versus_train

pytestmark = pytest.mark.usefixtures("own_store_and_workers")
OBJECTIVES = {"vae": "elbo", "gan": "hinge", "vaegan": "vaegan"}


def finished(workspace, number, objective, stages=(), state="finished"):
    """A run's folder as a worker would leave it, with members of stages whose generators differ."""
    run = Run(workspace / "runs" / f"{number:04d}-{objective}-digits")
    spec = tiny_spec(objective=objective).resolved()
    write_json(run.folder / "spec.json", spec.model_dump())
    run.write_state(State(state=state, step=6, steps=6, device="cpu"))
    *_, end = train(spec, load_dataset("digits"))
    record, networks = Record(run), end.member.networks
    for step, stage in enumerate(stages, 1):
        record.tell("stage", step=step - 1, name=stage, ended=None)
        if stage != stages[-1]:
            data, weights = to_bytes(networks)
            record.member(end.member.card.model_copy(update={"steps": step}), data, weights, stage)
            for value in networks["generator"].parameters():
                value.add_(0.05)
    data, weights = to_bytes(networks)
    record.member(end.member.card, data, weights)
    return run


def page(view, **query):
    return visit("versus", **{f"versus__{name}": value for name, value in ({"view": view} | query).items()})


def live(at):
    return json.loads(next(each for each in at.get("bidi_component") if "runs" in each.proto.json).proto.json)


@pytest.mark.parametrize("dataset", ["digits", "fashion_mnist"])
def test_all_three_get_the_same_networks_latents_and_steps(dataset):
    asked = versus_train.specs(dataset, "steps", 700, seed=3)
    assert {kind: spec.kind for kind, spec in asked.items()} == {kind: kind for kind in OBJECTIVES}
    for field in ("dataset", "network", "latent_dim", "steps", "seed", "batch_size", "ema"):
        assert len({getattr(spec, field) for spec in asked.values()}) == 1, field
    assert asked["vae"].steps == 700
    assert asked["vae"].warmup <= 140


def test_equal_seconds_are_as_many_steps_as_fit_into_them(monkeypatch):
    rates = {"vae": 0.01, "gan": 0.02, "vaegan": 0.04}  # seconds a step
    monkeypatch.setattr(versus_train, "seconds", lambda spec: spec.steps * rates[spec.kind])
    asked = versus_train.specs("digits", "seconds", 30, seed=0)
    assert {kind: spec.steps for kind, spec in asked.items()} == {"vae": 3_000, "gan": 1_500, "vaegan": 750}


def test_one_click_starts_three_runs_and_stop_ends_them():
    at = healthy(page("train"))
    assert "VAE 1,500 steps" in said(at)
    at.select_slider(key="versus.amount_steps").set_value(10_000).run()
    at = healthy(at.button(key="versus.train_now").click().run())
    made = runs.all_runs()
    assert [run.spec().kind for run in made] == ["vae", "gan", "vaegan"]
    assert {run.spec().steps for run in made} == {10_000}
    assert at.query_params["versus.runs"] == [run.name for run in made]
    assert [each["name"] for each in live(at)["runs"]] == [run.name for run in made]
    assert [each["short"] for each in live(at)["runs"]] == ["VAE", "GAN", "VAE-GAN"]
    assert len(set(live(at)["colours"]["runs"])) == 3
    at.button(key="versus.stop_all").click().run()
    assert {run.state().state for run in made[1:]} == {"stopped"}


def test_what_came_of_them_is_kept_with_one_click_and_compared(workspace):
    made = [finished(workspace, number, objective) for number, objective in enumerate(OBJECTIVES.values(), 1)]
    names = [run.name for run in made]
    at = healthy(page("train", runs=names))
    assert "VAE: 6 steps in" in said(at)
    at = healthy(at.button(key="versus.keep_all").click().run())
    kept = {entry.card.kind: entry.name for entry in store.catalogue()}
    assert kept == {kind: f"digits-{kind}-{number:04d}" for number, kind in enumerate(OBJECTIVES, 1)}
    shown = json.loads(next(e for e in at.get("bidi_component") if "members" in e.proto.json).proto.json)
    assert [each["name"] for each in shown["members"]] == [kept[kind] for kind in OBJECTIVES]
    at = healthy(page("train", runs=names))
    healthy(at.button(key="versus.keep_all").click().run())
    assert len(list(store.catalogue())) == 3  # kept once


def test_runs_that_cannot_be_shown_are_told(workspace):
    finished(workspace, 1, "hinge")
    at = page("train", runs=["0001-hinge-digits", "nobody"])
    assert "'nobody'" in at.warning[0].value
    assert len(live(at)["runs"]) == 1


STAGES = ("pretrain", "join", "joint")


def test_the_film_shows_the_member_of_each_stage(workspace):
    run = finished(workspace, 1, "vaegan", STAGES)
    real = examples.keep(load_dataset("digits")).images
    ended = versus_stages.stages_of(run)
    assert list(ended) == list(STAGES)
    ended = dict(zip(STAGES, map(run.member, ("pretrain", "join", "last")), strict=True))
    assert len({entry.card.digest() for entry in ended.values()}) == 3
    run.keep("vega")
    at = healthy(page("stages"))
    assert at.select_slider(key="versus.stage").value == "joint"
    from ganlab.fusion.stored import open_plain

    for stage in ("joint", "pretrain"):
        at = healthy(page("stages", stage=stage))
        member = open_plain(ended[stage], torch.device("cpu"))
        found = strips(at)
        assert np.array_equal(found[f"28 samples at the end of {stage}"][0], to_uint8(member.sample(28, 0))[..., 0])
        drawn, errors = rebuilt(member, from_uint8(real[:14]))
        assert np.array_equal(found["Rebuilt by it"][0], to_uint8(drawn)[..., 0])
        assert found["Rebuilt by it"][1] == [f"{error:.3f}" for error in errors.tolist()]
    errors = {stage: rebuilt(open_plain(entry), from_uint8(real))[1].mean().item() for stage, entry in ended.items()}
    lowest = next(stage for stage, error in errors.items() if error <= 1.02 * min(errors.values()))
    assert f"lowest after **{lowest}**" in said(at)


def test_without_such_a_run_one_click_trains_it(workspace):
    finished(workspace, 1, "elbo").keep("vera")
    at = healthy(page("stages"))
    assert "no such run here yet" in said(at)
    at = healthy(at.button(key="versus.stages_train").click().run())
    (run,) = [each for each in runs.all_runs() if each.spec().kind == "vaegan"]
    assert at.selectbox(key="versus.run").value == run.name
    assert "still going on" in said(at)
    assert [each["name"] for each in live(at)["runs"]] == [run.name]


def test_a_run_that_ended_too_early_is_told(workspace):
    run = finished(workspace, 1, "vaegan", ("pretrain",), state="stopped")
    run.keep("vega")
    assert "before its second stage" in said(healthy(page("stages")))
