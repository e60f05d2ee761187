"""Which numbers are compared: only those that answer one question stand in one column."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import streamlit as st

from ganlab.members.card import Card, Measurement
from ganlab.members.store import Entry
from ganlab.metrics import shelf
from ganlab.ui import engine
from ganlab.ui.i18n import t
from ganlab.ui.pages.compare_address import SET
from ganlab.ui.parts import address, numbers
from ganlab.ui.parts.numbers import EXACT

PICTURES, POINTS = 10_000, 2_500


@dataclass(frozen=True)
class Question:
    """What makes numbers comparable.

    Attributes:
        extractor: What sees the pictures.
        n_fake: How many are drawn.
        n_real: How many real ones they stand against; None until somebody has measured.
        split: Of the real ones.
        seed: Of the drawn ones.
    """

    extractor: str
    n_fake: int
    n_real: int | None = None
    split: str = "test"
    seed: int = 0

    @classmethod
    def of(cls, measured: Measurement) -> Self:
        """Return the question that a measurement answers."""
        return cls(measured.extractor, measured.n_fake, measured.n_real, measured.split, measured.seed)

    def answer(self, card: Card) -> Measurement | None:
        """Return the answer on a card."""
        return next((each for each in card.metrics if self in (Question.of(each), _open(Question.of(each)))), None)

    def word(self) -> str:
        """Return it as one word for an address."""
        return ",".join(str(part) for part in (self.extractor, self.n_fake, self.n_real, self.split, self.seed))


def choose(entries: Sequence[Entry], key: str = SET) -> Question:
    """Let the visitor choose among the questions that some member answers; the one most of them answer by default.

    Args:
        entries: The members.
        key: Of the choice, on the page and in its address.
    """
    answered = Counter(Question.of(each) for entry in entries for each in entry.card.metrics)
    dataset = entries[0].card.dataset
    found = sorted(
        answered,
        key=lambda question: (answered[question], numbers.rank(question, dataset), -question.seed, question.word()),
        reverse=True,
    )
    wanted = st.session_state.get(_wanted(key))
    if wanted is not None and wanted[0] == dataset:
        same = next((question for question in found if _open(question) == wanted[1]), None)
        if same is None:
            found.append(wanted[1])
        else:  # somebody has measured it meanwhile
            st.session_state[key] = same.word()
            del st.session_state[_wanted(key)]
    if not found:
        return usual(entries[0].card)
    words = {question.word(): question for question in found}
    _adopt(words, key)
    chosen = st.selectbox(
        t("compare.set"),
        list(words),
        format_func=lambda word: _told(words[word]),
        key=key,
        help=t("compare.set_help"),
        on_change=address.follow,
        args=(key,),
        persist_state="session",
    )
    address.keep(key, [chosen] if words[chosen].n_real else [], [found[0].word()])
    return words[chosen]


def want(question: Question, dataset: str, key: str = SET) -> None:
    """Show this question from now on, although no member answers it yet."""
    st.session_state[_wanted(key)] = (dataset, replace(question, n_real=None))
    st.session_state[key] = replace(question, n_real=None).word()
    st.query_params.pop(key, None)


def usual(card: Card) -> Question:
    """Return the question that is asked when nobody says another."""
    if len(card.shape) != 3:
        return Question(EXACT, POINTS)
    if engine.READY.is_set():
        return Question(shelf.usual(card.dataset, card.shape), PICTURES)
    return Question(shelf.made_first(card.dataset), PICTURES)


def _told(question: Question) -> str:
    asked = {field: getattr(question, field) for field in ("n_fake", "seed")}
    asked |= {"extractor": numbers.extractor(question.extractor), "split": numbers.split(question.split)}
    if question.n_real is None:
        return t("compare.set_wanted", **asked)
    return t("compare.set_told", n_real=question.n_real, **asked)


def _adopt(words: dict[str, Question], key: str) -> None:
    """Take the question from the address if some member answers it."""
    if wanted := address.asked(key):
        if wanted[0] in words:
            st.session_state[key] = wanted[0]
        else:
            address.ignore(key, t("compare.no_such_set", value=wanted[0]))
    if st.session_state.get(key) not in words:
        st.session_state[key] = next(iter(words))


def _open(question: Question) -> Question:
    return replace(question, n_real=None)


def _wanted(key: str) -> str:
    return f"{key}.wanted"
