"""README is followed as a newcomer would, so that it cannot go stale."""

import re
from pathlib import Path

import pytest

from ganlab.fusion import tables
from pretrained import ship_table

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_ci_runs_the_test_command_of_the_readme():
    command = next(block.strip() for block in blocks("bash") if "pytest" in block)
    assert command == "pip install -r requirements.txt && pytest"
    assert re.search(
        r"^pip install -r requirements\.txt( --quiet)? && pytest$", (ROOT / ".ci" / "run").read_text(), re.M
    )


def test_the_ten_lines_save_a_grid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (lines,) = blocks("python")
    assert len([line for line in lines.splitlines() if line.strip()]) <= 10
    exec(compile(lines, "README.md", "exec"), {})
    assert (tmp_path / "fused.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("target", re.findall(r"\]\((?!http)([^)#]+)\)", README))
def test_links_lead_somewhere(target: str):
    assert (ROOT / target).exists()


@pytest.mark.parametrize("dataset", tables.known())
def test_the_lines_of_fusions_are_those_that_ship(dataset: str):
    _, rest = README.split(ship_table.begin(dataset))
    assert rest.split(ship_table.END)[0] == ship_table.lines(dataset)


def test_tables_of_several_machines_become_one():
    facts = dict.fromkeys(("dataset", "n", "n_real", "split", "extractors", "digests"), "same")
    one = facts | {"rows": [{"rule": "a", "found": {"0": 1}}, {"rule": "b", "found": {}}]}
    other = facts | {"rows": [{"rule": "a", "found": {"1": 2}}, {"rule": "c", "found": {"0": 3}}]}
    assert ship_table.merged([one, other])["rows"] == [
        {"rule": "a", "found": {"0": 1, "1": 2}},
        {"rule": "c", "found": {"0": 3}},
    ]
    with pytest.raises(AssertionError, match="of other members"):
        ship_table.merged([one, other | {"n": "another"}])
