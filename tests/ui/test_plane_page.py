"""The Plane page: its address, what a frame brings, trainings of several visitors, and what is kept."""

import json

import numpy as np
import pytest
from parts_visit import healthy, visit
from test_frames import ask

from ganlab.ensembles import plane_table
from ganlab.errors import SpecError
from ganlab.members import store
from ganlab.metrics import toy
from ganlab.spec.plane import recipe
from ganlab.toys import density, drawn
from ganlab.ui import frames, sandbox
from ganlab.ui.pages import plane_frame, plane_train


@pytest.fixture(autouse=True)
def alone(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "pretrained")
    monkeypatch.setattr(sandbox, "_open", type(sandbox._open)())


def page(**query):
    return visit("plane", **{f"plane__{name}": value for name, value in query.items()})


def data(at):
    return json.loads(at.get("bidi_component")[0].proto.json)


def frame(address, **wish):
    answer = ask(address, json.dumps(wish).encode())
    assert answer.status_code == 200, answer.body
    head = json.loads(answer.headers["X-Frame"])
    row, parts, at = np.frombuffer(answer.body, head["type"]), {}, 0
    for name, shape in head["parts"].items():
        parts[name] = row[at : at + int(np.prod(shape))].reshape(shape)
        at += parts[name].size
    assert at == len(row)
    return head, parts


def test_the_address_says_what_is_trained_and_shown():
    at = healthy(
        page(data="grid25", objective="hinge", seed="7", width="16", k="3", rate="0.002", layers="points-felt")
    )
    assert at.warning == []
    mounted = data(at)
    assert (mounted["kind"], mounted["layers"]) == ("gan", ["points", "felt"])
    assert mounted["knobs"] == {"learning_rate_generator": 0.002, "learning_rate_critic": 1e-3, "n_critic": 3}
    head, parts = frame(mounted["address"], real=True)
    assert head["steps"] == 0
    assert np.abs(parts["real"]).max() > 3  # the grid's
    assert {name: part.shape for name, part in parts.items()} == {
        **dict.fromkeys(("points", "felt", "real"), (512, 2)),
        "warp": (21, 21, 2),
        "surface": (48, 48),
    }


def test_what_the_address_cannot_mean_is_told_and_left_alone():
    at = healthy(page(data="moon", seed="-1", width="17", k="1e9", rate="nan", layers="real-x", points="??"))
    (warning,) = at.warning
    assert all(key in warning.value.replace("\\", "") for key in ("plane.data", "plane.seed", "plane.width", "plane.k"))
    assert data(at)["layers"] == ["real", "points", "surface"]
    assert at.query_params == {}


def test_a_choice_stands_in_the_address():
    at = healthy(page())
    at.selectbox(key="plane.data").select("spiral").run()
    assert at.query_params["plane.data"] == "spiral"
    at.selectbox(key="plane.data").select("ring8").run()
    assert "plane.data" not in at.query_params


def test_half_a_step_moves_one_player_and_numbers_are_those_of_the_points():
    address = plane_frame.offer("anna", recipe("ring8", "nonsaturating", 0, 8))
    _, before = frame(address)
    head, after = frame(address, steps=1, players="critic", hurry=False)
    assert np.array_equal(before["points"], after["points"])
    assert not np.array_equal(before["surface"], after["surface"])
    assert set(head["values"]) == {"critic_loss", "real_score", "fake_score"}
    head, moved = frame(address, steps=5, players="generator", hurry=False, measure=True)
    assert not np.array_equal(moved["points"], after["points"])
    with sandbox.using(plane_frame.key_of("anna", recipe("ring8", "nonsaturating", 0, 8)), None) as (
        live,
        _,
    ):
        assert head["measured"] == pytest.approx(vars(toy.told(live.view().points, density("ring8"))), nan_ok=True)
    assert head["steps"] == 6


def test_knobs_turn_and_do_not_begin_another_training():
    spec = recipe("ring8", "hinge", 0, 8)
    turned = recipe("ring8", "hinge", 0, 8, learning_rate_generator=0.01, n_critic=4)
    assert plane_frame.offer("anna", spec) == plane_frame.offer("anna", turned)
    assert plane_frame.offer("anna", spec) != plane_frame.offer("otto", spec)
    assert plane_frame.offer("anna", spec) != plane_frame.offer("anna", recipe("ring8", "hinge", 1, 8))


