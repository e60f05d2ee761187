"""Texts from outside stay texts; faults of any kind become a sentence, also when a fragment runs alone."""

import pytest
from parts_visit import healthy
from streamlit.testing.v1 import AppTest

from ganlab.ui.parts import plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("anna-1.2_x", r"anna\-1\.2\_x"),
        ("<b>", r"\<b\>"),
        ("![x](y)", r"\!\[x\]\(y\)"),
        (":red[a] $x$", r"\:red\[a\] \$x\$"),
        ("two\n\nlines\tand more", "two lines and more"),
        ("a|b", r"a\|b"),
        ("http://a.b www.a.b me@a.b", "http\\:\u2060\\/\\/a\\.b www\u2060\\.a\\.b me\\@\u2060a\\.b"),
        (7, "7"),
    ],
)
def test_marks_are_disarmed(text, shown):
    assert plain(text) == shown


def test_long_texts_are_cut():
    assert plain("x" * 30, most=10) == "x" * 9 + "…"


def page_with(fault):
    def script(fault):
        import streamlit as st

        from ganlab.errors import GanlabError
        from ganlab.ui import parts

        @parts.fragment
        def part():
            if st.button("again", key="again") or fault == "at once":
                raise (GanlabError("Say *what* next.") if fault != "ours" else RuntimeError("a secret"))
            st.text("fine")

        part()

    return AppTest.from_function(script, default_timeout=60, args=(fault,)).run()


def test_a_fault_a_user_can_mend_is_its_sentence():
    at = page_with("at once")
    assert [each.value for each in at.error] == [r"Say \*what\* next\."]
    at = healthy(page_with("later")).button(key="again").click().run()
    assert [each.value for each in at.error] == [r"Say \*what\* next\."]


def test_our_own_fault_is_an_apology_without_details(caplog):
    at = page_with("ours").button(key="again").click().run()
    assert not at.exception
    assert "Something went wrong" in at.error[0].value
    assert "secret" not in at.error[0].value
    assert "a secret" in caplog.text
