"""The Train page without a browser: presets, the form, its sentences, runs made, watched and kept."""

import json
import os
import threading
import time

import pytest
from fakes import keep_member, tiny_spec
from parts_visit import healthy, visit

from ganlab import runs
from ganlab.data import DATASETS
from ganlab.files import write_json
from ganlab.lock import hold
from ganlab.members import store
from ganlab.networks import NETWORKS
from ganlab.objectives import OBJECTIVES, STAGES
from ganlab.runs import Run, State, life
from ganlab.spec import MemberSpec
from ganlab.training import train
from ganlab.ui.i18n import texts
from ganlab.ui.pages import train_data, train_fields
from ganlab.ui.pages.train_estimate import _multiplications
from ganlab.ui.pages.train_presets import ICONS, PRESETS

_PATIENCE = 60


pytestmark = pytest.mark.usefixtures("own_store_and_workers")


def field(at, name):
    found = [each for kind in ("selectbox", "number_input", "text_input", "toggle") for each in at.get(kind)]
    return next(each for each in found if each.key == f"train.field.{name}")


def shown(at):
    kinds = ("selectbox", "number_input", "text_input", "toggle")
    keys = [each.key for kind in kinds for each in at.get(kind)]
    return {key.removeprefix("train.field.") for key in keys if key.startswith("train.field.")}


def press(at, key):
    return at.button(key=f"train.{key}").click().run()


def running_by_hand(workspace, state="finished", name="0001-mlp-digits", **changes):
    """A run's folder as a worker would leave it."""
    run = Run(workspace / "runs" / name)
    spec = tiny_spec(**changes).resolved()
    write_json(run.folder / "spec.json", spec.model_dump())
    run.write_state(State(state=state, step=6, steps=6, device="cpu"))
    return run, spec


def with_member(run, spec, best=None, **stages):
    from ganlab.data import load_dataset
    from ganlab.members.networks import to_bytes
    from ganlab.runs.record import Record

    *_, finished = train(spec, load_dataset(spec.dataset))
    data, weights = to_bytes(finished.member.networks)
    Record(run).member(finished.member.card, data, weights)
    if best is not None:
        for value in finished.member.networks["generator"].parameters():
            value += 1
        data, weights = to_bytes(finished.member.networks)
        Record(run).member(finished.member.card.model_copy(update={"steps": best}), data, weights, "best")
        Record(run).tell("scored", step=best, best=True, fid=12.25)
    for stage, step in stages.items():
        for value in finished.member.networks["generator"].parameters():
            value += 1
        data, weights = to_bytes(finished.member.networks)
        Record(run).member(finished.member.card.model_copy(update={"steps": step}), data, weights, stage)
    return run


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_fills_the_form_and_is_a_spec(name):
    at = press(healthy(visit("train")), f"preset.{name}")
    healthy(at)
    for what, value in PRESETS[name].items():
        assert field(at, what).value == value
    assert MemberSpec(**PRESETS[name])
    assert name in ICONS


def test_a_kept_member_can_be_started_from_where_it_fits(workspace):
    at = healthy(visit("train"))
    assert "start" not in shown(at), "there is none to start from"
    keep_member("anna", network="mlp", latent_dim=100)
    at = healthy(visit("train"))
    assert field(at, "start").options == ["none", "anna"]
    at = healthy(field(at, "start").set_value("anna").run())
    assert not at.error
    at = field(at, "latent_dim").set_value(50).run()
    assert "start 'anna' has Latent size 100" in at.error[0].value.replace("\\", "")
    at = healthy(field(at, "network").set_value("dcgan").run())
    assert "start" not in shown(at)


def test_a_preset_leaves_nothing_of_the_one_before():
    at = press(healthy(visit("train")), "preset.collapse")
    at = press(at, "preset.first")
    assert field(at, "dropout").value == MemberSpec(network="mlp").resolved().dropout


