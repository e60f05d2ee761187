"""A visit to the explorer: what its canvas is given, and what the browser would get."""

import asyncio
import hashlib
import json
import sys

import numpy as np
import pytest
from fakes import keep_member
from parts_visit import visit
from starlette.requests import Request

from ganlab import cli
from ganlab.images import to_uint8
from ganlab.members import store
from ganlab.ui import frames, jobs

NAMES = ["anna", "berta", "vera"]


@pytest.fixture
def shipped(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "shipped_folder", lambda: tmp_path / "pretrained")


@pytest.fixture
def three(shipped):
    keep_member("anna", seed=0)
    keep_member("berta", seed=1)
    keep_member("vera", seed=2, objective="elbo")


def page(**query):
    return visit("explore", **{f"explore__{name}": value for name, value in query.items()})


def data(at):
    """What the canvas is given."""
    told = [json.loads(each.proto.json) for each in at.get("bidi_component")]
    (canvas,) = [each for each in told if "strips" in each]
    return canvas


def ask(address, **wish):
    """What the browser would get: the pictures, and what is told."""

    async def receive():
        return {"type": "http.request", "body": json.dumps(wish).encode(), "more_body": False}

    scope = {
        "type": "http",
        "method": "POST",
        "headers": [],
        "path_params": {"key": address.split("/")[-1]},
        "query_string": b"",
    }
    answer = asyncio.run(frames.answer(Request(scope, receive)))
    if answer.status_code != 200:
        return json.loads(answer.body)["fault"], answer.status_code
    head = json.loads(answer.headers["X-Frame"])
    return np.frombuffer(answer.body, head["type"]).reshape(head["shape"]), head


def drawn(step):
    return to_uint8(step.pictures.flatten(0, 1)).reshape(len(step.pictures), -1, 8, 8, 1)


@pytest.fixture
def do_verb(monkeypatch, tmp_path, capsys, own_jobs):
    """The verb that the page offered last is done here when this is called; a job's process only prints its answer."""
    offered = {}

    def verb(*arguments):
        answer = tmp_path / hashlib.sha256(repr(arguments).encode()).hexdigest()
        offered[arguments] = answer
        return (sys.executable, "-c", "import sys; print(open(sys.argv[1]).read())", str(answer), *arguments)

    def done():
        arguments, answer = list(offered.items())[-1]
        capsys.readouterr()
        assert cli.main(arguments) == 0
        answer.write_text(capsys.readouterr().out)

    monkeypatch.setattr(jobs, "verb", verb)
    return done
