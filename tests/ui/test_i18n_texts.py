"""Every sentence a page asks for exists, and every sentence that exists is asked for."""

import ast
import re
import string
import tomllib
from pathlib import Path

import pytest

from ganlab.fusion import RULES
from ganlab.ui import i18n

UI = Path(i18n.__file__).parents[1]
TEXTS = {path.stem: dict(i18n._flat("", tomllib.loads(path.read_text("utf-8")))) for path in (UI / "i18n/en").iterdir()}
# Looked up by a name that is not known before: the prefix, and where the names come from.
BY_NAME = {"fuse.effect.": RULES.names}
# Put together before they are looked up: presets of a page.
LATER = [r".+\.preset\..+"]


def asked_for():
    """All (file, key, names of values) in calls of ``t``; a choice between two keys asks for both."""
    for path in sorted(UI.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "t":
                values = {keyword.arg for keyword in node.keywords}
                if isinstance(node.args[0], ast.JoinedStr):
                    yield path.name, ast.unparse(node.args[0])[2:-1], values
                    continue
                for each in ast.walk(node.args[0]):
                    if isinstance(each, ast.Constant) and isinstance(each.value, str) and "." in each.value:
                        yield path.name, each.value, values


def keys():
    return {f"{file}.{name}" for file, texts in TEXTS.items() for name in texts}


def pattern_of(key):
    """What comes before the first name filled in, for keys that are put together."""
    return key.split("{")[0]


@pytest.mark.parametrize(("file", "key", "values"), [*asked_for()])
def test_a_text_that_is_asked_for_exists_with_its_places(file, key, values):
    if "{" in key:
        assert any(each.startswith(pattern_of(key)) for each in keys()), f"{file} asks for {key}"
        return
    assert key in keys(), f"{file} asks for {key}"
    stem, _, name = key.partition(".")
    places = {place for _, place, _, _ in string.Formatter().parse(TEXTS[stem][name]) if place}
    assert places == values - {None} or None in values


def given_whole():
    """Files all of whose texts a component gets: its scripts ask for them by words."""
    for path in UI.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "texts":
                yield from (each.value for each in node.args if isinstance(each, ast.Constant))


def test_no_text_is_unused():
    asked = [key for _, key, _ in asked_for()]
    # What is filled in may be anything; a key of nothing else says nothing about any text.
    shapes = [
        "".join(".+" if "{" in part else re.escape(part) for part in re.split(r"(\{[^}]*\})", key)) for key in asked
    ]
    shapes = [re.compile(each) for each in (*shapes, *LATER) if ".+" in each and each.replace(".+", "").strip("\\.")]
    quoted = {
        node.value
        for path in UI.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    scripts = "".join(path.read_text("utf-8") for path in UI.glob("web/*.js"))
    words = set(re.findall(r"\w+", scripts))
    words |= {f"{word}_help" for word in words}
    begun = tuple(re.findall(r"text\[`(\w+_)\$", scripts))
    whole = set(given_whole())

    def used(key):
        file, _, name = key.partition(".")
        of_script = file in whole and (name in words or name.split(".")[-1] in words or name.startswith(begun))
        by_name = key.startswith(tuple(BY_NAME)) or any(shape.fullmatch(key) for shape in shapes)
        return key in asked or key in quoted or of_script or by_name

    unused = sorted(key for key in keys() if not used(key))
    assert unused == []


@pytest.mark.parametrize(("prefix", "names"), [*BY_NAME.items()])
def test_texts_by_name_are_those_of_what_there_is(prefix, names):
    assert {key.removeprefix(prefix) for key in keys() if key.startswith(prefix)} <= set(names)


def test_texts_say_what_went_wrong_when_a_value_is_missing():
    with pytest.raises(KeyError):
        i18n.t("facts.weights", number=3)
    assert i18n.t("facts.weights", count=1234) == "1,234 weights"
