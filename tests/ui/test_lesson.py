"""Lesson links: what is hidden or pinned keeps its value, whatever is pressed; every control can be named."""

import ast
import importlib
import re
from pathlib import Path

import pytest
from fakes import keep_member
from parts_visit import healthy, visit
from streamlit.testing.v1 import AppTest

from ganlab.fusion import OPTIONS
from ganlab.ui import i18n, pages, rights
from ganlab.ui.pages import fuse_options
from ganlab.ui.parts import lesson_controls
from ganlab.ui.parts.lesson_controls import CONTROLS

HERE = Path(pages.__file__).parent
# Not for lessons: pages that compare, and one slider a member along the way.
OTHERS = re.compile(r"compare\..*|explore\.[abcd](\d|\.\*)+|explore\.\.\*\.\*")


@pytest.fixture
def members(workspace):
    names = ["anna", "berta"]
    for seed, name in enumerate(names):
        keep_member(name, seed=seed, dataset="glyphs")
    return names


SCENE = """
from ganlab.ui import parts
from ganlab.ui.pages import fuse
from ganlab.ui.parts import lesson
lesson.settle("fuse")
lesson.show()
parts.told(fuse.page)
lesson.keep()
"""


def opened(members, **more):
    visit("fuse")  # torch is there by now
    at = AppTest.from_string(SCENE, default_timeout=60)
    asked = {"fuse.members": members, "fuse.rule": "mixture", "fuse.seed": "7", "fuse.weights": "0.8,0.2"} | more
    for name, value in asked.items():
        at.query_params[name] = value
    return healthy(at.run())


def stands(at):
    held = at.session_state["fuse.weight_of"]
    return (
        at.number_input(key="fuse.seed").value,
        at.session_state["fuse.rule"],
        [round(held[name], 2) for name in sorted(held)],
        at.slider(key="fuse.t").value,
    )


def test_what_a_lesson_holds_stays_and_all_else_moves(members):
    at = opened(members, pin="fuse.seed,fuse.weights", hide="fuse.rule")
    assert stands(at) == (7, "mixture", [0.8, 0.2], 0.0)
    for key in ("fuse.new", "fuse.random"):
        at = healthy(at.button(key=key).click().run())
        assert stands(at) == (7, "mixture", [0.8, 0.2], 0.0)
    at = healthy(at.slider(key="fuse.t").set_value(0.5).run())
    assert stands(at) == (7, "mixture", [0.8, 0.2], 0.5)
    at = healthy(at.button(key="fuse.reset").click().run())
    assert stands(at) == (7, "mixture", [0.8, 0.2], 0.0)
    at = healthy(at.number_input(key="fuse.seed").set_value(3).run())  # by a program: no page offers it
    at = healthy(at.run())
    assert stands(at)[0] == 7
    asked = {name: in_address(at, name) for name in ("fuse.rule", "fuse.weights", "hide", "pin")}
    assert asked == {
        "fuse.rule": "mixture",
        "fuse.weights": "0.8,0.2",
        "hide": "fuse.rule",
        "pin": "fuse.seed,fuse.weights",
    }


def in_address(at, name):
    found = at.query_params[name]
    return found if isinstance(found, str) else ",".join(found)


def test_without_a_lesson_all_moves(members):
    at = opened(members)
    at = healthy(at.button(key="fuse.new").click().run())
    assert stands(at)[0] == 8
    assert "hide" not in at.query_params


def style(at):
    return "".join(each.proto.body for each in at.get("html") if "display: none !important" in each.proto.body)


def test_hidden_and_pinned_are_styled_with_what_stands_beside_them(members):
    at = opened(members, pin="fuse.seed", hide="fuse.weights")
    hidden, beside, pinned = style(at).removeprefix("<style>").removesuffix("</style>").split("} ")
    assert {".studio .mixer", ".studio .weight", '[class*="st-key-fuse-random"]'} <= set(re.split(", | {", hidden))
    assert beside.startswith('[class*="st-key-fuse-new"] {')
    assert pinned.startswith(".st-key-fuse-seed { pointer-events: none")


