"""A question, a choice, and only then the answer."""

import pytest
from streamlit.testing.v1 import AppTest


def page():
    import streamlit as st

    from ganlab.ui.parts.predict import predict

    shown = predict("ask", "Which is **sharper**?", {"vae": "the VAE", "gan": "the GAN"}, ["gan"], "GAN 0.18.")
    st.caption(f"revealed: {shown}")


def texts(at):
    return [each.value for kind in ("success", "info") for each in at.get(kind)]


def test_nothing_is_revealed_before_a_choice():
    at = AppTest.from_function(page).run()
    assert at.radio[0].value is None
    assert at.button[0].disabled
    assert texts(at) == []
    assert at.caption[0].value == "revealed: False"


@pytest.mark.parametrize(("chosen", "said"), [("gan", "You were right. GAN 0.18."), ("vae", "Measured otherwise. GAN")])
def test_the_answer_comes_with_what_was_measured_and_the_choice_stands(chosen, said):
    at = AppTest.from_function(page).run()
    at.radio[0].set_value(chosen).run()
    assert texts(at) == []
    at.button[0].click().run()
    assert not at.exception
    assert texts(at)[0].startswith(said)
    assert at.radio[0].value == chosen
    assert at.radio[0].disabled
    assert at.caption[0].value == "revealed: True"
    at.button[0].click().run()
    assert not at.exception
    assert (at.radio[0].value, texts(at)) == (None, [])


def unmeasured_page():
    from ganlab.ui.parts.predict import predict

    predict("ask", "How many?", {"all": "all", "few": "few"}, [], None)


def test_what_nobody_knows_yet_is_not_revealed():
    at = AppTest.from_function(unmeasured_page).run()
    at.radio[0].set_value("few").run()
    assert at.button[0].disabled
    assert "Nobody knows yet" in at.button[0].help
