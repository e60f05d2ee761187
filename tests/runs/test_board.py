"""Runs in TensorBoard's files: read back by its own reader, the same numbers at the same steps."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from run_helpers import tiny
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata, plugin_data_pb2

from ganlab import files
from ganlab.errors import RunError
from ganlab.images import png
from ganlab.runs.board import SAMPLES, tag, write
from ganlab.runs.folder import Run, State

CREATED = "2026-01-02T03:04:05+00:00"
CHART = Path(__file__).parents[2] / "ganlab/ui/web/live_chart.js"


def made(folder, **spec):
    files.write_json(folder / "spec.json", tiny(**spec).resolved().model_dump())
    run = Run(folder)
    run.write_state(State(state="running", steps=12, pid=1, created=CREATED))
    return run


@pytest.fixture
def run(home):
    return made(home / "runs" / "0001-toy-ring8")


def step(at, **values):
    return {"event": "step", "step": at, "seconds": at / 2, "generator_loss": at / 3, "fake_score": None, **values}


def tell(run, *rows):
    with (run.folder / "events.jsonl").open("a") as file:
        file.write("".join(json.dumps(row) + "\n" for row in rows))


def draw(run, at, data=None):
    """Keep a preview, of points where no picture is given, and tell of it."""
    points = {"points": [[0.5, -0.5]], "extent": [-2, 2, -2, 2]}
    name, data = (f"{at:08d}.png", data) if data else (f"{at:08d}.json", json.dumps(points).encode())
    files.write_bytes(run.folder / "previews" / name, data)
    tell(run, {"event": "preview", "step": at})


def read(folder):
    """All that TensorBoard's own reader finds in a folder."""
    found = EventAccumulator(str(folder), size_guidance={"scalars": 0, "images": 0, "tensors": 0})
    return found.Reload()


def curves(folder):
    found = read(folder)
    return {name: [(each.step, each.value) for each in found.Scalars(name)] for name in found.Tags()["scalars"]}


def wanted(run):
    """What a run's own record says, told slowly: of every curve its points, as 32 bits hold them."""
    points = {}
    for row in run.history():
        if row["event"] in ("step", "scored"):
            for name in row.keys() - {"event", "step", "seconds", "best"}:
                if row[name] is not None:
                    own = points.setdefault(tag(row["event"], name), [])
                    own.append((row["step"], float(np.float32(row[name]))))
    return points


def test_curves_are_those_of_the_record_and_what_is_new_is_added(run, tmp_path):
    rows = [step(at, critic_loss_1=0.1 * at, real_score=0.7) for at in range(1, 9)]
    tell(run, {"event": "started", "step": 0}, *rows[:3], {"event": "scored", "step": 3, "best": True, "fid": 7.5})
    (first,) = write(run, tmp_path)
    assert (first.run, first.folder, first.scalars) == (run.name, tmp_path / run.name, 10)
    assert curves(first.folder) == wanted(run)
    tell(run, *rows[3:], {"event": "finished", "step": 8})
    assert [each.scalars for each in write(run, tmp_path)] == [15]
    assert curves(first.folder) == wanted(run)
    assert [each.scalars for each in write(run, tmp_path)] == [0]
    names = {"losses/generator_loss", "losses/critic_loss_1", "scores/real_score", "measures/fid"}
    assert curves(first.folder).keys() == names
    times = [each.wall_time for each in read(first.folder).Scalars("losses/generator_loss")]
    assert np.diff(times) == pytest.approx([0.5] * 7), "the time is that of training"
    assert len([*first.folder.glob("*tfevents*")]) == 1


def test_what_a_resumption_went_back_behind_is_taken_back_there(run, tmp_path):
    tell(run, *(step(at) for at in range(1, 7)))
    draw(run, 2)
    draw(run, 6)
    write(run, tmp_path)
    (run.folder / "previews" / "00000006.json").unlink()
    tell(run, {"event": "resumed", "step": 4}, step(5, generator_loss=-1.0))
    write(run, tmp_path)
    assert curves(tmp_path / run.name) == wanted(run)
    assert curves(tmp_path / run.name)["losses/generator_loss"][-2:] == [(4, np.float32(4 / 3)), (5, -1.0)]
    assert [each.step for each in read(tmp_path / run.name).Images(SAMPLES)] == [2]


def test_a_call_that_was_killed_in_the_middle_is_made_good(run, tmp_path):
    tell(run, step(1), step(2))
    write(run, tmp_path)
    (path,) = (tmp_path / run.name).glob("*tfevents*")
    whole = path.read_bytes()
    tell(run, step(3))
    path.write_bytes(whole + whole[:-5])  # nobody noted it, and its last record is half there
    write(run, tmp_path)
    assert curves(path.parent) == wanted(run)
    assert path.stat().st_size < 2 * len(whole) - 5
    path.write_bytes(whole[:100])  # and a file that lost its end is written anew
    write(run, tmp_path)
    assert curves(path.parent) == wanted(run)


def test_pictures_are_the_previews(run, tmp_path):
    sheet = png(np.arange(48, dtype=np.uint8).reshape(6, 8, 1))
    draw(run, 4, sheet)
    draw(run, 8)
    (written,) = write(run, tmp_path)
    assert written.pictures == 2
    first, second = read(written.folder).Images(SAMPLES)
    assert (first.step, first.width, first.height, first.encoded_image_string) == (4, 8, 6, sheet)
    assert (second.step, second.width, second.height) == (8, 360, 360)


def test_the_spec_is_there_as_hyperparameters_and_how_it_ended(run, tmp_path):
    tell(run, step(1), {"event": "finished", "step": 1})
    write(run, tmp_path)
    found = read(tmp_path / run.name)

    def told(name):
        content = found.SummaryMetadata(name).plugin_data.content
        return plugin_data_pb2.HParamsPluginData.FromString(content)

    given = told(metadata.SESSION_START_INFO_TAG).session_start_info
    values = {
        name: value.WhichOneof("kind") and getattr(value, value.WhichOneof("kind"))
        for name, value in given.hparams.items()
    }
    spec = run.spec().model_dump(mode="json", exclude_none=True)
    assert {name: values[name] for name in ("network", "steps", "seed")} == {
        "network": spec["network"], "steps": spec["steps"], "seed": spec["seed"],
    }  # fmt: skip
    assert values.keys() == spec.keys()
    assert told(metadata.SESSION_END_INFO_TAG).session_end_info.status == 1  # success
    (text,) = found.Tensors("spec")
    assert json.loads(text.tensor_proto.string_val[0].decode().strip("`").removeprefix("json")) == spec


def test_each_member_of_an_ensemble_has_a_folder(run, tmp_path):
    for number in (1, 2):
        tell(made(run.folder / "members" / str(number), seed=number), step(number))
    assert [each.run for each in write(run, tmp_path)] == [f"{run.name}/1", f"{run.name}/2"]
    assert curves(tmp_path / run.name / "2")["losses/generator_loss"] == [(2, np.float32(2 / 3))]


def test_the_curves_of_the_chart_have_panels_here():
    names = re.findall(r'{ key: "(\w+)"', CHART.read_text("utf-8"))
    assert {tag("step", name) for name in names} == {
        *(f"losses/{name}" for name in ("generator_loss", "critic_loss", "reconstruction_loss", "divergence")),
        *(f"scores/{name}" for name in ("fake_score", "real_score")),
    }
    assert tag("step", "images_per_second") == "training/images_per_second"


def test_without_tensorboard_a_sentence_says_what_to_install(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(RunError, match=r"pip install 'ganlab\[tensorboard\]'"):
        write(run, tmp_path)
