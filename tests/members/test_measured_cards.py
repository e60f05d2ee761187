"""Measurements on cards: kept where they belong, the newest one of a question, and never a card that ships."""

import json
import math

import pytest
from fakes import keep_member

from ganlab.errors import SpecError
from ganlab.members import store
from ganlab.members.card import Measurement, Number


def measured(value=12.5, **changes):
    facts = {"extractor": "digits-classifier", "n_fake": 500, "n_real": 180, "split": "test", "seed": 0}
    numbers = {"fid": Number(value=value, low=value - 1, high=value + 1), "modes": Number(value=9)}
    return Measurement(**(facts | {"numbers": numbers, "floors": {"fid": 0.5}, "notes": ("Few.",)} | changes))


def values(name):
    return [each.numbers["fid"].value for each in store.catalogue()[name].card.metrics]


@pytest.fixture(params=["own", "shipped"])
def anna(request, shipped):
    entry, *_ = keep_member("anna")
    if request.param == "shipped":
        shipped.mkdir(exist_ok=True)
        entry.folder.rename(shipped / "anna")
    return store.catalogue()["anna"]


def test_a_measurement_is_found_again_on_the_card(anna):
    added = store.add_measurement(anna, measured())
    assert store.catalogue()["anna"] == added
    assert added.card.metrics == (measured(),)
    assert added.card.model_copy(update={"metrics": ()}) == anna.card


def test_the_newest_answer_to_a_question_counts(anna):
    for each in (measured(1.0), measured(2.0, seed=1), measured(3.0, split="validation"), measured(4.0)):
        store.add_measurement(store.catalogue()["anna"], each)
    assert values("anna") == [2.0, 3.0, 4.0]


@pytest.mark.parametrize("change", [{"extractor": "x"}, {"n_fake": 1}, {"n_real": 1}, {"split": "train"}, {"seed": 7}])
def test_what_makes_another_question(change):
    assert measured().same_question(measured(99.0, notes=(), floors={}))
    assert not measured().same_question(measured(**change))


def test_a_card_that_ships_stays_as_it_is(shipped, workspace):
    entry, *_ = keep_member("bert")
    shipped.mkdir(exist_ok=True)
    entry.folder.rename(shipped / "bert")
    store.update_card(store.read_shipped("bert"), metrics=(measured(1.0), measured(2.0, seed=1)))
    before = (shipped / "bert" / store.CARD).read_bytes()
    store.add_measurement(store.catalogue()["bert"], measured(3.0))
    assert (shipped / "bert" / store.CARD).read_bytes() == before
    assert values("bert") == [2.0, 3.0]
    assert [each.numbers["fid"].value for each in store.read_shipped("bert").card.metrics] == [1.0, 2.0]
    (path,) = (workspace / "measured").iterdir()
    for harm in (b"half a fi", b"[1]", b"\xff", b'[{"extractor": "x"}]'):
        path.write_bytes(harm)
        assert values("bert") == [1.0, 2.0]  # it can be measured again


def test_a_number_comes_back_from_json_as_it_was():
    one = measured()
    assert Measurement.read(one.model_dump_json()) == one
    assert Measurement.read(json.loads(json.dumps(one.model_dump(mode="json")))) == one


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_never_reaches_a_card(anna, value):
    with pytest.raises((SpecError, ValueError)):
        store.add_measurement(anna, measured(value))
    assert values("anna") == []
