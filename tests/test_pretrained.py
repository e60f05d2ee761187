"""What ships: whole, small, and made by the commands that stand beside it."""

import shlex
import sys
from pathlib import Path

import pytest
import torch

from ganlab import load, runs
from ganlab.cli import main
from ganlab.members import store

PRETRAINED = Path(__file__).parents[1] / "pretrained"
SHIPPED = sorted(folder.name for folder in (PRETRAINED / "members").iterdir())


def commands() -> dict[str, list[str]]:
    """The training commands in pretrained/README.md, by the name they give."""
    lines = (PRETRAINED / "README.md").read_text().splitlines()
    words = [shlex.split(line) for line in lines if line.startswith("python -m ganlab train ")]
    return {line[line.index("--name") + 1]: line[4 : line.index("--name")] for line in words}


def test_four_members_ship_in_at_most_25_megabytes():
    assert len(SHIPPED) >= 4
    assert sum(path.stat().st_size for path in PRETRAINED.rglob("*") if path.is_file()) < 25e6


def test_two_dense_and_two_convolutional_members_differ_in_objective_and_seed():
    cards = [store.catalogue()[name].card for name in SHIPPED]
    assert sorted(card.network for card in cards) == ["dcgan", "dcgan", "mlp", "mlp-relu"]
    first, second = (card.spec for card in cards if card.network == "dcgan")
    assert first.objective != second.objective
    assert first.seed != second.seed


@pytest.mark.parametrize("name", SHIPPED)
def test_each_is_what_its_command_asks_for(name: str, monkeypatch: pytest.MonkeyPatch):
    asked = []
    monkeypatch.setattr(runs, "create", lambda spec, device: asked.append(spec) or sys.exit(0))
    main(["train", *commands()[name]])
    assert [spec.resolved() for spec in asked] == [store.catalogue()[name].card.spec.resolved()]


@pytest.mark.parametrize("name", SHIPPED)
def test_each_draws_digits_and_its_critic_scores_them(name: str):
    member = load(name)
    pictures = member.sample(256, seed=0)
    assert pictures.shape == (256, 1, 28, 28)
    # Ink and ground as MNIST has them: its training images have mean -0.739 and standard deviation 0.616.
    assert pictures.mean().item() == pytest.approx(-0.739, abs=0.06)
    assert pictures.std().item() == pytest.approx(0.616, abs=0.06)
    assert torch.isfinite(member.score(pictures)).all()
    assert "CC BY-SA" in member.card.licence


@pytest.mark.parametrize("name", SHIPPED)
def test_no_member_has_collapsed_to_one_picture(name: str):
    pictures = load(name).sample(256, seed=1).flatten(1)
    distances = torch.pdist(pictures)
    # Two different MNIST digits lie about 20 apart in this scale; copies lie at 0.
    assert distances.quantile(0.01).item() > 6
