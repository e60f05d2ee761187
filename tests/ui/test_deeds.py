"""One door to all that pages change: nothing goes past it, and it lets no visitor through."""

import ast
import inspect
from pathlib import Path

import pytest

from ganlab.errors import NotAllowed
from ganlab.runs import Run
from ganlab.ui import deeds, jobs, rights

UI = Path(deeds.__file__).parent
# Who may call what changes something: the door itself; jobs end with the server; runs start when their turn comes.
DOORS = {"deeds.py", "jobs.py"}
CHANGERS = {
    "ganlab.runs": {"create"},
    "ganlab.members.store": {"keep", "write", "rename", "delete", "update_card", "add_encoder", "add_measurement"},
    "ganlab.fusion": {"keep"},
    "ganlab.fusion.arrivals": {"receive"},
    "ganlab.members.directions": {"keep", "drop"},
    "ganlab.ui.jobs": {"ask", "cancel", "forget"},
    "ganlab.files": {"write_json", "write_bytes", "building"},
    "shutil": {"rmtree", "move", "copy", "copytree"},
    "subprocess": {"Popen", "run", "call", "check_call", "check_output"},
}
# Of runs, paths and widgets, whatever they are called; `keep` and `step` are also words of our own modules.
METHODS = {"pause", "resume", "stop", "set_rates", "let_play", "write_state", "dispatch"}
METHODS |= {"unlink", "rmdir", "write_text", "write_bytes", "touch", "mkdir", "rename", "symlink_to"}
CALLED = {"keep", "step", "delete", "file_uploader", "chat_input", "camera_input", "audio_input"}
RIGHT_HERE = {"parts/theirs.py": {"file_uploader"}}  # asks itself
NO_CHANGE = {
    "pages/fuse_numbers.py": {"write_json"},  # what a job reads, written by ``first`` once it may be asked for
    "pages/explore_canvas.py": {"step"},  # of a walk, not of a run
}


def modules(tree):
    """What names of a source stand for: modules, and functions of modules."""
    known = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            known |= {each.asname or each.name: each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            known |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
    return known


def past_the_door(path):
    """All (line, what) of a source that change something without asking who may."""
    tree = ast.parse(path.read_text("utf-8"))
    known = modules(tree)
    changing = {f"{module}.{name}" for module, names in CHANGERS.items() for name in names}
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and known.get(node.id) in changing:
            yield node.lineno, node.id
        if not isinstance(node, ast.Attribute):
            continue
        of = known.get(node.value.id) if isinstance(node.value, ast.Name) else None
        whole = f"{of}.{node.attr}"
        ours = of is not None and of.startswith("ganlab.") and of != "ganlab.runs.Run"
        loose = node.attr in METHODS or (node.attr in CALLED and id(node) in called)
        if whole in changing or ((loose and not ours and of != "streamlit") or whole == "streamlit.file_uploader"):
            yield node.lineno, ast.unparse(node)


def test_pages_and_routes_change_nothing_past_the_door():
    found = []
    for path in sorted(UI.rglob("*.py")):
        name = path.relative_to(UI).as_posix()
        if name in DOORS:
            continue
        allowed = RIGHT_HERE.get(name, set()) | NO_CHANGE.get(name, set())
        found += [
            f"{name}:{line} {what}" for line, what in past_the_door(path) if what.rsplit(".", 1)[-1] not in allowed
        ]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "from ganlab.members import store\nstore.delete(name)",
        "from ganlab.members import store as shelf\nbutton(on_click=shelf.rename)",
        "from ganlab.members.store import keep\nkeep(card)",
        "from ganlab import runs\nruns.create(spec)",
        "from ganlab import runs\nruns.find(name).stop()",
        "button(on_click=run.pause)",
        "run.keep(name)",
        "from ganlab.ui import jobs\njobs.ask(command)",
        "from ganlab import files\nfiles.write_json(path, {})",
        "path.unlink()",
        "import streamlit as st\nst.file_uploader('x')",
        "column.file_uploader('x')",
    ],
)
def test_the_reader_finds_what_it_should(tmp_path, source):
    (tmp_path / "page.py").write_text(source)
    assert len([*past_the_door(tmp_path / "page.py")]) == 1


def test_the_reader_lets_alone_what_changes_nothing(tmp_path):
    (tmp_path / "page.py").write_text(
        "import streamlit as st\nfrom ganlab.ui import deeds\nfrom ganlab.ui.parts import address\n"
        "from ganlab.members import store\n"
        "deeds.delete(name)\naddress.keep(key, [], [])\nstate.step + 1\nstore.catalogue()\nst.stop()"
    )
    assert [*past_the_door(tmp_path / "page.py")] == []


FREE = {"may_ask", "may_end", "leave", "thin"}  # answers, and what every visit may do
DEEDS = [
    each
    for name, each in inspect.getmembers(deeds, inspect.isfunction)
    if each.__module__ == deeds.__name__ and not name.startswith("_") and name not in FREE
]


@pytest.fixture
def visitor(monkeypatch):
    monkeypatch.setattr(rights, "role", lambda: "visitor")


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
def test_no_deed_is_a_visitor_s(visitor, workspace, deed):
    wanted = [each for each in inspect.signature(deed).parameters.values() if each.default is each.empty]
    job = jobs.Job(jobs.verb("evaluate", "anna"))
    values = {
        "data": b"",
        "called": {},
        "command": job.command,
        "job": job,
        "run": Run(workspace / "runs" / "0001-mlp"),
        "wish": "stop",
    }
    with pytest.raises(NotAllowed, match="presenter"):
        deed(*(values.get(each.name) for each in wanted if each.kind is each.POSITIONAL_OR_KEYWORD))
    assert not workspace.exists()


@pytest.mark.parametrize("wish", ["pause", "resume", "stop", "step", "set_rates", "let_play"])
def test_a_run_is_steered_by_its_own_method(workspace, monkeypatch, wish):
    heard = []
    monkeypatch.setattr(Run, wish, lambda run, *given, **named: heard.append((run.name, given, named)))
    deeds.steer(Run(workspace / "runs" / "0001-mlp"), wish, "both", steps=3)
    assert heard == [("0001-mlp", ("both",), {"steps": 3})]


def test_visitors_have_films_and_what_is_here_and_no_other_job(visitor, workspace):
    asked = {
        word: deeds.may_ask(jobs.verb(*word.split()))
        for word in ("walk {}", "export anna", "examples digits", "examples mnist")
    }
    assert asked == {"walk {}": True, "export anna": True, "examples digits": True, "examples mnist": False}
    for verb in ("evaluate anna", "fuse a b --fit", "sweep a b", "members encoder anna", "nearest {}", "detect anna"):
        assert not deeds.may_ask(jobs.verb(*verb.split())), verb
