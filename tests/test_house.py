"""The floors of the house, read from the source: imports point down, never sideways."""

import ast
from functools import cache
from pathlib import Path

import pytest

import ganlab

ROOT = Path(__file__).parents[1]
FLOORS = (
    ("errors",),
    ("family", "lazy"),  # the ground floor has two steps, so that its helpers may use them
    ("files", "seeds", "images", "device", "choice", "memory"),
    ("lock",),
    ("networks", "objectives", "toys"),
    ("data",),
    ("spec",),
    ("members",),
    ("metrics",),
    ("training",),
    ("fusion",),
    ("ensembles",),
    ("runs",),
    ("cli", "ui"),
    ("__main__", "app"),
)
FLOOR = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}
SOURCES = sorted(path for path in (ROOT / "ganlab").rglob("*.py") if path != ROOT / "ganlab/__init__.py")


def name_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module):
    return module.split(".")[1] if "." in module else module


@cache
def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imported(tree):
    """All modules that a source imports, also late ones and those for type checkers."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import hides its room"
            if node.module != "ganlab":
                yield node.module
                continue
            for name in {each.name for each in node.names} - {"__version__"}:
                yield ganlab._PUBLIC.get(name, f"ganlab.{name}")


def promised(tree):
    """Modules named in strings: the lines of families and of lazy doors ("ganlab.room.file:Name")."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            module = node.value.split(":")[0]
            path = ROOT / Path(*module.split("."))
            if module.startswith("ganlab.") and (path.is_dir() or path.with_suffix(".py").is_file()):
                yield module


def points_down(source, target):
    own, other = room_of(source), room_of(target)
    return own == other or FLOOR[other] < FLOOR[own]


def test_the_rule_itself_refuses_what_it_should():
    assert points_down("ganlab.training.loop", "ganlab.members.card")
    assert points_down("ganlab.training.loop", "ganlab.training.gan")
    assert not points_down("ganlab.members.card", "ganlab.training.loop")
    assert not points_down("ganlab.cli.train", "ganlab.ui.engine")
    assert not points_down("ganlab.networks.mlp", "ganlab.objectives.hinge")
    tree = ast.parse(
        'def f():\n    from ganlab import seeds\n    import torch.nn\nX = {"a": "ganlab.data.points:ring8"}'
    )
    assert [*imported(tree), *promised(tree)] == ["ganlab.seeds", "torch.nn", "ganlab.data.points"]


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_imports_point_down(path):
    tree, name = tree_of(path), name_of(path)
    assert room_of(name) in FLOOR, f"{name} stands on no floor"
    ours = [each for each in {*imported(tree), *promised(tree)} if each.startswith("ganlab.")]
    assert [each for each in ours if not points_down(name, each)] == []


def test_the_root_offers_only_what_there_is():
    """The package's door may name any room; each name must be found there."""
    for name, module in ganlab._PUBLIC.items():
        path = ROOT / Path(*module.split("."))
        tree = tree_of(path / "__init__.py" if path.is_dir() else path.with_suffix(".py"))
        assert name in ast.dump(tree)
        assert getattr(ganlab, name).__name__ == name


def test_only_the_web_front_end_knows_streamlit():
    knows = {
        name_of(path)
        for path in [*SOURCES, ROOT / "app.py"]
        if any(each.split(".")[0] == "streamlit" for each in imported(tree_of(path)))
    }
    assert knows
    assert {room_of(name) for name in knows} <= {"ui", "app"}


def plainly_numbers(call):
    """Whether a call says itself that it reads numbers only: np.load(..., allow_pickle=False)."""
    return any(each.arg == "allow_pickle" and ast.unparse(each.value) == "False" for each in call.keywords)


def test_nothing_is_unpickled_or_evaluated():
    for path in SOURCES:
        tree = tree_of(path)
        modules = {each.split(".")[0] for each in imported(tree)}
        assert not modules & {"pickle", "cloudpickle", "dill", "joblib", "marshal"}, path
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        called = {ast.unparse(node.func) for node in calls if not plainly_numbers(node)}
        assert not called & {"torch.load", "np.load", "eval", "exec"}, path


def test_no_room_for_odds_and_ends():
    assert not {path.stem for path in SOURCES} & {"utils", "util", "common", "base", "helpers", "misc"}


def test_the_rooms_of_the_table_are_those_of_the_checkout():
    there = {name_of(path).split(".")[1] for path in SOURCES}
    assert {"errors", "spec", "members", "training"} <= there <= FLOOR.keys()
