"""Several members in the plane, and every rule that makes sense on points, side by side."""

from typing import Any

import streamlit as st

from ganlab.errors import GanlabError
from ganlab.members.store import Entry, catalogue
from ganlab.spec import MemberSpec
from ganlab.spec.plane import recipe, steps_for
from ganlab.toys import DRAWN, TOYS
from ganlab.ui import engine, parts
from ganlab.ui.i18n import t, texts
from ganlab.ui.pages import plane_team, plane_train
from ganlab.ui.pages.plane_address import Setting, between, one_of
from ganlab.ui.pages.plane_train import DATA, OWN, POINTS, SEED
from ganlab.ui.parts.roles import MEMBERS, ROLES

STORE, MOST = "store", 4
_SETS = ("halves", "quarters", "gap", "seeds", "relatives", STORE)
_RULES = ("average", "weighted_average", "median", "parameters", "mixture", "selection", "boosting")


def _weights(text: str) -> tuple[float, ...]:
    read = between(0, 1, float)
    found = tuple(read(each) for each in text.split("-"))
    if not 2 <= len(found) <= MOST or not any(found):
        raise ValueError(text)
    return found


def _written(weights: tuple[float, ...]) -> str:
    return "-".join(f"{each:g}" for each in weights)


SET = Setting("plane.set", "halves", one_of(_SETS))
RULE = Setting("plane.rule", "average", one_of(_RULES))
WEIGHTS = Setting("plane.weights", (), _weights, _written)
CHOSEN = Setting("plane.members", (), lambda text: tuple(text.split("--")), "--".join)


def show() -> None:
    """Ask for members, then show them and all their fusions."""
    for setting in (DATA, POINTS, SEED, SET, RULE, WEIGHTS):
        setting.settle()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        way = st.selectbox(
            t("plane.set"),
            _SETS,
            format_func=lambda name: t(f"plane.sets.{name}"),
            key=SET.key,
            on_change=_take_set,
            width=330,
        )
        if way == STORE:
            names = _from_store()
        else:
            names = None
            data = st.selectbox(
                t("plane.data"),
                [*TOYS.names, OWN],
                format_func=lambda name: t(f"plane.dataset.{name}"),
                key=DATA.key,
                on_change=DATA.follow,
                width=190,
            )
            st.number_input(t("plane.seed"), 0, 2**31 - 1, key=SEED.key, on_change=SEED.follow, width=120)
    if way == STORE:
        if names:
            _mount_store(names)
        return
    if data == OWN and not st.session_state[POINTS.key]:
        st.info(t("plane.draw_first"), icon=":material/draw:")
        return
    dataset = DRAWN + st.session_state[POINTS.key] if data == OWN else data
    spec = recipe(dataset, seed=int(st.session_state[SEED.key]))
    key = ("plane-team", plane_train.visitor(), spec.model_dump_json(), way)
    _mount(key, lambda: _crew(spec, way), _names(way))


def _names(way: str) -> list[str]:
    count = 4 if way == "quarters" else 2
    return [t("plane.member", k=k) for k in range(1, count + 1)]


def _crew(spec: MemberSpec, way: str) -> plane_team.Team:
    """Return the members of a set, to be trained."""
    from ganlab.data import load_dataset
    from ganlab.ensembles import plane

    crew = plane.Crew(spec, load_dataset(spec.dataset), way, steps_for(spec.dataset))
    return plane_team.Team(spec, crew.steps, crew.members, crew)


def _from_store() -> list[Entry] | None:
    """Offer members of points; what the address names and is not there is told."""
    shelf = {entry.name: entry for entry in catalogue() if entry.card.shape == (2,)}
    if not shelf:
        st.info(t("plane.no_members"), icon=":material/info:")
        return None
    CHOSEN.settle()
    asked = st.session_state[CHOSEN.key]
    there = [name for name in asked if name in shelf][:MOST]
    if list(asked) != there:
        CHOSEN.take(tuple(there))
    chosen = st.multiselect(
        t("plane.members"), list(shelf), default=there, max_selections=MOST, key="plane.members_box", width=520
    )
    if chosen != there:
        CHOSEN.take(tuple(chosen))
        WEIGHTS.take(())
    found = [shelf[name] for name in chosen]
    if len(found) < 2:
        st.info(t("plane.pick_two"), icon=":material/info:")
        return None
    if len({entry.card.dataset for entry in found}) > 1:
        st.info(t("plane.one_dataset"), icon=":material/info:")
        return None
    return found


def _mount_store(entries: list[Entry]) -> None:
    """Show members that were kept."""
    dataset = entries[0].card.dataset
    spec = recipe(dataset, seed=len(entries))
    names = [entry.name for entry in entries]
    key = ("plane-team", plane_train.visitor(), *(entry.card.digest() for entry in entries), *names)
    members = [engine.member(entry.name, "cpu", entry.card) for entry in entries]
    _mount(key, lambda: plane_team.Team(spec, steps_for(dataset), lambda: members), names)


def _mount(key: tuple, make: Any, names: list[str]) -> None:
    weights = st.session_state[WEIGHTS.key]
    if weights and len(weights) != len(names):
        WEIGHTS.take(())
    mount = parts.component("plane_fuse", '<div class="plane fusing">\n</div>', css=plane_train.style())
    mount(
        key="plane.fusing",
        data={
            "address": plane_team.offer(key, make, texts("plane")),
            "names": names,
            "rules": list(_RULES),
            "rule": st.session_state[RULE.key],
            "weights": list(st.session_state[WEIGHTS.key] or (0.5,) * len(names)),
            "colours": ROLES | {"members": MEMBERS},
            "text": texts("plane"),
        },
        on_chosen_change=_take_chosen,
        on_gone_change=lambda: None,
    )


def _take_set() -> None:
    SET.follow()
    WEIGHTS.take(())


def _take_chosen() -> None:
    """Let the address follow what was chosen in the browser."""
    asked = (st.session_state["plane.fusing"] or {}).get("chosen") or {}
    for setting, text in ((RULE, asked.get("rule")), (WEIGHTS, asked.get("weights"))):
        try:
            setting.take(setting.read(str(text)))
        except (ValueError, GanlabError):
            continue
    if st.session_state[WEIGHTS.key] and set(st.session_state[WEIGHTS.key]) == {0.5}:
        WEIGHTS.take(())