def test_the_first_visit_could_press_train_at_once():
    at = healthy(visit("train"))
    assert field(at, "dataset").value == PRESETS["first"]["dataset"]
    assert any("bout" in each.value and "second" in each.value for each in at.caption), "how long it will take"


@pytest.mark.parametrize(
    ("network", "objective"),
    [*((each.name, "hinge") for each in NETWORKS), *(("mlp", each.name) for each in OBJECTIVES)],
)
def test_only_options_that_are_used_are_shown(network, objective):
    points = NETWORKS[network].facts["suits"] == "points"
    at = healthy(visit("train"))
    field(at, "dataset").set_value("ring8" if points else "digits").run()
    field(at, "network").set_value(network).run()
    field(at, "objective").set_value(objective).run()
    healthy(at)
    own = {*NETWORKS[network].facts["options"], *OBJECTIVES[objective].facts["options"], "beta1", "beta2"}
    idle = set(MemberSpec(dataset="ring8" if points else "digits", network=network, objective=objective).idle)
    every = {name for each in (*NETWORKS, *OBJECTIVES) for name in each.facts["options"]}
    every |= {"beta1", "beta2", "momentum"}
    assert shown(at) & every == own - idle - ({"diffaugment"} if points else set())
    assert not shown(at) & idle
    assert ("augment" in shown(at)) == (not points)


def test_a_form_without_a_critic_asks_nothing_of_one():
    at = press(healthy(visit("train")), "preset.vae")
    assert not shown(at) & {"learning_rate_critic", "n_critic", "dropout"}
    assert field(at, "likelihood").options == ["bernoulli", "gaussian"]
    assert {"bout" in each.value for each in at.caption} >= {True}, "how long it will take"
    field(at, "steps").set_value(1)
    field(at, "likelihood").set_value("gaussian")
    press(at, "start")
    spec = runs.all_runs()[0].spec()
    assert (spec.kind, spec.likelihood, spec.latent_dim) == ("vae", "gaussian", 16)


def test_points_have_no_ink_to_be_certain_of():
    at = healthy(visit("train"))
    field(at, "dataset").set_value("ring8").run()
    field(at, "objective").set_value("elbo").run()
    assert field(healthy(at), "likelihood").options == ["gaussian"]


def test_stages_are_shares_and_none_at_all_is_refused():
    at = press(healthy(visit("train")), "preset.vaegan")
    for stage in STAGES:
        assert "0 skips the stage" in field(at, stage).help
        field(at, stage).set_value(0.0)
    at.run()
    assert "all 0: give at least one stage a share" in at.error[0].value.replace("\\", "")


def test_packs_are_chosen_in_the_form_and_must_fill_the_batch():
    at = healthy(visit("train"))
    field(at, "pack").set_value(3)
    field(at, "minibatch_discrimination").set_value(5)
    field(at, "feature_matching").set_value(0.5)
    field(at, "diffaugment").set_value("translation+cutout").run()
    assert "Batch size 64 cannot be cut into packs of 3" in at.error[0].value
    field(at, "batch_size").set_value(60).run()
    assert any("bout" in each.value and "second" in each.value for each in healthy(at).caption), "how long it will take"
    field(at, "steps").set_value(1)
    press(at, "start")
    spec = runs.all_runs()[0].spec()
    assert (spec.pack, spec.minibatch_discrimination, spec.feature_matching) == (3, 5, 0.5)
    assert spec.diffaugment == "translation+cutout"


def test_growing_is_offered_where_all_that_learns_can_grow():
    at = healthy(visit("train"))
    field(at, "network").set_value("dcgan").run()
    assert field(healthy(at), "grow").value == 0
    field(at, "grow").set_value(0.5).run()
    assert not at.error
    field(at, "objective").set_value("elbo").run()
    assert "train.field.grow" not in {each.key for each in healthy(at).number_input}


