"""The language of a visit, and that no language lacks a text."""

import string
import tomllib
from pathlib import Path

import pytest
from fakes import keep_member
from parts_visit import PAGE, SCRIPT, healthy
from streamlit.testing.v1 import AppTest

from ganlab.fusion import RULES
from ganlab.ui import i18n
from ganlab.ui.i18n import families

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
def test_a_language_has_every_text_and_none_that_nobody_asks_for_and_the_same_places(language, file):
    english, other = own(i18n.DEFAULT, file), own(language, file)
    assert (set(english) - set(other), set(other) - set(english)) == (set(), set())
    assert {key: places(text) for key, text in other.items()} == {key: places(english[key]) for key in other}


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_tells_every_entry_of_every_family_and_none_that_is_not_there(language):
    told = {tuple(key.split(".")) for key in own(language, "families")}
    assert {family for family, _, _ in told} == set(families.FAMILIES)
    for family, entries in families.FAMILIES.items():
        names = set(entries) if isinstance(entries, dict) else set(entries.names)
        assert {name for of, name, what in told if (of, what) == (family, "about")} == names
        assert {name for of, name, what in told if (of, what) == (family, "title")} <= names
        assert {what for of, _, what in told if of == family} <= {"about", "title"}
    assert {name for of, name, what in told if (of, what) == ("rule", "title")} == set(RULES.names)


def test_the_code_itself_says_them_in_english():
    assert families.title("rule", "voting") == families.title("rule", "median") == "Voting (median)"
    assert families.title("objective", "hinge") == "hinge"
    assert families.title("rule", "of another time") == "of another time"
    assert families.about("rule", "voting") == RULES["median"].help
    assert families.about("option", "power") == families.FAMILIES["option"]["power"].help


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


def test_families_are_shown_in_the_language(workspace):
    at = AppTest.from_string(PAGE.format("train"), default_timeout=60)
    at.session_state[i18n.KEY] = "zh"
    objective = healthy(at.run()).selectbox(key="train.field.objective")
    assert "极小极大（minimax）" in objective.options
    objective.set_value("minimax").run()
    told = healthy(at).caption
    assert any(each.value.startswith("2014 年的原始公式") for each in told)
    assert any("8x8 像素的手写数字" in each.value for each in told)


@pytest.mark.parametrize("language", list(i18n.LANGUAGES))
def test_a_link_to_a_class_is_the_same_in_every_language(visit, language):
    keep_member("asked", conditional=True)
    at = healthy(visit(**{"lang": language, "gallery.member": "asked", "gallery.label": "7"}))
    box = at.selectbox(key="gallery.label")
    assert (box.value, box.options) == ("7", [str(digit) for digit in range(10)])
    assert box.placeholder == {"en": "Any class", "zh": "任意类别"}[language]
    at.selectbox(key="gallery.label").set_value(None).run()
    assert healthy(at).selectbox(key="gallery.label").value is None
