"""Why members, weights or a rule do not go together: one sentence, the same on a page and in an error."""

import math
import subprocess
import sys

import pytest
from fusion.conftest import NAMES, ONE_LATENT, WEIGHING, of

from ganlab.errors import FusionError, UnknownName
from ganlab.fusion import RULES, fuse, load, misfit

PAIR = ("anna", "otto")


def refused(names, rule, weights=()):
    """The error's sentence, which must be the one a page shows."""
    members = [load(name) for name in of(rule, *names)]
    with pytest.raises(FusionError) as caught:
        fuse(members, rule, weights)
    assert misfit(rule, [member.card for member in members], weights) == str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("rule", NAMES)
def test_what_fits_has_no_fault(rule):
    assert misfit(rule, [load(name).card for name in of(rule, *PAIR)]) is None


@pytest.mark.parametrize("rule", [name for name in NAMES if "least" not in RULES[name].facts])
def test_one_member_is_no_fusion(rule):
    assert refused(["anna"], rule) == f"{rule!r} needs at least two members, and 1 was given."
    assert refused([], rule) == f"{rule!r} needs at least two members, and none was given."


@pytest.mark.parametrize("rule", NAMES)
def test_members_of_two_datasets_do_not_mix(rule):
    sentence = "Members of one dataset can be fused, but 'anna' draws 'digits' and 'glyph' draws 'glyphs'."
    assert refused(["anna", "otto", "glyph"], rule) == sentence.replace("anna", *of(rule, "anna"))
    assert "'plane' draws 'ring8'" in refused(["anna", "plane"], rule)


@pytest.mark.parametrize("rule", ONE_LATENT)
def test_unequal_latent_sizes_are_named_and_a_mixture_is_offered(rule):
    sentence = refused(["anna", "otto", "wide"], rule)
    assert sentence == (
        f"{rule!r} needs members with one latent size, but 'anna' has 6 and 'wide' has 9. "
        "Pick others, or use 'mixture'."
    )
    assert misfit("mixture", [load(name).card for name in ("anna", "otto", "wide")]) is None


@pytest.mark.parametrize("rule", NAMES)
@pytest.mark.parametrize("weights", [(1.0,), (1.0, 2.0, 3.0)])
def test_there_is_one_weight_a_member(rule, weights):
    assert refused(PAIR, rule, weights) == f"2 members need 2 weights, not {len(weights)}."


@pytest.mark.parametrize("rule", NAMES)
@pytest.mark.parametrize("bad", [-1.0, -1e-9, math.nan, math.inf, -math.inf])
def test_a_weight_is_finite_and_not_negative(rule, bad):
    sentence = f"A weight is a finite number of 0 or more, not {bad!r}."
    assert refused(PAIR, rule, (1.0, bad)) == refused(PAIR, rule, (bad, 1.0)) == sentence


@pytest.mark.parametrize("rule", NAMES)
def test_some_weight_is_above_zero(rule):
    assert refused(PAIR, rule, (0.0, 0.0)) == "At least one weight must be above 0."
    assert refused(PAIR, rule, (1e308, 1e308)) == "The weights are too large to add up."


def test_a_plain_average_has_no_favourite():
    sentence = refused(PAIR, "average", (0.7, 0.3))
    assert sentence == "'average' counts every member alike: give no weights, or use 'weighted_average' or 'median'."
    fuse([load(name) for name in PAIR], "average", (2.0, 2.0))
    for rule in WEIGHING:
        assert misfit(rule, [load(name).card for name in PAIR], (0.7, 0.3)) is None


def test_no_member_is_none_to_select_from():
    assert refused([], "selection") == "'selection' needs at least one member, and none was given."
    assert misfit("selection", [load("anna").card]) is None


def test_an_unknown_rule_is_told_with_the_nearest():
    with pytest.raises(UnknownName) as caught:
        fuse([load(name) for name in PAIR], "avrage")
    assert str(caught.value).startswith("No fusion rule is called 'avrage'. Did you mean 'average'")
    assert misfit("avrage", [load(name).card for name in PAIR]) == str(caught.value)


def test_refusals_are_known_without_torch():
    program = (
        "import sys\n"
        "from ganlab.fusion import RULES, misfit\n"
        "from ganlab.members import store\n"
        "cards = [entry.card for entry in store.catalogue()]\n"
        "assert all(misfit(name, cards[:1]) for name in RULES.names if name != 'selection')\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