def test_coarse_phases_count_for_less_in_the_estimate():
    shape = {"dataset": "folder:x", "width": 4, "critic_width": 4, "steps": 100}
    plain, at_once, long = (_multiplications(MemberSpec(**shape, grow=grow).resolved()) for grow in (0.0, 1e-9, 0.9))
    for role in ("generator", "critic"):
        assert plain[role] == pytest.approx(at_once[role]), "whole from the first step on"
        assert 0.4 * plain[role] < long[role] < 0.7 * plain[role]


def test_another_objective_brings_its_usual_options():
    at = healthy(visit("train"))
    field(at, "objective").set_value("wasserstein_gp").run()
    assert field(at, "penalty").value == 10
    field(at, "objective").set_value("relativistic").run()
    assert field(at, "penalty").value == 1


def test_points_and_pictures_have_their_own_networks():
    at = healthy(visit("train"))
    field(at, "dataset").set_value("ring8").run()
    assert field(at, "network").options == ["toy"]
    field(at, "dataset").set_value("digits").run()
    assert "toy" not in field(at, "network").options
    healthy(at)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("steps", 0, "steps is 0; allowed: greater than or equal to 1"),
        ("seed", -1, "seed"),
        ("learning_rate_critic", 0.0, "Learning rate D is 0.0; allowed: greater than 0"),
        ("batch_size", 5_000, "Batch size 5,000 is more than the 1,437 training examples"),
    ],
)
def test_a_value_that_is_not_allowed_is_told_and_nothing_is_lost(name, value, sentence):
    at = healthy(visit("train"))
    field(at, "latent_dim").set_value(17)
    field(at, name).set_value(value)
    at = press(at, "start")
    (told,) = [each.value.replace("\\", "") for each in at.error]
    assert sentence in told
    assert field(at, name).value == value
    assert field(at, "latent_dim").value == 17
    assert runs.all_runs() == []


def test_a_folder_needs_a_path_that_is_there(tmp_path):
    at = healthy(visit("train"))
    field(at, "dataset").set_value("folder").run()
    assert "path" in at.error[0].value
    field(at, "folder").set_value("/no/such/place").run()
    assert "There is no folder" in at.error[0].value
    field(at, "folder").set_value(str(tmp_path)).run()
    healthy(at)


def test_a_dataset_that_is_not_here_is_announced(workspace):
    at = press(healthy(visit("train")), "preset.mnist")
    assert any("will be fetched" in each.value for each in at.caption)
    there = workspace / "data" / train_data.SIGNS["mnist"][0]
    there.parent.mkdir(parents=True)
    there.touch()
    at.run()
    assert not any("will be fetched" in each.value for each in at.caption)


def test_a_dataset_that_nobody_offers_is_asked_for(workspace):
    at = healthy(visit("train"))
    field(at, "dataset").set_value("cats64").run()
    healthy(at)
    said = [each.value for each in at.caption if "Not here" in each.value]
    assert len(said) == 1
    assert "put cats64/train.zip and cats64/test.zip into" in said[0]
    assert "fetched" not in said[0]


def test_every_dataset_that_may_be_missing_has_a_sign():
    assert train_data.SIGNS.keys() == {each.name for each in DATASETS if not each.facts["embedded"]}


def test_every_field_has_a_label_and_help():
    known = texts("train")
    asked = set(MemberSpec.model_fields) | {"folder"}
    assert {name for name in asked if f"field.{name}" not in known or f"help.{name}" not in known} == set()


