"""The same pictures through the latents of all three and back, and the way between the same two pictures."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from ganlab.images import from_uint8, to_uint8
from ganlab.members.store import Entry
from ganlab.ui import engine, parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import versus_choose, versus_draw, versus_numbers, versus_questions, versus_real
from ganlab.ui.pages.versus_choose import Chosen
from ganlab.ui.pages.versus_real import DRAWN, Pictures
from ganlab.ui.parts import numbers
from ganlab.ui.parts.roles import KINDS
from ganlab.ui.parts.strip import strip

if TYPE_CHECKING:
    from ganlab.members.member import Member

SHOWN, STEPS = 14, 14
_PAIR = ("versus.a", "versus.b")


def show(chosen: Chosen) -> None:
    """Show pictures, what each member makes of them with its errors, and the ways between the first two."""
    card = next(iter(chosen.entries.values())).card
    left, right = st.columns([7, 5], vertical_alignment="bottom", gap="medium")
    with left:
        found = versus_real.choose(card.dataset, card.shape)
    if found is None:
        return
    with right:
        rows = _rows(found)
        asks = versus_draw.predicts()
    images = found.images[rows]
    members = versus_draw.opened(chosen)
    able = {kind: member for kind, member in members.items() if member.encodes}
    above, below = st.container(gap="small"), st.container()
    with below:
        _, answers = versus_numbers.choose(chosen)
    with above:
        told = versus_questions.of_rebuilding(answers) if asks else True
        heading = t(f"versus.heading_{found.source}")
        strip(list(images), [_name(place) for place in range(len(images))], heading, columns=SHOWN, head=[heading])
        for kind, member in able.items():
            _rebuilt(kind, chosen.entries[kind], member, images, told=told)
        for kind in members.keys() - able.keys():
            st.info(t("versus.no_encoder", name=parts.plain(chosen.entries[kind].name)), icon=":material/info:")
        st.caption(t("versus.rebuilt_told"))
        if len(images) > 1 and able:
            _ways(chosen, able, images)
    if told and answers:
        with below:
            st.markdown(" ".join(versus_numbers.rebuilding(answers)))


def _rows(found: Pictures) -> list[int]:
    """Ask which two pictures, and return their rows, then those of others beside them."""
    if found.source == DRAWN:
        return list(range(len(found.images)))
    last = len(found.images) - 1
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        pair = [
            int(
                st.number_input(t(f"versus.picture_{key[-1]}"), 0, last, place, key=key, bind="query-params", width=130)
            )
            for place, key in enumerate(_PAIR)
        ]
        st.button(
            t("versus.other_pair"), icon=":material/casino:", key="versus.other_pair", on_click=_next_pair, args=(last,)
        )
    others = [row % (last + 1) for row in range(pair[0] + 1, pair[0] + 1 + SHOWN + 1) if row % (last + 1) not in pair]
    return [*pair, *others][: min(SHOWN, last + 1)]


def _next_pair(last: int) -> None:
    """Go on to two other pictures; the same button pressed as often shows the same ones again."""
    for step, key in zip((7, 11), _PAIR, strict=True):
        now = int(st.session_state.get(key) or 0)
        st.session_state[key] = (now + step) % (last + 1)


def _name(place: int) -> str:
    return "AB"[place] if place < len(_PAIR) else ""


def _rebuilt(kind: str, entry: Entry, member: "Member", images: np.ndarray, told: bool) -> None:
    def make() -> tuple[np.ndarray, list[float]]:
        from ganlab.members.rebuild import rebuilt

        drawn, errors = rebuilt(member, from_uint8(images))
        return to_uint8(drawn), errors.tolist()

    drawn, errors = engine.remembered(make, "rebuilt", *_stamp(entry, images))
    mean = t("versus.mean_error", error=numbers.figure(float(np.mean(errors)))) if told else ""
    captions = [f"{error:.3f}" if told else "" for error in errors]
    strip(list(drawn), captions, t("versus.rebuilt_alt", name=entry.name), columns=SHOWN, **_head(kind, entry, mean))


def _ways(chosen: Chosen, able: "dict[str, Member]", images: np.ndarray) -> None:
    """Show A, what lies between A and B for each member, and B; and between their pixels."""
    st.markdown(f"**{t('versus.ways')}**")
    start, end = images[0].astype(float), images[1].astype(float)
    shares = np.linspace(0, 1, STEPS)
    faded = [np.rint((1 - share) * start + share * end).astype(np.uint8) for share in shares]
    marks = ["A", *[""] * (STEPS - 2), "B"]
    for kind, member in able.items():

        def make(member: "Member" = member) -> np.ndarray:
            from ganlab.members.rebuild import between

            return to_uint8(between(member, *from_uint8(images[:2]), STEPS))

        entry = chosen.entries[kind]
        drawn = engine.remembered(make, "between", *_stamp(entry, images[:2]))
        strip(list(drawn), [""] * STEPS, t("versus.way_alt", name=entry.name), **_head(kind, entry))
    strip(faded, marks, t("versus.faded"), head=[t("versus.faded")])
    st.caption(t("versus.ways_told"))


def _head(kind: str, entry: Entry, told: str = "") -> dict:
    """Return the head of a member's strip."""
    return {"head": [versus_choose.title(kind), entry.name, told], "colour": KINDS[kind]}


def _stamp(entry: Entry, images: np.ndarray) -> Sequence[object]:
    encoder = entry.card.encoder and entry.card.encoder.sha256
    return entry.card.digest(), encoder, parts.chosen_device(), images.tobytes()
