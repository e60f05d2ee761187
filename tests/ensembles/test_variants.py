"""Variants: members of several architectures, and the choice among candidates by folds."""

import numpy as np
import pytest
import torch
from ensemble_helpers import InMemory, same, small

from ganlab import ensembles
from ganlab.data import load_dataset
from ganlab.ensembles.cross_validation import CrossValidation
from ganlab.ensembles.loop import with_rows
from ganlab.errors import SpecError
from ganlab.spec import EnsembleSpec, MemberSpec
from ganlab.training import train

TWO = ({"objective": "hinge"}, {"objective": "nonsaturating"})


def test_architectures_are_the_base_with_fields_changed():
    asked = ensembles.resolved(
        EnsembleSpec(
            method="architectures",
            base=MemberSpec(steps=70, seed=5, width=24, penalty=None, label_smoothing=None),
            variants=({"network": "mlp", "dropout": 0.1}, {"objective": "wasserstein_gp"}, {"optimizer": "sgd"}),
        )
    )
    specs = ensembles.specs_of(asked)
    assert [(each.network, each.objective, each.steps, each.seed) for each in specs] == [
        ("mlp", "hinge", 70, 5),
        ("dcgan", "wasserstein_gp", 70, 6),
        ("dcgan", "hinge", 70, 7),
    ]
    assert [each.width for each in specs] == [None, 24, 24], "what a network does not take is left out"
    assert [each.dropout for each in specs][:1] == [0.1]
    assert [each.penalty for each in specs] == [None, 10.0, None]
    assert [each.momentum for each in specs] == [None, None, 0.0]
    assert all(spec == spec.resolved() for spec in specs)


@pytest.mark.parametrize(
    ("method", "variants", "sentence"),
    [
        ("architectures", None, "An ensemble of architectures needs at least two variants"),
        ("cross_validation", ({},), "Cross-validation needs at least two variants"),
        ("architectures", ({}, {"dataset": "mnist"}), "Variant 2 changes dataset: all variants learn the same"),
        ("architectures", ({"network": "toy"}, {}), "Variant 1: network 'toy' does not suit dataset 'digits'"),
        ("cross_validation", ({}, {"stepps": 3}), "Variant 2: There is no field 'stepps'"),
        ("seeds", TWO, "variants does not belong to method 'seeds'"),
        ("cross_validation", ({}, {"batch_size": 1_000}), "batch_size 1,000 is more than the 958 training"),
    ],
)
def test_variants_that_are_none_are_a_sentence(method, variants, sentence):
    with pytest.raises(SpecError) as told:
        ensembles.resolved(EnsembleSpec(method=method, variants=variants))
    assert sentence in str(told.value)


@pytest.fixture(scope="module")
def data():
    return with_rows(load_dataset("ring8"), np.arange(1_001))


@pytest.fixture(scope="module")
def chosen(data):
    """A finished cross-validation of two variants by three folds."""
    return InMemory().train(small("cross_validation", {"steps": 12}, variants=TWO, folds=3), data)


def test_folds_partition_the_rows(data):
    asked = small("cross_validation", variants=TWO, folds=3)
    plan = CrossValidation(asked, data, torch.device("cpu"), lambda text: None)
    held = [np.setdiff1d(np.arange(1_001), plan.part(number, None).rows) for number in (1, 2, 3)]
    assert sorted(np.concatenate(held).tolist()) == list(range(1_001))
    assert sorted(map(len, held)) == [333, 334, 334]
    for variant in (0, 1):
        for fold in range(3):
            rows = plan.part(variant * 3 + fold + 1, None).rows
            assert sorted([*rows, *held[fold]]) == list(range(1_001)), "all variants see the same folds"


def test_the_winner_has_the_least_mean_score(chosen, data):
    assert set(chosen.members) == set(range(1, 8))
    scores = [[chosen.facts[variant * 3 + fold + 1]["score"] for fold in range(3)] for variant in (0, 1)]
    told = chosen.facts[7]
    assert told["scores"] == scores
    assert told["means"] == pytest.approx([sum(row) / 3 for row in scores])
    best = min((0, 1), key=lambda variant: sum(scores[variant]))
    assert told["chosen"] == best + 1
    assert (told["measure"], told["extractor"]) == ("energy distance", None)
    *_, alone = train(chosen.members[7].card.spec, data)
    assert chosen.members[7].card.spec.objective == TWO[best]["objective"]
    assert same(alone.member, chosen.members[7])
    assert chosen.begun[7].weights == {7: 1.0}
    assert chosen.begun[6].weights == {}


def test_scores_do_not_depend_on_who_asks(chosen, data):
    """A resumed one takes them again, of members that were kept."""
    again = InMemory()
    again.members, again.checkpoints = dict(chosen.members), dict(chosen.checkpoints)
    again.train(small("cross_validation", {"steps": 12}, variants=TWO, folds=3), data)
    assert again.facts == chosen.facts


def test_a_better_variant_wins():
    """One that hardly moves against one that learns: the heaps of eight, or a spot in the middle."""
    data = with_rows(load_dataset("ring8"), np.arange(2_000))
    still = {"learning_rate_generator": 1e-8}
    asked = small(
        "cross_validation",
        {"steps": 150, "batch_size": 64, "learning_rate_generator": 1e-3, "learning_rate_critic": 1e-3},
        variants=(still, {}),
        folds=2,
    )
    assert InMemory().train(asked, data).facts[5]["chosen"] == 2