def test_train_makes_a_run_and_goes_to_it():
    at = healthy(visit("train"))
    field(at, "steps").set_value(100_000)
    at = press(at, "start")
    healthy(at)
    (run,) = runs.all_runs()
    assert at.query_params["train.run"] == run.name
    assert run.spec() == MemberSpec(**PRESETS["first"] | {"steps": 100_000}).resolved()
    assert at.get("bidi_component")
    at = press(at, "pause")
    deadline, clock = time.monotonic() + _PATIENCE, threading.Event()
    while run.state().state != "paused" and time.monotonic() < deadline:
        clock.wait(0.02)
    at = healthy(at.run())
    assert {"train.resume", "train.stop", "train.step_generator", "train.step_critic"} <= {b.key for b in at.button}
    at = press(at, "new")
    assert field(healthy(at), "steps").value == 100_000, "the form as it was left"


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        ("queued", {"stop"}),
        ("running", {"resume", "stop"}),  # by a worker that is gone: interrupted
        ("stopped", {"resume"}),
        ("failed", {"resume"}),
        ("finished", set()),
    ],
)
def test_what_is_offered_depends_on_the_state(workspace, state, offered):
    run, _ = running_by_hand(workspace, state=state)
    at = healthy(visit("train", train__run=run.name))
    wishes = {"pause", "resume", "stop", "step_generator", "step_critic", "step_both"}
    assert {b.key.removeprefix("train.") for b in at.button} & wishes == offered


def test_a_worker_without_a_sign_of_life_can_be_ended(workspace):
    run, _ = running_by_hand(workspace, "running")
    silent = State(state="running", steps=6, pid=os.getpid(), machine=life.here(), ticks=time.monotonic() - 200)
    run.write_state(silent)
    lock = hold(run.folder / "lock", 0)
    try:
        at = visit("train")
        assert any("no sign of life for 3 min" in each.value for each in at.caption)
        at = visit("train", train__run=run.name)
        assert not [each for each in at.button if each.key == "train.stop"], "it would not hear it"
        at = press(at, "end")
        assert "is no worker of run" in at.error[0].value, "this process only holds its lock"
    finally:
        lock.release()
        run.write_state(silent.model_copy(update={"state": "finished"}))


def test_after_a_crash_the_list_offers_to_go_on(workspace):
    run, _ = running_by_hand(workspace, "running")  # and no worker
    at = visit("train")
    queue_only = pytest.MonkeyPatch()
    queue_only.setattr(runs.queue, "_start", lambda run: None)
    try:
        at.button(key=f"train.resume.{run.name}").click().run()
        assert run.written_state().state == "queued"
    finally:
        queue_only.undo()
        run.delete()


def test_the_live_view_is_told_which_runs(workspace):
    one, _ = running_by_hand(workspace)
    two, _ = running_by_hand(workspace, name="0002-toy-ring8", dataset="ring8", network="toy", latent_dim=2)
    at = healthy(visit("train", train__run=one.name, train__with=two.name))
    data = json.loads(at.get("bidi_component")[0].proto.json)
    assert [(each["name"], each["points"]) for each in data["runs"]] == [(one.name, False), (two.name, True)]


def test_a_finished_run_is_kept_renamed_and_its_member_deleted(workspace):
    run, spec = running_by_hand(workspace)
    with_member(run, spec)
    at = healthy(visit("train", train__run=run.name))
    assert at.text_input(key=f"train.name.{run.name}").value == "digits-mlp-0001"
    at = healthy(press(at, "keep"))
    assert "digits-mlp-0001" in store.catalogue()
    at.text_input(key="train.new_name.digits-mlp-0001").set_value("my-digits")
    at = healthy(press(at, "rename"))
    assert [each.name for each in store.catalogue()] == ["my-digits"]
    at = healthy(press(at, "delete_member"))
    assert list(store.catalogue()) == []
    at.text_input(key=f"train.name.{run.name}").set_value("Not a Name!")
    at = press(at, "keep")
    assert "no name for a member" in at.error[0].value.replace("\\", "")


def test_the_best_checkpoint_can_be_kept_in_the_place_of_the_last(workspace):
    run, spec = running_by_hand(workspace)
    with_member(run, spec, best=4)
    at, which = healthy(visit("train", train__run=run.name)), f"train.which.{run.name}"
    assert at.selectbox(key=which).options == ["last (step 6)", "best (step 4, FID 12.2)"]
    at = healthy(press(at, "keep"))
    assert store.catalogue()["digits-mlp-0001"].card.steps == 6
    at.selectbox(key=which).select("best (step 4, FID 12.2)").run()
    at = healthy(press(at, "keep"))
    assert store.catalogue()["digits-mlp-0001-2"].card.steps == 4


