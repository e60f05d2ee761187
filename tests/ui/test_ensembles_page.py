"""The Ensembles page without a browser: presets, the form, its sentences, ensembles made, watched and kept."""

import json
import threading

import pytest
from parts_visit import healthy, visit

from ganlab import ensembles, runs
from ganlab.ensembles import METHODS
from ganlab.members import store
from ganlab.runs import cluster, parts, queue
from ganlab.spec import EnsembleSpec, MemberSpec
from ganlab.ui.pages.ensembles_presets import PRESETS
from ganlab.ui.parts import plain

_PATIENCE = 120


pytestmark = pytest.mark.usefixtures("own_store_and_workers")


@pytest.fixture
def no_workers(monkeypatch):
    """Runs are made and stay in the queue."""
    monkeypatch.setattr(queue, "dispatch", list)
    monkeypatch.setattr(runs, "dispatch", list, raising=False)


def field(at, name, of="ensembles"):
    kinds = ("selectbox", "number_input", "text_area", "text_input")
    return next(each for kind in kinds for each in at.get(kind) if each.key == f"{of}.field.{name}")


def shown(at):
    kinds = ("selectbox", "number_input", "text_area")
    keys = [each.key for kind in kinds for each in at.get(kind)]
    return {key.removeprefix("ensembles.field.") for key in keys if key and key.startswith("ensembles.field.")}


def press(at, key):
    return at.button(key=key).click().run()


def tiny(method="bagging", members=2, **options):
    base = MemberSpec(dataset="ring8", network="toy", batch_size=8, steps=6, log_every=1, preview_every=3)
    return EnsembleSpec(method=method, members=members, base=base, **options)


def finished(asked):
    run = runs.create(asked)
    clock = threading.Event()
    for _ in range(_PATIENCE * 20):
        if run.state().state == "finished":
            return run
        clock.wait(0.05)
    raise AssertionError(run.state())


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_an_ensemble_that_could_be_trained_at_once(name, no_workers):
    at = healthy(press(healthy(visit("ensembles")), f"ensembles.preset.{name}"))
    options = PRESETS[name][1]
    for what, value in options.items():
        assert field(at, what).value == value
    assert any("bout" in each.value for each in at.caption), "how long it will take"
    healthy(press(at, "ensembles.start"))
    spec = runs.find("1").spec()
    assert spec.method == options["method"]
    assert spec.base.steps == PRESETS[name][2]["steps"]
    assert runs.find("1").state().steps == sum(ensembles.lengths(spec))


def test_only_what_a_method_takes_is_asked_for():
    at = healthy(visit("ensembles"))
    for method in METHODS:
        if "variants" not in method.facts["options"]:
            at = healthy(field(at, "method").set_value(method.name).run())
            assert shown(at) == {"method", *method.facts["options"]}


def test_what_is_wrong_is_said_before_anything_is_trained():
    at = field(healthy(visit("ensembles")), "members").set_value(17).run()
    assert "members is 17" in at.error[0].value
    at = field(at, "members").set_value(11).run()
    assert "11 specialists need a label each, and 'digits' has 10" in at.error[0].value.replace("\\", "")
    at = field(at, "method").set_value("architectures").run()
    assert "needs at least two variants" in at.error[0].value
    at = field(at, "variants").set_value("hinge").run()
    assert "says no value; write NAME=VALUE" in at.error[0].value.replace("\\", "")
    at = healthy(field(at, "variants").set_value("objective=hinge\n\nnetwork=mlp").run())
    press(at, "ensembles.start").run()
    assert [len(run.spec().variants) for run in runs.all_runs()] == [2]


def test_without_ensembles_the_page_says_how_to_begin(no_workers):
    at = healthy(visit("ensembles"))
    assert any("No ensemble has been trained here yet" in each.value for each in at.info)
    runs.create(tiny().base)
    assert any("No ensemble has been trained here yet" in each.value for each in healthy(visit("ensembles")).info)


def test_a_finished_ensemble_is_shown_and_kept():
    run = finished(tiny())
    at = healthy(visit("ensembles"))
    assert any("bagging of toy on ring8" in each.value for each in at.caption)
    at = healthy(visit("ensembles", ensembles__run=run.name))
    table = at.dataframe[0].value
    assert table["Member"].tolist() == [1, 2]
    assert table["Weight"].tolist() == [0.5, 0.5]
    assert table["Rows it sees"][1].startswith("bootstrap sample 2 of ")
    assert at.text_input(key=f"train.name.{run.name}").value == "ring8-bagging-0001"
    at = healthy(press(at, "train.keep"))
    assert [entry.name for entry in store.catalogue()] == [
        *("ring8-bagging-0001", "ring8-bagging-0001-1", "ring8-bagging-0001-2")
    ]
    assert any("Kept as **ring8-bagging-0001**" in each.value.replace("\\", "") for each in at.markdown)
    at = healthy(visit("ensembles", ensembles__run=run.name))
    assert any("Kept as **ring8-bagging-0001**" in each.value.replace("\\", "") for each in at.markdown), (
        "also on the next visit"
    )


