"""Laws of the methods: which rows members see, from which seeds, with which weights."""

from collections import Counter

import numpy as np
import pytest
import torch
from ensemble_helpers import InMemory, same, small

from ganlab import ensembles
from ganlab.data import load_dataset
from ganlab.data.dataset import Dataset, divided
from ganlab.ensembles import METHODS
from ganlab.ensembles.bagging import Bagging
from ganlab.ensembles.loop import Of
from ganlab.ensembles.specialists import Specialists
from ganlab.errors import SpecError, UnknownName
from ganlab.spec import EnsembleSpec, MemberSpec
from ganlab.training import member_at, train
from ganlab.training.events import Saved, Started

CPU = torch.device("cpu")
DIGITS = {"dataset": "digits", "network": "mlp"}


def planned(kind, asked, data):
    return kind(asked, data, CPU, lambda text: None)


@pytest.fixture(scope="module")
def digits():
    return load_dataset("digits")


@pytest.mark.parametrize("method", METHODS.names)
def test_resolving_twice_changes_nothing(method):
    whole = small(method, DIGITS)
    assert ensembles.resolved(whole) == whole
    assert EnsembleSpec.read(whole.model_dump_json()) == whole
    assert len(ensembles.lengths(whole)) == len(ensembles.specs_of(whole))
    trained = 1 if method == "joint" else len(ensembles.specs_of(whole))  # one training for all
    assert sum(ensembles.lengths(whole)) == 6 * trained, "steps are per member"
    assert whole.base == whole.base.resolved()


@pytest.mark.parametrize("method", METHODS.names)
def test_weights_add_up_to_one_however_early_it_ends(method, digits):
    asked = small(method, DIGITS)
    plan = planned(METHODS[method].load(), asked, digits)
    for number in ensembles.results(asked):
        weights = plan.weights(number)
        assert sum(weights.values()) == pytest.approx(1, abs=1e-12)
        assert min(weights.values()) >= 0
        assert set(weights) <= set(range(1, number + 1))


def test_seeds_differ_in_nothing_but_the_seed():
    specs = ensembles.specs_of(small("seeds", {"seed": 7}, members=3))
    assert [spec.seed for spec in specs] == [7, 8, 9]
    assert len({spec.model_copy(update={"seed": 0}) for spec in specs}) == 1


def test_a_bootstrap_sample_is_drawn_with_replacement(digits):
    plan = planned(Bagging, small("bagging", DIGITS | {"seed": 5}), digits)
    count = len(digits.splits["train"])
    first, second = plan.part(1, None).rows, plan.part(2, None).rows
    for rows in (first, second):
        assert len(rows) == count
        assert 0 <= rows.min() <= rows.max() < count
        # A row is missing with chance (1 - 1/n)^n = 1/e; the share of rows seen varies by about 0.3 / sqrt(n).
        assert len(np.unique(rows)) / count == pytest.approx(1 - np.exp(-1), abs=5 * 0.31 / count**0.5)
    assert (first != second).any()
    assert max(Counter(first.tolist()).values()) > 1
    assert plan.part(1, None).told == "bootstrap sample 1 of 1,437 rows, seed 5"


def test_a_bootstrap_sample_depends_on_the_seed_alone(digits):
    one = planned(Bagging, small("bagging", DIGITS), digits).part(2, None)
    again = planned(Bagging, small("bagging", DIGITS | {"steps": 9}, members=7), digits).part(2, None)
    other = planned(Bagging, small("bagging", DIGITS | {"seed": 1}), digits).part(2, None)
    assert (one.rows == again.rows).all()
    assert (one.rows != other.rows).any()


@pytest.mark.parametrize(("members", "split"), [(2, "labels"), (5, "labels"), (7, "labels"), (3, "features")])
def test_the_rows_of_specialists_partition_the_split(digits, members, split, monkeypatch, workspace):
    monkeypatch.setattr("ganlab.ensembles.seeing.Seeing.of", lambda plan: Pixels(plan.data))
    plan = planned(Specialists, small("specialists", DIGITS, members=members, split=split), digits)
    parts = [plan.part(number, None).rows for number in range(1, members + 1)]
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(digits.splits["train"])))
    assert min(map(len, parts)) > 0
    shares = plan.weights(members)
    assert [shares[k + 1] * plan.count for k in range(members)] == pytest.approx([len(rows) for rows in parts])
    if split == "labels":
        labels = digits.split("train")[1].numpy()
        assert len(set().union(*(set(labels[rows]) for rows in parts))) == 10
        assert sum(len(set(labels[rows])) for rows in parts) == 10, "no label is in two parts"
    else:
        assert [len(rows) for rows in parts] == sorted(map(len, parts), reverse=True), "the largest cluster comes first"


