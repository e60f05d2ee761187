import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlab.errors import GanlabError, TrainingFailed, UnknownName, unknown
from ganlab.family import Family, entry

words = st.text("abcdefgh-_123", min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("given_name", "known", "sentence"),
    [
        ("avrage", ["average", "mixture"], "No fusion rule is called 'avrage'. Did you mean 'average'?"),
        ("AVERAGE", ["average", "mixture"], "No fusion rule is called 'AVERAGE'. Did you mean 'average'?"),
        ("mlpx", ["mlp", "mlp2"], "No fusion rule is called 'mlpx'. Did you mean 'mlp' or 'mlp2'?"),
        ("zzz", ["average", "mixture"], "No fusion rule is called 'zzz'. There is 'average' or 'mixture'."),
        ("zzz", [], "No fusion rule is called 'zzz'. There is no fusion rule yet."),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest(given_name, known, sentence):
    assert str(unknown("fusion rule", given_name, known)) == sentence


def test_a_long_list_is_cut_and_says_so():
    text = str(unknown("member", "zzz", [f"anna{index}" for index in range(30)]))
    assert "'anna11' and more." in text
    assert "'anna12'" not in text


@given(st.text(max_size=400), st.lists(words, max_size=30))
def test_any_name_and_any_family_give_one_short_sentence(given_name, known):
    text = str(unknown("member", given_name, known))
    assert len(text) < 900
    assert text[-1] in ".?"


@given(st.lists(words, min_size=1, max_size=8, unique=True), st.data())
def test_one_wrong_letter_still_finds_the_name(known, data):
    meant = data.draw(st.sampled_from(known))
    text = str(unknown("member", f"{meant}x", known))
    assert text.startswith(f"No member is called '{meant}x'.")
    if len(meant) > 1:
        assert "Did you mean" in text


def test_a_family_keeps_its_order_and_refuses_what_it_does_not_hold():
    family = Family(
        "sound", entry("moo", "math:floor", "Of a cow.", loud=True), entry("baa", "math:ceil", "Of a sheep.")
    )
    assert family.names == ["moo", "baa"] == [each.name for each in family]
    assert family["moo"].facts == {"loud": True}
    assert family["baa"].load()(0.5) == 1
    assert "moo" in family
    assert "mooo" not in family
    with pytest.raises(UnknownName, match=r"No sound is called 'mooo'\. Did you mean 'moo'\?"):
        family["mooo"]


def test_everything_one_may_catch_is_a_ganlab_error():
    from ganlab import errors

    classes = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)]
    assert len(classes) >= 9
    assert all(issubclass(each, GanlabError) and each.__doc__ for each in classes)


def test_a_failed_training_says_where_why_and_what_to_try():
    error = TrainingFailed(1200, "The critic loss exploded.", "Try a learning rate below 0.1.")
    assert str(error) == "Training failed at step 1,200: The critic loss exploded. Try a learning rate below 0.1."
    assert (error.step, error.reason, error.advice) == (
        1200,
        "The critic loss exploded.",
        "Try a learning rate below 0.1.",
    )
