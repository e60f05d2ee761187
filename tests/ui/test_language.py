"""The language of a visit, and that no language lacks a text."""

import string
import tomllib
from pathlib import Path

import pytest
from parts_visit import SCRIPT
from streamlit.testing.v1 import AppTest

from ganlab.ui import i18n

HERE = Path(i18n.__file__).parent
OTHERS = [name for name in i18n.LANGUAGES if name != i18n.DEFAULT]
FILES = sorted(path.stem for path in (HERE / i18n.DEFAULT).glob("*.toml"))


def own(language, file):
    path = HERE / language / f"{file}.toml"
    return dict(i18n._flat("", tomllib.loads(path.read_text("utf-8")))) if path.exists() else {}


def places(text):
    return sorted((place, form) for _, place, form, _ in string.Formatter().parse(text) if place)


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("file", FILES)
def test_a_language_has_no_text_that_nobody_asks_for_and_the_same_places(language, file):
    english, other = own(i18n.DEFAULT, file), own(language, file)
    assert set(other) <= set(english)
    assert {key: places(text) for key, text in other.items()} == {key: places(english[key]) for key in other}


@pytest.fixture
def visit(workspace):
    def come(**address):
        at = AppTest.from_file(SCRIPT, default_timeout=60)
        for name, value in address.items():
            at.query_params[name] = value
        return at.run()

    return come


def switch(at):
    return at.sidebar.segmented_control(key="app.language_switch")


def test_the_address_says_the_language_and_keeps_it(visit):
    at = visit(lang="zh")
    assert switch(at).value == "zh"
    assert "zh" in at.query_params["lang"]
    switch(at).set_value("en").run()
    assert "lang" not in at.query_params
    switch(at).set_value("zh").run()
    assert "zh" in at.query_params["lang"]
    assert at.session_state[i18n.KEY] == "zh"


def test_a_language_that_is_not_there_is_ignored(visit):
    at = visit(lang="xx")
    assert switch(at).value == "en"
    assert "lang" not in at.query_params
    assert not at.exception
