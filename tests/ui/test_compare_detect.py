"""The detector on Compare: the real verb calibrates, dropped pictures get the chances that it would tell."""

import io
import json
import threading
import time

import numpy as np
import pandas as pd
import pytest
from compare_visit import chart, page, texts
from fakes import keep_fused, keep_member
from parts_visit import healthy
from PIL import Image

from ganlab.members import store
from ganlab.ui import jobs
from ganlab.ui.pages import compare_detect

PIXELS = np.random.default_rng(0).integers(0, 256, (2, 8, 8), dtype=np.uint8)


@pytest.fixture(autouse=True)
def three(workspace, own_jobs, tmp_path, monkeypatch):
    """Two who may vote, one without a critic, and a fusion of the first two."""
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "pretrained")
    monkeypatch.setenv("GANLAB_THREADS", "1")
    for seed, name in enumerate(("anna", "otto")):
        keep_member(name, seed=seed)
    keep_member("vera", objective="elbo")
    keep_fused("both", "anna", "otto")


def png(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def calibrated(*members):
    """Click, wait for the real verb, and return the visit and what it told."""
    at = healthy(page(members=list(members)))
    at = healthy(at.button(key="compare.detect_now").click().run())
    (job,) = jobs.known()
    clock, deadline = threading.Event(), time.monotonic() + 120
    while job.live:
        assert time.monotonic() < deadline
        clock.wait(0.05)
    assert job.state == "done", job.reason
    return healthy(at.run()), json.loads(job.answer)


def test_seen_and_unseen_have_their_curves_and_dropped_pictures_their_votes():
    at, told = calibrated("anna", "otto", "vera")
    assert told["members"] == ["anna", "otto"]
    figure = chart(at, "compare.roc")
    guess, *curves = figure["data"]
    assert [each["name"].split(":")[0] for each in curves] == ["anna", "otto", "vera (unseen)"]
    assert [each["line"]["dash"] for each in curves] == ["solid", "solid", "dash"]
    np.testing.assert_allclose(curves[2]["y"], told["generators"][2]["roc"]["found"])
    assert guess["y"] == [0, 1]
    (table,) = [each.value for each in at.dataframe if "Pictures of" in each.value]
    assert table["all together"].tolist() == [each["auc"] for each in told["generators"]]
    assert table["otto alone"].tolist() == [each["critics"]["otto"] for each in told["generators"]]
    assert at.button(key="compare.detect_now").disabled

    files = [("a.png", png(PIXELS[0]), "image/png"), ("a.png", png(PIXELS[1]), "image/png")]
    at = healthy(at.file_uploader(key="compare.detect_files").set_value(files).run())
    (votes,) = [each.value for each in at.dataframe if "Generated" in each.value]
    expected = _told_by_the_detector(told["detector"])
    np.testing.assert_allclose(votes["Generated"], 100 * expected["fused"], rtol=1e-6)
    np.testing.assert_allclose(votes[["anna", "otto"]], 100 * expected["alone"], rtol=1e-6)
    assert votes["File"].tolist() == ["1. a.png", "2. a.png"]
    yes = int((expected["alone"][0] > 0.5).sum())
    assert f"**1\\. a\\.png**: {yes} of 2 critics say generated; together {expected['fused'][0]:.0%}" in texts(at)

    broken = [("b.png", b"no picture", "image/png")]
    at = healthy(at.file_uploader(key="compare.detect_files").set_value(broken).run())
    assert "1 of 1 pictures could not be read" in texts(at).replace("\\", "")
    assert not [each for each in at.dataframe if "Generated" in each.value]


def _told_by_the_detector(facts):
    from ganlab.fusion import load
    from ganlab.fusion.detector import of_facts
    from ganlab.fusion.looks import by_critics

    found = of_facts(facts)
    rows = by_critics([load(name) for name in found.members])(PIXELS[..., None])
    return {"fused": found(rows), "alone": pd.DataFrame(found.critics(rows), columns=found.members).to_numpy()}


def test_it_is_said_before_anything_else_what_it_cannot_promise():
    at = healthy(page(members=["anna"]))
    (limits,) = [each.value for each in at.info if "cannot promise" in each.value]
    for words in ("only these generators", "compressed", "most alarms are false", "no proof"):
        assert words in limits


def test_who_votes_is_not_unseen_nor_is_what_is_made_of_them():
    at = healthy(page(members=["anna", "otto", "vera", "both"]))
    assert at.multiselect(key="compare.detect_voters").options == ["anna", "otto"]
    assert at.multiselect(key="compare.detect_unseen").value == ["vera"]
    at = healthy(at.multiselect(key="compare.detect_voters").set_value(["anna"]).run())
    assert at.multiselect(key="compare.detect_unseen").options == ["otto", "vera"]
    at = healthy(at.multiselect(key="compare.detect_voters").set_value([]).run())
    assert at.button(key="compare.detect_now").disabled


def test_without_a_critic_there_is_no_vote():
    at = healthy(page(members=["vera"]))
    assert "None of these members has a critic" in texts(at)
    assert "compare.detect_now" not in {button.key for button in at.button}


def test_the_verb_is_asked_for_all_that_was_chosen():
    assert compare_detect.command(["anna", "otto"], ["vera"], "majority") == jobs.verb(
        *("detect", "anna", "otto", "--unseen", "vera", "--fuse", "majority", "--json", "--progress", "json")
    )


def test_the_page_knows_the_ways_and_the_verb_too():
    from ganlab.fusion.detector import WAYS

    assert compare_detect._WAYS == WAYS
