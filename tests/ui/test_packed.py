"""Streamlit's own files, packed once: the same bytes, and nothing but these files."""

import asyncio
import gzip

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from ganlab.ui import packed

PASSED = Starlette(routes=[Route("/{path:path}", lambda request: PlainTextResponse("passed on"))])
ADDRESSES = sorted(packed._files())


def get(address, **headers):
    async def ask():
        transport = httpx.ASGITransport(packed.Packed(PASSED))
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            return await client.get(address, headers=headers)

    return asyncio.run(ask())


@pytest.mark.parametrize("ending", [".js", ".css", ".woff2"])
@pytest.mark.parametrize("accepted", ["gzip, deflate, br", "identity"])
def test_the_bytes_are_those_of_the_file(ending, accepted):
    address = next(each for each in ADDRESSES if each.endswith(ending))
    answer = get(address, **{"accept-encoding": accepted})
    assert answer.content == packed._files()[address].read_bytes()
    assert "immutable" in answer.headers["cache-control"]


def test_scripts_travel_packed():
    scripts = [each for each in ADDRESSES if each.endswith(".js")]
    largest = max(scripts, key=lambda each: packed._files()[each].stat().st_size)
    answer = get(largest, **{"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < 0.5 * packed._files()[largest].stat().st_size
    assert len(gzip.compress(answer.content, 6)) == int(answer.headers["content-length"])


@pytest.mark.parametrize(
    "asked",
    [
        "/",
        "/static/",
        "/static/js/",
        "/static/nothing.js",
        "/static/js/%2e%2e/%2e%2e/index.html",
        "/fuse",
        "{first}x",
        "{first}/",
    ],
)
def test_anything_else_is_passed_on(asked):
    assert get(asked.format(first=ADDRESSES[0])).text == "passed on"


def test_a_part_of_a_file_is_streamlits_to_send():
    assert get(ADDRESSES[0], range="bytes=0-9").text == "passed on"