def live(at):
    """What the live component is fed, as JSON."""
    (found,) = at.get("bidi_component")
    return json.loads(found.proto.json)


def test_curves_are_those_of_the_chosen_members():
    run = finished(tiny(members=3))
    at = healthy(visit("ensembles", ensembles__run=run.name))
    assert curves(at) == ["0001-bagging-ring8/3"]
    at = healthy(choose(at, "Member 1"))
    assert curves(at) == ["0001-bagging-ring8/1"]
    at = healthy(choose(at, "Together"))
    assert curves(at) == [f"0001-bagging-ring8/{number}" for number in (3, 2, 1)]


def test_an_ensemble_is_paused_resumed_and_stopped():
    run = runs.create(tiny().model_copy(update={"base": tiny().base.model_copy(update={"steps": 100_000})}))
    wait(lambda: parts.parts(run) and run.state().step)
    at = healthy(visit("ensembles", ensembles__run=run.name))
    assert not [each for each in at.button if each.key == "train.apply"], "rates are of one training"
    press(at, "train.pause")
    wait(lambda: run.state().state == "paused")
    at = healthy(visit("ensembles", ensembles__run=run.name))
    press(at, "train.resume")
    wait(lambda: run.state().state == "running")
    press(healthy(visit("ensembles", ensembles__run=run.name)), "train.stop")
    wait(lambda: run.state().state == "stopped")
    at = healthy(visit("ensembles", ensembles__run=run.name))
    assert at.button(key="train.keep")
    press(at, "train.delete_now")
    assert runs.all_runs() == []


def test_the_score_of_each_fold_is_shown():
    variants = ({"objective": "hinge"}, {"objective": "nonsaturating"})
    run = finished(tiny("cross_validation", None, folds=2, variants=variants))
    at = healthy(visit("ensembles", ensembles__run=run.name))
    table = at.dataframe[0].value
    assert table["Score on its fold"].notna().tolist() == [True] * 4 + [False]
    assert any("has the least mean energy distance: " in each.value for each in at.caption)


def test_each_kind_of_run_has_its_page(no_workers):
    ensemble, training = runs.create(tiny()), runs.create(tiny().base)
    at = healthy(visit("train"))
    names = [each.label for each in at.button]
    assert training.name in names
    assert ensemble.name not in names
    at = visit("ensembles", ensembles__run=training.name)
    assert "trains one member" in at.error[0].value
    names = [each.label for each in at.button]
    assert ensemble.name in names
    assert training.name not in names


def test_an_unknown_run_is_a_sentence_above_the_form(no_workers):
    at = visit("ensembles", ensembles__run="0099")
    assert "No run is called '0099'" in at.error[0].value.replace("\\", "")
    assert field(at, "method")


def curves(at):
    return [each["name"] for each in live(at)["runs"]]


def choose(at, label):
    (control,) = at.get("button_group")
    return control.set_value(label).run()


def wait(condition):
    clock = threading.Event()
    for _ in range(_PATIENCE * 20):
        if condition():
            return
        clock.wait(0.05)
    raise AssertionError([run.state() for run in runs.all_runs()])


def test_where_there_is_a_cluster_the_page_asks_who_trains(no_workers, monkeypatch):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.delenv("GANLAB_CLUSTER", raising=False)
    assert not healthy(visit("ensembles")).radio
    monkeypatch.setenv("GANLAB_CLUSTER", "ray://teacher:10001")
    monkeypatch.setattr(cluster, "find_spec", lambda name: name)
    at = healthy(visit("ensembles"))
    healthy(press(at, "ensembles.start"))
    at = healthy(visit("ensembles"))
    healthy(at.radio(key="ensembles.where").set_value("cluster").run())
    assert any(plain("Ray at ray://teacher:10001 gives each") in each.value for each in at.caption)
    healthy(press(at, "ensembles.start"))
    assert [run.state().on for run in runs.all_runs()] == ["", "ray://teacher:10001"]
    assert runs.find("2").state().device == "auto"