def test_what_runs_away_is_told_and_begins_anew():
    spec = recipe("ring8", "least_squares", 0, 8)
    address = plane_frame.offer("anna", spec)
    wild = {"learning_rate_generator": 1.0, "learning_rate_critic": 1.0}
    answer = ask(address, json.dumps({"steps": 10, "hurry": False, **wild}).encode())
    assert answer.status_code == 422
    assert "Begin anew" in json.loads(answer.body)["fault"]
    assert frame(address, anew=True)[0]["steps"] == 0


@pytest.mark.parametrize("wish", [{"steps": 1e9}, {"steps": -1}, {"players": "both!"}, {"n_critic": 0}, {"x": 1}])
def test_no_wish_takes_the_machine(wish):
    answer = ask(plane_frame.offer("anna", recipe("ring8", "hinge", 0, 8)), json.dumps(wish).encode())
    assert answer.status_code == 422


def test_only_so_many_trainings_stay_open(monkeypatch):
    monkeypatch.setattr(sandbox, "MOST", 2)
    spec = recipe("ring8", "elbo", 0, 8)
    first = plane_frame.offer("anna", spec)
    life = frame(first, steps=1)[0]["life"]
    assert frame(first)[0]["life"] == life
    for other in ("berta", "clara"):
        frame(plane_frame.offer(other, spec))
    head, _ = frame(first)
    assert (head["steps"], head["life"] == life) == (0, False)


def test_what_is_drawn_is_trained_on():
    name = drawn.named([[-1, -1], [1, 1]])
    at = healthy(page(data="drawn", points=name.removeprefix("drawn:"), width="8"))
    mounted = data(at)
    assert np.allclose(mounted["drawn"], drawn.centres(name))
    head, parts = frame(mounted["address"], real=True, measure=True, steps=1)
    assert head["measured"]["of"] == 2
    assert np.allclose(np.abs(parts["real"]), 1, atol=0.3)
    empty = healthy(page(data="drawn"))
    assert data(empty)["address"] is None


def test_what_was_trained_is_kept_as_it_is():
    at = healthy(page(width="8", seed="3"))
    at.button(key="plane.keep").click().run()
    (error,) = at.error
    assert "press Play" in error.value
    _, parts = frame(data(at)["address"], steps=4, hurry=False)
    at.button(key="plane.keep").click().run()
    from ganlab.fusion import load

    member = load("plane-ring8-3")
    assert (member.card.steps, member.card.dataset) == (4, "ring8")
    assert np.allclose(member.sample(512, 3).numpy(), parts["points"], atol=1e-6)


def test_no_name_leads_out_of_the_store():
    spec = recipe("ring8", "hinge", 0, 8)
    with pytest.raises(SpecError, match="no name"):
        plane_train.keep(plane_frame.made(spec).member(), "../x")


def test_a_forgotten_address_is_gone():
    assert ask("api/frames/none", b"{}").status_code == 410
    assert frames._MOST_WAYS >= sandbox.MOST


def test_the_table_that_came_along_is_shown(tmp_path, monkeypatch):
    at = healthy(page(view="table"))
    assert "plane-table" in at.info[0].value
    numbers = {"modes": 7, "high_quality": 0.5, "kl": 0.25}
    rows = [
        {"line": line, "budget": budget, "found": {"0": numbers, "1": numbers | {"high_quality": 0.7}}}
        for line, budget in plane_table.LINES.items()
    ]
    (tmp_path / "tables").mkdir()
    facts = {"dataset": "ring8", "n": 2500, "steps": 600, "spec": {}}
    (tmp_path / "tables" / "plane-ring8.json").write_text(json.dumps(facts | {"rows": rows}))
    at = healthy(page(view="table", by="kl"))
    assert at.warning == []
    assert any("reaches 60.0 % (KL 0.250)" in each.value for each in at.markdown)
    (sheet,) = at.dataframe
    assert sheet.value.iloc[3].tolist() == [
        "One member, trained 4 times as long",
        4,
        "7.0 [7.0, 7.0]",
        "60.0 [0.0, 100.0]",
        "0.250 [0.250, 0.250]",
    ]
