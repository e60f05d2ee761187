"""What the sheet sends becomes a picture; what it could never send is left out."""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ganlab.data.sketch import sketched
from ganlab.ui.parts.sketch import _read

STROKE = [[0.2, 0.2], [0.8, 0.3], [0.4, 0.9]]


def page():
    import streamlit as st

    from ganlab.ui.parts.sketch import sketch

    drawn = sketch("sheet", size=28)
    st.session_state["drawn"] = drawn
    st.caption("empty" if drawn is None else f"{drawn.shape} {drawn.dtype}")


def test_an_empty_sheet_draws_nothing_and_kept_strokes_are_drawn_again():
    at = AppTest.from_function(page).run()
    assert at.caption[0].value == "empty"
    at.session_state["sheet.kept"] = [STROKE]
    at.run()
    assert not at.exception
    assert np.array_equal(at.session_state["drawn"], sketched([STROKE]))
    sent = json.loads(at.get("bidi_component")[0].proto.json)
    assert sent["strokes"] == [STROKE]  # so that the sheet shows them after a look at another page
    assert all(sent["text"].values())


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ([STROKE, [[0.5, 0.5]]], [STROKE, [[0.5, 0.5]]]),
        (None, []),
        ("x", []),
        ([[], "x", [["a", 1], [0.1], [0.5, 2.0], [float("nan"), 0.1], [0, 1]]], [[[0.0, 1.0]]]),
        ([[[0.1, 0.1]] * 5_000, STROKE], [[[0.1, 0.1]] * 4_000]),
    ],
)
def test_only_points_on_the_sheet_are_read(sent, read):
    assert _read(sent) == read
