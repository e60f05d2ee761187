"""The table of fusions: its lines follow from the members there are, its numbers are those of `evaluate`."""

import numpy as np
import pytest
from fakes import card_for, tiny_spec
from fusion.conftest import FAMILY, ground_of

from ganlab.fusion import RULES, fuse, load, misfit, plan, table
from ganlab.fusion.plan import Row
from ganlab.members.card import Card, Weights
from ganlab.metrics.evaluate import Progress, evaluate, of_member
from ganlab.spec import Recipe


def card(name, conditional=False, weights="a", **changes):
    told = {"lineage": changes.pop("lineage", ()), "rows": changes.pop("rows", None)}
    spec = tiny_spec(conditional=conditional, **changes)
    return card_for(spec, name, Weights(sha256=weights * 64, size=1), conditional=conditional, **told)


def mixture(name, *members):
    made_of = {each.name: each.digest() for each in members}
    recipe = Recipe(members=tuple(made_of), rule="mixture", weights=())
    shape = {"dataset": "digits", "shape": (1, 8, 8), "latent_dim": 7, "parameters": 1}
    return Card(name=name, kind="fused", recipe=recipe, made_of=made_of, **shape)


ANNA, OTTO, VAE = card("anna"), card("otto"), card("vae", objective="elbo")


def test_who_was_raised_for_something_else_is_no_candidate():
    others = [
        card("asked", conditional=True),
        card("started", start="anna"),
        card("student", teacher="anna"),
        card("part", rows="rows of class 3"),
        mixture("both", ANNA, OTTO),
    ]
    assert plan.candidates([ANNA, *others, OTTO]) == [ANNA, OTTO]


def test_every_rule_that_fits_has_a_line_and_every_line_a_name():
    lines = plan.rows([OTTO, ANNA, VAE], [ANNA, OTTO, VAE])
    names = [row.name for row in lines]
    assert names[:2] == ["best-member", "mean-member"]
    assert lines[0].members == ("otto",)
    assert len(set(names)) == len(names)
    fitting = {rule for rule in RULES.names if misfit(rule, [OTTO, ANNA, VAE]) is None}
    assert fitting <= {row.rule for row in lines}
    assert {row.rule for row in lines if row.name.startswith("best-member+")} == {"selection"}
    assert not any("aligned" in name for name in names)  # two of the three cannot encode


def test_members_that_encode_are_aligned_to_the_best():
    lines = {row.name: row for row in plan.rows([VAE, card("two", objective="elbo")], [])}
    assert lines["median:aligned"].options == {"anchor": "vae"}
    assert {"blending", "blending:pixel", "stacking"} <= lines.keys()
    assert lines["parameters:strangers"].options == {"force": 1.0}


def test_what_was_raised_for_fusion_and_the_controls_stand_beside():
    kin = [card(name, start="anna", lineage=FAMILY, weights=name[-1]) for name in ("kin-a", "kin-b")]
    asked, student = card("asked", conditional=True), card("student", teacher="anna")
    whole = mixture("digits-specialists", ANNA, OTTO)
    lines = {row.name: row for row in plan.rows([ANNA, OTTO], [whole, asked, student, *kin])}
    assert lines["specialists"].members == ("digits-specialists",)
    assert lines["specialists"].rule is None
    assert lines["specialists+selection"].rule == "selection"
    assert lines["distilled"].members == ("student",)
    assert lines["conditional-member"].members == ("asked",)
    assert lines["parameters"].members == ("kin-a", "kin-b")


def eyes():
    ground = ground_of(load("anna"))
    both = (ground.extractor, ground.reference)
    return table.Eyes(both, both)


def measured(row, n=200, seed=0, learned=()):
    *_, found = table.measuring(row, [load(name) for name in row.members], eyes(), learned, n=n, seed=seed)
    return found


def test_the_numbers_are_those_of_evaluate():
    found, seen = measured(Row("anna", ("anna",)), seed=3), eyes()
    known = evaluate(of_member(load("anna"), 200, 3), *seen.first, "test", seed=3).numbers
    for name in ("kid", "precision", "recall", "coverage"):
        assert found[name] == pytest.approx(known[name].value, rel=1e-6)
    assert (found["fid"], found["fid_low"], found["fid_high"]) == pytest.approx(
        (known["fid"].value, known["fid"].low, known["fid"].high), rel=1e-6
    )
    assert found["fid_second"] == pytest.approx(found["fid"])
    assert found["candidates_per_image"] == 1
    assert found["ms_per_image"] > 0


def test_several_as_they_are_have_the_mean_of_their_numbers():
    both = measured(Row("mean-member", ("anna", "otto")))
    each = [measured(Row(name, (name,))) for name in ("anna", "otto")]
    for name in ("fid", "fid_high", "recall"):
        assert both[name] == pytest.approx(np.mean([one[name] for one in each]))


def test_learned_shares_stand_where_a_line_asks_for_them():
    found = measured(Row("mixture:learned", ("anna", "otto"), "mixture", plan.LEARNED), learned=(0.9, 0.1))
    fused = fuse(["anna", "otto"], "mixture", (0.9, 0.1))
    seen = eyes()
    known = evaluate(of_member(fused, 200, 0), *seen.first, "test", seed=0).numbers
    assert found["fid"] == pytest.approx(known["fid"].value, rel=1e-6)


def test_what_selects_tells_what_it_cost():
    options = {"estimator": "logistic", "cost": 3.0}
    assert measured(Row("selection", ("anna",), "selection", (), options))["candidates_per_image"] == 3


def test_candidates_are_ranked_by_validation_pictures():
    members = [load(name) for name in ("anna", "otto", "ida")]
    *steps, (order, shares) = table.ranking(members, eyes(), 150)
    assert all(isinstance(step, Progress) for step in steps)
    seen = eyes()
    known = [evaluate(of_member(each, 150, 0), *seen.first, "validation").numbers["fid"].value for each in members]
    assert order == np.argsort(known).tolist()
    assert sum(shares) == pytest.approx(1, abs=1e-3)