def test_the_member_at_the_end_of_a_stage_can_be_kept(workspace):
    run, spec = running_by_hand(workspace, objective="vaegan")
    with_member(run, spec, best=4, pretrain=2, join=4)
    at, which = healthy(visit("train", train__run=run.name)), f"train.which.{run.name}"
    assert at.selectbox(key=which).options == ["last (step 6)", "best (step 4, FID 12.2)", "pretrain (step 2)"]
    at.selectbox(key=which).select("pretrain (step 2)").run()
    at = healthy(press(at, "keep"))
    assert store.catalogue()["digits-mlp-0001-pretrain"].card.steps == 2


def test_a_run_that_was_best_at_its_end_offers_no_choice(workspace):
    run, spec = running_by_hand(workspace)
    with_member(run, spec, best=6)
    at = healthy(visit("train", train__run=run.name))
    assert [each for each in at.selectbox if each.key == f"train.which.{run.name}"] == []


def test_points_have_no_target_and_a_target_is_part_of_the_spec():
    at = healthy(visit("train"))
    assert {"score_every", "target_fid", "patience"} <= shown(at)
    field(at, "target_fid").set_value(7.5)
    field(at, "patience").set_value(4)
    field(at, "steps").set_value(1)
    press(at, "start")
    spec = runs.all_runs()[0].spec()
    assert (spec.target_fid, spec.patience) == (7.5, 4)
    at = healthy(visit("train"))
    field(at, "dataset").set_value("ring8").run()
    assert shown(healthy(at)) & {"score_every", "target_fid", "patience"} == {"score_every"}


def test_a_deleted_run_leads_back_to_the_form(workspace):
    run, _ = running_by_hand(workspace)
    at = press(healthy(visit("train", train__run=run.name)), "delete_now")
    assert runs.all_runs() == []
    assert "train.run" not in at.query_params
    assert shown(at)


def test_an_unknown_run_is_told_above_the_form():
    at = visit("train", train__run="0042-mlp-digits")
    assert "No run is called" in at.error[0].value
    assert shown(at)


def test_a_run_with_a_broken_spec_can_still_be_deleted(workspace):
    run, _ = running_by_hand(workspace)
    (run.folder / "spec.json").write_text('{"dataset": "<script>"}')
    at = visit("train", train__run=run.name)
    assert not at.exception
    assert at.error
    press(at, "delete_now")
    assert runs.all_runs() == []


def test_runs_are_listed_with_state_and_place(workspace):
    running_by_hand(workspace, state="queued")
    running_by_hand(workspace, state="queued", name="0002-mlp-digits")
    at = healthy(visit("train"))
    told = [each.value for each in at.caption]
    assert any("place 2 in the queue" in each for each in told)
    press(at, "open.0002-mlp-digits")
    assert at.query_params["train.run"] == "0002-mlp-digits"


def test_a_step_of_a_number_field_suits_its_size():
    assert train_fields._step(2e-4) < 2e-4
    assert train_fields._step(0.999) < 0.01


def test_classes_are_offered_where_there_are_some():
    at = healthy(visit("train"))
    at = field(at, "conditional").set_value(True).run()
    assert healthy(at).session_state["train.field.conditional"] is True
    at = healthy(field(at, "objective").set_value("vaegan").run())
    assert "train.field.conditional" not in [each.key for each in at.toggle]
    at = healthy(field(at, "objective").set_value("elbo").run())
    assert "train.field.conditional" in [each.key for each in at.toggle]
    at = healthy(field(at, "dataset").set_value("ring8").run())
    assert "train.field.conditional" not in [each.key for each in at.toggle]