def test_a_name_that_is_not_there_is_told_and_no_more(members):
    at = opened(members, hide="fuse.rule,fuse.nothing", pin="<b>x</b>")
    (told,) = [each.value for each in at.warning]
    assert told.endswith(r"ignored: fuse\.nothing, \<b\>x\<\/b\>.")
    assert "x</b>" not in style(at)


def test_a_lesson_goes_along_to_other_pages_and_ends_with_the_visit(workspace):
    at = visit(hide="fuse.rule", pin="gallery.seed")
    assert in_address(at, "hide") == "fuse.rule"
    del at.query_params["hide"], at.query_params["pin"]
    at = healthy(at.run())
    assert (in_address(at, "hide"), in_address(at, "pin")) == ("fuse.rule", "gallery.seed")
    assert "hide" not in visit().query_params


def test_who_teaches_makes_a_link_and_a_visitor_is_not_offered_it(workspace, monkeypatch):
    made = "import streamlit as st\nfrom ganlab.ui.parts.lesson_link import link\n"
    at = AppTest.from_string(made + "st.write(link(['fuse.rule', 'fuse.t'], ['fuse.seed']))")
    at.query_params["fuse.members"] = ["a", "b"]
    at.query_params["hide"] = "fuse.to"
    told = at.run().markdown[0].value
    assert told.split("?")[1] == "fuse.members=a&fuse.members=b&hide=fuse.rule,fuse.t&pin=fuse.seed"
    assert visit().sidebar.button(key="app.lesson_link").label == "Lesson link"
    monkeypatch.setattr(rights, "role", lambda: "visitor")
    assert "app.lesson_link" not in {each.key for each in visit().sidebar.button}


# ---- every control has its name ----
def bound():
    """The keys of all widgets that Streamlit binds to the address, as patterns."""
    for path in sorted(HERE.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not any(each.arg == "bind" for each in node.keywords):
                continue
            key = next((each.value for each in node.keywords if each.arg == "key"), None)
            if isinstance(key, ast.JoinedStr):
                parts = [each.value if isinstance(each, ast.Constant) else None for each in key.values]
                yield path.name, "".join(".*" if each is None else re.escape(each) for each in parts)
            elif isinstance(key, ast.Name) and key.id.isupper():
                yield path.name, re.escape(getattr(importlib.import_module(f"ganlab.ui.pages.{path.stem}"), key.id))
            elif isinstance(key, ast.Constant):
                yield path.name, re.escape(key.value)


def by_hand():
    """The keys of choices that the address carries in codes."""
    for path in sorted(HERE.glob("*.py")):
        for found in re.findall(r'address\.choice\(\s*[\w.]+,\s*"([\w.]+)"', path.read_text("utf-8")):
            yield path.name, re.escape(found)
        for found in re.findall(r'= Setting\(\s*"([\w.]+)"', path.read_text("utf-8")):
            yield path.name, re.escape(found)


# Drawn or chosen on a canvas, with the set they belong to, or in a table to look things up in.
FREE = {"explore.into", "plane.points", "plane.rule", "plane.weights", "plane.members", "plane.toy", "plane.by"}


def test_every_control_of_an_address_can_be_named():
    options = [("fuse_options.py", fuse_options._key(name, page)) for name in OPTIONS for page in ("fuse", "explore")]
    found = [*bound(), *by_hand(), *options]
    assert len(found) > 30
    nameless = [
        (file, key)
        for file, key in found
        if not any(re.fullmatch(key, name) for name in CONTROLS)
        and not OTHERS.fullmatch(key.replace("\\", ""))
        and key.replace("\\", "") not in FREE
    ]
    assert nameless == []


@pytest.mark.parametrize("language", list(i18n.LANGUAGES))
@pytest.mark.parametrize("page", ["gallery", "fuse", "explore", "versus", "plane", "train"])
def test_every_control_has_a_title(monkeypatch, language, page):
    monkeypatch.setattr(i18n, "language", lambda: language)
    titles = lesson_controls.of_page(page)
    assert len(titles) >= 7
    assert len(set(titles.values())) == len(titles), "two that cannot be told apart"
    assert all(titles.values())
