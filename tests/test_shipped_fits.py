"""Fits that came along: what their commands name draws at once, in a workspace that knows nothing."""

import shlex
from pathlib import Path

import pytest

from ganlab.fusion import RULES, fuse, load
from ganlab.fusion.fitted import stamp

PRETRAINED = Path(__file__).parents[1] / "pretrained"
COMMANDS = [
    shlex.split(line)
    for line in (PRETRAINED / "README.md").read_text().splitlines()
    if line.startswith("python -m ganlab fuse ") and line.endswith(" --fit")
]
ASKED = [words[4 : words.index("--rule")] for words in COMMANDS]


@pytest.mark.parametrize("members", ASKED, ids=" ".join)
def test_what_is_named_draws_at_once(members, tmp_path, monkeypatch):
    monkeypatch.setenv("GANLAB_HOME", str(tmp_path))
    fused = fuse(members, "selection", [0.5] * len(members))  # as sliders stand that nobody has moved
    assert fused.sample(4, 0).shape == (4, *fused.shape)
    numbers = fused.card.fit.numbers
    assert numbers["kid_gain"].low > 0
    assert list(tmp_path.iterdir()) == []


def test_every_file_has_its_command():
    stamps = {stamp(RULES["selection"].load()(), [load(name) for name in members]) for members in ASKED}
    assert {path.name for path in (PRETRAINED / "fits").iterdir()} == stamps
