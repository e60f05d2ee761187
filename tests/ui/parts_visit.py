"""A visit to the pages without a browser, and what is seen there."""

import base64
import io
import threading
import time
from pathlib import Path

import numpy as np
from PIL import Image
from streamlit.testing.v1 import AppTest

from ganlab.ui import engine

SCRIPT = Path(__file__).parents[2] / "ganlab" / "ui" / "script" / "main.py"
PAGE = "from ganlab.ui import parts\nfrom ganlab.ui.pages import {0}\nparts.told({0}.page)\n"
_LONG = 60  # seconds; a run takes a tenth of one, but the first imports torch


def visit(page=None, **query):
    """Open the app, or one page of it alone, with an address whose dots are written as two underscores."""
    engine.warm()
    assert engine.READY.wait(_LONG)
    at = AppTest.from_file(SCRIPT) if page is None else AppTest.from_string(PAGE.format(page))
    at.default_timeout = _LONG
    for name, value in query.items():
        at.query_params[name.replace("__", ".")] = value
    return at.run()


def pictures(at):
    """All pictures on the page as (alt text, uint8 array), in order."""
    found = []
    for each in at.get("image"):
        for image in each.proto.imgs:
            kind, _, data = image.url.partition("base64,")
            assert kind == "data:image/png;"
            found.append((image.alt, np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))))
    return found


def picture(at, alt):
    """The one picture whose alt text begins so."""
    (found,) = [pixels for told, pixels in pictures(at) if told.startswith(alt)]
    return found


def healthy(at):
    """Return the visit if nothing went wrong in it: no traceback, no complaint."""
    assert not at.exception
    complaints = [each.value for each in at.error]
    assert complaints == [], complaints
    return at


def ended(job):
    """Wait until a job has ended, however it went."""
    clock, deadline = threading.Event(), time.monotonic() + 120
    while job.live:
        assert time.monotonic() < deadline
        clock.wait(0.01)
