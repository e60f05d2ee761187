"""Torch may be loaded in the middle of a run: what that run left out is shown by the next."""

import pytest
from streamlit.testing.v1 import AppTest

from ganlab.ui import engine

PAGE = """
import streamlit as st
from ganlab.ui import engine, parts
ready = parts.engine_ready()
st.session_state.ready = {middle}
st.text("drawn" if ready else "left out")
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
parts.go_on_when_ready()
"""


@pytest.fixture
def torch_that_loads(monkeypatch):
    """A flag that says when torch is there."""
    told = {"ready": False}
    monkeypatch.setattr(engine, "warm", lambda: None)
    monkeypatch.setattr(engine.READY, "is_set", lambda: told["ready"])
    monkeypatch.setattr(engine, "told", told, raising=False)
    return told


@pytest.mark.parametrize("middle", ["engine.told.update(ready=True)", "None"])
def test_what_a_run_left_out_is_shown_by_the_next(torch_that_loads, middle):
    at = AppTest.from_string(PAGE.format(middle=middle)).run()
    comes = middle != "None"
    assert [each.value for each in at.text] == (["drawn"] if comes else ["left out"])
    assert at.session_state["runs"] == (2 if comes else 1)
    at.run()
    assert at.session_state["runs"] == (3 if comes else 2), "a run that left nothing out is not repeated"
