"""Whatever JSON comes: it is what was asked for, or one sentence; what was understood is understood again."""

import json
import string

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ganlab.errors import GanlabError, SpecError
from ganlab.images import remembered
from ganlab.members.card import Card, Measurement
from ganlab.members.film import recipe_in
from ganlab.spec import EnsembleSpec, MemberSpec, Recipe, Walk, check_name
from ganlab.spec.remembered import Remembered, of_bytes

MODELS = (MemberSpec, EnsembleSpec, Recipe, Remembered, Walk, Card, Measurement)
NUMBERS = st.integers() | st.floats() | st.sampled_from([2**63, 10**400, -(10**400), 1e308, 5e-324, -0.0])
LEAVES = st.none() | st.booleans() | NUMBERS | st.text(max_size=20)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
PLAIN = settings(max_examples=40, derandomize=True, deadline=None)


def fields(model):
    """Objects with the names of the model's fields, and anything in them."""
    return st.dictionaries(st.sampled_from(sorted(model.model_fields)), JSON, max_size=6)


def sentence(error):
    text = str(error)
    assert text.endswith((".", "?")), text
    assert len(text) < 2_000
    assert "Traceback" not in text


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
@PLAIN
@given(data=st.data())
def test_any_json_is_a_model_or_a_sentence(model, data):
    value = data.draw(fields(model) | JSON)
    for given_as in (value, json.dumps(value), json.dumps(value).encode()):
        try:
            found = model.read(given_as)
        except SpecError as error:
            sentence(error)
        else:
            assert model.read(found.model_dump_json()) == found
            assert model.read(found.model_dump(mode="json")) == found


@PLAIN
@given(st.text() | st.binary())
@example("1" * 5_000)
@example("[" * 5_000)
@example("\ud800")
@example(b"\xff\xfe{\x00}\x00")
def test_any_text_is_a_model_or_a_sentence(text):
    for model in MODELS:
        with pytest.raises(SpecError) as caught:
            model.read(text)
        sentence(caught.value)


@PLAIN
@given(st.binary(max_size=300), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\0\0\0 ftypisom"]))
def test_any_bytes_hold_a_recipe_or_none(data, head):
    for read in (lambda: of_bytes(head + data, "x"), lambda: remembered(head + data), lambda: recipe_in(head + data)):
        try:
            read()
        except GanlabError as error:
            sentence(error)


@PLAIN
@given(
    st.lists(st.from_regex(r"[a-z0-9][a-z0-9._-]{0,63}", fullmatch=True), min_size=1, max_size=32),
    st.dictionaries(
        st.text(max_size=64), st.text(max_size=64) | st.floats(allow_nan=False, allow_infinity=False), max_size=16
    ),
    st.integers(0, 2**63 - 1),
)
def test_a_recipe_that_is_right_is_never_refused(members, options, seed):
    told = {"members": members, "rule": "any", "weights": [1.5] * len(members), "options": options, "seed": seed}
    found = Remembered.read(json.dumps(told))
    assert (found.members, found.options, found.seed) == (tuple(members), options, seed)
    assert of_bytes(found.model_dump_json(exclude_none=True).encode(), "x.json") == found


@PLAIN
@given(st.text(max_size=80))
@example("a" * 64)
@example("a" * 65)
@example("a\n")
def test_a_name_is_of_its_letters_alone(name):
    allowed = set(string.ascii_lowercase + string.digits + "._-")
    right = 0 < len(name) <= 64 and set(name) <= allowed and name[0] not in "._-"
    if right:
        assert check_name(name) == name
    else:
        with pytest.raises(ValueError, match="is no name for a member"):
            check_name(name)


@pytest.mark.parametrize("number", [10**5_000, -(10**5_000)], ids=["above", "below"])
def test_a_number_too_long_to_write_is_told_without_it(number):
    with pytest.raises(SpecError, match="steps is a number too long to show"):
        MemberSpec.read({"steps": number})
