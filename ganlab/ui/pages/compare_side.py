"""Members side by side: pictures from the same noise, the chosen number under each, and which classes they draw."""

from collections.abc import Mapping, Sequence

import streamlit as st

from ganlab.errors import GanlabError
from ganlab.members import preview
from ganlab.members.card import Measurement
from ganlab.members.sheet import amount, reach_of
from ganlab.members.store import Entry
from ganlab.ui import engine, parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import compare_charts
from ganlab.ui.parts import numbers

_COLUMNS, _PICTURES, _MOST_SEED = 4, 16, 2**31 - 1
_SEED = "compare.seed"
_MOST_TOLD = 12  # missing classes named


def show(entries: Sequence[Entry], answers: Mapping[str, Measurement], measure: str | None) -> None:
    """Show all members, four a row."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.subheader(t("compare.side"), width="stretch")
        seed = int(st.number_input(t("compare.seed"), 0, _MOST_SEED, 0, key=_SEED, bind="query-params", width=150))
        asked = next((entry.card.classes for entry in entries if entry.card.conditional), ())
        label = parts.class_choice(asked, "compare.label", t("compare.class_help"))
        st.button(t("compare.new"), icon=":material/casino:", key="compare.new", on_click=_next_seed)
    classes = any(each.class_shares for each in answers.values())
    st.caption(t("compare.side_classes") if classes else t("compare.side_about"))
    # One scale for all; a member that draws one class alone is cut off rather than press the others flat.
    real = max((share for each in answers.values() for share in each.real_shares), default=1.0)
    top = min(4 * real, max((share for each in answers.values() for share in (*each.class_shares, real)), default=1.0))
    drawn = _draw(entries, seed, label) if parts.engine_ready() else {}
    for start in range(0, len(entries), _COLUMNS):
        for offset, (column, entry) in enumerate(zip(st.columns(_COLUMNS), entries[start:], strict=False)):
            with column, st.container(key=f"compare_member_{start + offset}", gap="small"):
                st.markdown(f"**{parts.plain(entry.name)}**")
                _picture(entry, seed, drawn.get(entry.name))
                _numbers(answers.get(entry.name), measure)
                _classes(entry.name, answers.get(entry.name), start + offset, top)


def _draw(entries: Sequence[Entry], seed: int, label: int | None) -> dict[str, bytes | GanlabError]:
    """Return the members' sheets, points all within one frame; for a member that cannot draw, why."""
    device, found = parts.chosen_device(), {}
    for entry in entries:
        try:
            member = engine.member(entry.name, device, entry.card)
            z = member.latents(amount(entry.card.shape, _PICTURES), seed)
            if label is not None and member.conditional:
                z = member.asked(z, label)
            found[entry.name] = engine.pictures(entry.name, device, z, entry.card)
        except GanlabError as error:
            found[entry.name] = error
    whole = [each for each in found.values() if not isinstance(each, GanlabError)]
    reach = reach_of(*whole) if whole else None
    return {
        name: each if isinstance(each, GanlabError) else parts.png_of(each, reach=reach) for name, each in found.items()
    }


def _picture(entry: Entry, seed: int, drawn: bytes | GanlabError | None) -> None:
    """Show what a member drew; until the engine is there, its stored preview."""
    if isinstance(drawn, GanlabError):
        parts.complain(drawn)
    elif drawn is not None:
        told = t("compare.alt", n=amount(entry.card.shape, _PICTURES), name=entry.name, seed=seed)
        parts.image_grid(drawn, told, moving=True)
    elif stored := preview.find(entry):
        parts.image_grid(stored, t("compare.preview_alt", name=entry.name))
    else:
        st.skeleton(height=200)


def _numbers(answer: Measurement | None, measure: str | None) -> None:
    if answer is None or measure not in answer.numbers:
        st.caption(t("compare.unmeasured"))
    else:
        st.markdown(f"{numbers.title(measure)} **{parts.plain(numbers.interval(answer.numbers[measure]))}**")


def _classes(name: str, answer: Measurement | None, place: int, top: float) -> None:
    """Show the class histogram, and say in words what is missing."""
    if answer is None or not answer.class_shares:
        return
    alt = t("compare.classes_alt", name=name)
    compare_charts.show(compare_charts.histogram(answer, place, top), alt, key=f"compare.classes.{name}")
    missing, count = numbers.missing(answer), len(answer.class_shares)
    what = t("compare.heaps") if numbers.of_points(answer) else t("compare.classes")
    if missing:
        names = ", ".join(map(parts.plain, missing[:_MOST_TOLD]))
        st.caption(t("compare.missing", covered=count - len(missing), count=count, what=what, names=names))
    else:
        st.caption(t("compare.all_covered", count=count, what=what))


def _next_seed() -> None:
    st.session_state[_SEED] = (int(st.session_state.get(_SEED, 0)) + 1) % (_MOST_SEED + 1)
