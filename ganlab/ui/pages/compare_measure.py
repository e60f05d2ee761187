"""Measuring from the page: what it will take, the button, and what is going on. The work is a job's."""

from collections.abc import Sequence

import streamlit as st

from ganlab.members.store import Entry
from ganlab.metrics import shelf
from ganlab.ui import deeds, engine, jobs, parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import compare_sets, gallery_facts
from ganlab.ui.pages.compare_address import SET
from ganlab.ui.pages.compare_sets import Question
from ganlab.ui.parts.jobs_shown import jobs_shown
from ganlab.ui.parts.numbers import EXACT, extractor

_SIZES = (500, 1_000, 2_000, 2_500, 5_000, 10_000, 20_000, 50_000)
_MOST_SEED = 2**31 - 1
# Seconds on two cores: to begin, a picture of 28x28, all formulas on 10,000 of them, to make an extractor.
_BEGIN, _PICTURE, _FORMULAS, _MAKING = 6.0, 0.003, 8.0, 60.0


def command(name: str, question: Question) -> tuple[str, ...]:
    """Return the verb that measures a member and writes the numbers on its card."""
    asked = {"--n": question.n_fake, "--seed": question.seed, "--split": question.split}
    if question.extractor != EXACT:
        asked["--extractor"] = question.extractor
    options = [str(word) for option in asked.items() for word in option]
    return jobs.verb("evaluate", name, *options, "--json", "--progress", "json")


def offer(entries: Sequence[Entry], question: Question) -> None:
    """Say who is not measured yet and offer to do so, with what it will take."""
    without = [entry for entry in entries if question.answer(entry.card) is None]
    waiting = [entry for entry in without if (job := jobs.find(command(entry.name, question))) and job.live]
    left = [entry for entry in without if entry not in waiting]
    if not left:
        return
    if question.split == "train":
        st.caption(t("compare.not_train"))
        return
    nobody = len(without) == len(entries)
    names = ", ".join(parts.plain(entry.name) for entry in left)
    with st.container(horizontal=True, vertical_alignment="center", key="compare_missing"):
        st.markdown(t("compare.nobody_measured") if nobody else t("compare.not_measured", names=names), width="stretch")
        st.button(
            t("compare.measure", count=len(left), time=_estimate(left, question)),
            icon=":material/straighten:",
            key="compare.measure_now",
            type="primary",
            on_click=_ask,
            args=([entry.name for entry in left], question),
            **parts.only(command(left[0].name, question)),
        )


def others(entries: Sequence[Entry], key: str = SET) -> None:
    """Offer to measure with another extractor, another number of pictures or another seed.

    Args:
        entries: The members.
        key: Of the choice among sets of numbers, which shall show the new ones.
    """
    if not parts.engine_ready():
        return
    card = entries[0].card
    with st.popover(t("compare.other"), icon=":material/tune:"):
        st.caption(t("compare.other_about"))
        extractors = shelf.fitting(card.dataset, card.shape) if len(card.shape) == 3 else [EXACT]
        chosen = st.selectbox(
            t("compare.extractor"),
            extractors,
            format_func={name: extractor(name) for name in extractors}.get,
            key=f"compare.extractor.{card.dataset}",
            help=t("compare.extractor_help"),
        )
        n = st.select_slider(
            t("compare.n"), _SIZES, value=compare_sets.usual(card).n_fake, key="compare.n", help=t("compare.n_help")
        )
        seed = int(st.number_input(t("compare.numbers_seed"), 0, _MOST_SEED, 0, key="compare.numbers_seed"))
        wanted = Question(chosen, n, seed=seed)
        left = [entry for entry in entries if wanted.answer(entry.card) is None]
        if not left:
            st.caption(t("compare.known"))
        st.button(
            t("compare.measure", count=len(left), time=_estimate(left, wanted)) if left else t("compare.show"),
            key="compare.measure_other",
            type="primary",
            on_click=_want,
            args=([entry.name for entry in left], wanted, card.dataset, key),
            **(parts.only(command(left[0].name, wanted)) if left else {}),
        )


def going_on(entries: Sequence[Entry]) -> None:
    """Show the jobs of these members, whoever asked for them."""
    jobs_shown({jobs.verb("evaluate", entry.name): entry.name for entry in entries}, key="compare.job")


def _ask(names: Sequence[str], question: Question) -> None:
    for name in names:
        if not parts.done(lambda name=name: deeds.ask(command(name, question))):
            return


def _want(names: Sequence[str], question: Question, dataset: str, key: str) -> None:
    compare_sets.want(question, dataset, key)
    _ask(names, question)


def _estimate(entries: Sequence[Entry], question: Question) -> str:
    """Return about how long it will take, in words."""
    most = max(question.n_fake, compare_sets.PICTURES)
    seconds = 0.0
    for entry in entries:
        seconds += _BEGIN
        if len(entry.card.shape) == 3:
            area = entry.card.shape[-1] ** 2 / 28**2
            seconds += question.n_fake * _PICTURE * max(0.3, area) + _FORMULAS * most**2 / 1e8
    if engine.READY.is_set() and question.extractor not in (EXACT, *shelf.INCEPTION, *shelf.places()):
        seconds += _MAKING
    return gallery_facts.duration(seconds)
