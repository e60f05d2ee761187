"""A rule that learns, on the page: it says so, a real job of the command line lets it, and then it draws."""

import sys

import pytest
from fakes import keep_member, shelve_digits
from parts_visit import ended, healthy, visit
from studio_visit import weigh

from ganlab.members import store
from ganlab.ui import jobs


@pytest.fixture(autouse=True)
def shipped(workspace, own_jobs, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "pretrained")
    for seed, name in enumerate(("anna", "berta")):
        keep_member(name, seed=seed)


def page(**query):
    return healthy(visit("fuse", fuse__members=["anna", "berta"], fuse__rule="selection", fuse__cost="2", **query))


def keys(at):
    return {button.key for button in at.button}


def test_a_rule_learns_at_a_click_and_draws_from_then_on():
    shelve_digits()
    at = page()
    assert "learns from real pictures before it can draw" in at.info[0].value
    assert "fuse.keep" not in keys(at)
    at = healthy(at.button(key="fuse.fit").click().run())
    (job,) = jobs.known()
    assert job.command[3:] == (
        *("fuse", "anna", "berta", "--rule", "selection", "--weights", "0.5", "0.5", "--option", "cost=2"),
        *("--fit", "--json", "--progress", "json"),
    )
    ended(job)
    assert job.state == "done", job.reason
    at = healthy(at.run())
    assert not at.info
    told = "\n".join(each.value for each in at.caption)
    assert "On real pictures held out: kernel distance" in told
    assert "2.0 candidates a picture" in told
    # What was learned belongs to these weights.
    at = healthy(weigh(at, 0.9, 0.5))
    assert at.info


def test_a_job_that_fails_says_why(monkeypatch):
    monkeypatch.setattr(jobs, "verb", failing)
    at = page().button(key="fuse.fit").click().run()
    (job,) = jobs.known()
    ended(job)
    at = at.run()
    assert not at.exception
    assert "Nothing to learn from" in at.error[0].value


def failing(*asked):
    return (sys.executable, "-c", "import sys; print('Nothing to learn from.', file=sys.stderr); sys.exit(4)", *asked)
