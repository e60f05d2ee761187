"""The route that draws while the pointer moves."""

import asyncio
import json
import threading

import numpy as np
import pytest
from starlette.requests import Request

from ganlab.errors import FusionError
from ganlab.ui import frames

WAIT = 30.0


def asked(address, body, receive=None):
    async def usual():
        return {"type": "http.request", "body": body, "more_body": False}

    path, _, query = address.partition("?")
    scope = {"type": "http", "method": "POST", "headers": [], "path_params": {"key": path.split("/")[-1]}}
    scope["query_string"] = query.encode()
    return frames.answer(Request(scope, receive or usual))


def ask(address, body):
    return asyncio.run(asked(address, body))


@pytest.mark.parametrize("kind", ["uint8", "float32"])
def test_a_frame_arrives_with_its_shape_and_what_is_told(kind):
    drawn = np.arange(24).reshape(2, 3, 4, 1).astype(kind)
    address = frames.offer(lambda asked: frames.Frame(drawn * asked["times"], {"said": "é"}), "test", kind)
    answer = ask(address, b'{"times": 2}')
    head = json.loads(answer.headers["X-Frame"])
    assert head == {"shape": [2, 3, 4, 1], "type": kind, "said": "é"}
    assert np.array_equal(np.frombuffer(answer.body, kind).reshape(head["shape"]), drawn * 2)


def test_the_same_key_is_the_same_address_and_the_newest_way():
    first = frames.offer(lambda asked: frames.Frame(np.zeros(1, "uint8")), "same", 1)
    second = frames.offer(lambda asked: frames.Frame(np.ones(1, "uint8")), "same", 1)
    assert first == second != frames.offer(lambda asked: None, "same", 2)
    assert ask(first, b"{}").body == b"\x01"


def refuse(asked):
    raise FusionError("These do not go together.")


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"{}", 422, "do not go together"),
        (b"[1]", 422, "JSON object"),
        (b"{", 422, "JSON object"),
        (b"\xff", 422, "JSON object"),
        (b'{"a": "' + b"x" * 1_000_001 + b'"}', 422, "JSON object"),
    ],
)
def test_what_cannot_be_drawn_is_said(body, status, said):
    answer = ask(frames.offer(refuse, "refuses"), body)
    assert answer.status_code == status
    assert said in json.loads(answer.body)["fault"]


def test_a_fault_is_said_in_the_language_of_the_visit_that_was_given_the_address(monkeypatch):
    monkeypatch.setattr(frames, "language", lambda: "zh")
    address = frames.offer(refuse, "refuses")
    assert address.endswith("?lang=zh")
    assert "JSON 对象" in json.loads(ask(address, b"[1]").body)["fault"]
    assert "JSON object" in json.loads(ask(address.replace("zh", "xx"), b"[1]").body)["fault"]


def test_a_way_that_is_forgotten_is_gone():
    assert ask("api/frames/0123", b"{}").status_code == 410


def test_calm_ways_are_drawn_one_at_a_time_and_quick_ones_meanwhile():
    begun, go_on, at_work = threading.Event(), threading.Event(), []

    def slow(asked):
        at_work.append(asked["who"])
        begun.set()
        assert go_on.wait(WAIT)
        assert len(at_work) == 1
        at_work.clear()
        return frames.Frame(np.zeros(1, "uint8"))

    calm = frames.offer(slow, "calm", calm=True)
    quick = frames.offer(lambda asked: frames.Frame(np.ones(1, "uint8")), "quick")

    async def all_of_them():
        slow_ones = [asyncio.create_task(asked(calm, b'{"who": %d}' % who)) for who in range(3)]
        assert await asyncio.to_thread(begun.wait, WAIT)
        assert (await asked(quick, b"{}")).body == b"\x01"
        go_on.set()
        return await asyncio.gather(*slow_ones)

    assert [answer.status_code for answer in asyncio.run(all_of_them())] == [200] * 3


def test_nothing_is_drawn_calmly_for_a_browser_that_has_left():
    drawn = []
    address = frames.offer(drawn.append, "left", calm=True)

    async def left():
        return next(messages)

    messages = iter([{"type": "http.request", "body": b"{}", "more_body": False}, {"type": "http.disconnect"}])
    assert asyncio.run(asked(address, b"", left)).status_code == 499
    assert not drawn