class Pixels:
    """Sees pictures as their pixels."""

    def __init__(self, data):
        self.data = data

    def training_rows(self):
        return self.data.split("train")[0].flatten(1).numpy().astype(float)


def test_clusters_of_points_are_the_heaps_they_come_from():
    """Eight heaps far apart, eight clusters: k-means must find them."""
    data = load_dataset("ring8")
    few = ensembles.loop.with_rows(data, np.arange(2_000))
    plan = planned(Specialists, small("specialists", split="features", members=8), few)
    points = few.split("train")[0].numpy()
    for number in range(1, 9):
        own = points[plan.part(number, None).rows]
        assert np.linalg.norm(own - own.mean(0), axis=1).max() < 0.5
    assert plan.part(1, None).told.startswith("cluster 1 of 8 by k-means, seed 0: ")


def test_labels_are_told_on_the_card(digits):
    plan = planned(Specialists, small("specialists", DIGITS), digits)
    assert plan.part(1, None).told.startswith("labels 0, 1: ")
    assert plan.part(5, None).told.endswith(" of 1,437 rows")


def test_a_set_with_too_few_labels_is_refused_when_it_is_read():
    examples = torch.zeros(20, 1, 8, 8, dtype=torch.uint8)
    two = Dataset("folder:x", examples, torch.arange(20) % 2, ("a", "b"), divided(20))
    asked = EnsembleSpec(method="specialists", members=5, split="labels", base=MemberSpec(**DIGITS))
    with pytest.raises(SpecError, match=r"5 specialists need a label each, and the training rows of 'folder:x' have 2"):
        planned(Specialists, asked, two).part(1, None)


def test_snapshots_are_the_members_of_one_run():
    """Member k is what ``member_at`` gives of the checkpoint at k times the steps, and its own spec's training."""
    made = InMemory().train(small("snapshots", {"seed": 3}, members=3))
    whole = small("snapshots", {"seed": 3, "steps": 18, "checkpoint_every": 6}).base
    saved = [event for event in train(whole, load_dataset("ring8")) if isinstance(event, Saved)]
    assert [event.step for event in saved] == [6, 12, 18]
    for number, event in enumerate(saved, 1):
        assert same(made.members[number], member_at(whole, event.checkpoint))
        assert made.members[number].card.lineage == made.members[1].card.lineage, "their weights may be averaged"
        assert made.members[number].card.steps == made.members[number].card.spec.steps == 6 * number
    began = [told.event.step for told in made.told if isinstance(told, Of) and isinstance(told.event, Started)]
    assert began == [0, 6, 12], "no step is taken twice"
    *_, alone = train(made.members[2].card.spec, load_dataset("ring8"))
    assert same(made.members[2], alone.member)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"method": "bagging", "split": "labels"}, "split does not belong to method 'bagging': it takes members."),
        (
            {"method": "specialists", "base": MemberSpec(dataset="spiral", network="toy")},
            "5 specialists need a label each, and 'spiral' has none: use split 'features'.",
        ),
        (
            {"method": "specialists", "members": 11},
            "11 specialists need a label each, and 'digits' has 10: use split 'features'.",
        ),
        ({"method": "specialists", "base": MemberSpec(conditional=True)}, "leave conditional out"),
        ({"method": "snapshots", "base": MemberSpec(objective="vaegan")}, "goes through stages (pretrain, join, "),
        ({"method": "snapshots", "base": MemberSpec(grow=0.5)}, "goes through stages (2x2, 4x4, 8x8)"),
    ],
)
def test_what_does_not_go_together_is_a_sentence(values, sentence):
    with pytest.raises(SpecError) as told:
        ensembles.resolved(EnsembleSpec(**values))
    assert sentence in str(told.value)


def test_an_unknown_method_is_told_the_nearest():
    with pytest.raises(UnknownName, match=r"No ensemble method is called 'baging'\. Did you mean 'bagging'"):
        ensembles.resolved(EnsembleSpec(method="baging"))


@pytest.mark.parametrize("members", [1, 17])
def test_an_ensemble_has_two_to_sixteen_members(members):
    with pytest.raises(SpecError, match=f"members is {members}; allowed: "):
        EnsembleSpec.read({"method": "seeds", "members": members})


def test_a_file_of_an_ensemble_is_read_strictly():
    text = '{"method": "seeds", "base": {"dataset": "ring8", "network": "toy", "stepps": 3}}'
    with pytest.raises(SpecError, match=r"There is no field 'base\.stepps'"):
        EnsembleSpec.read(text)
