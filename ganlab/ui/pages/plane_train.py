"""One member in the plane, trained before the visitor's eyes."""

import secrets
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from ganlab.errors import GanlabError
from ganlab.members import store
from ganlab.spec import MemberSpec
from ganlab.spec.plane import recipe
from ganlab.toys import DRAWN, TOYS
from ganlab.toys import drawn as drawing
from ganlab.ui import deeds, parts, rights, sandbox
from ganlab.ui.i18n import t, texts
from ganlab.ui.pages import plane_frame
from ganlab.ui.pages.plane_address import Setting, between, one_of, some_of
from ganlab.ui.parts.roles import ROLES

if TYPE_CHECKING:
    from ganlab.members.member import NetworkMember

OWN = "drawn"  # the toy that the visitor draws
OBJECTIVES = ("nonsaturating", "minimax", "least_squares", "hinge", "wasserstein_gp", "relativistic", "elbo")
LAYERS = ("real", "points", "surface", "warp", "felt")
_WIDTHS = (8, 16, 32, 64, 128)
_RATES = (1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2)
_MOST_SEED = 2**31 - 1

DATA = Setting("plane.data", "ring8", one_of([*TOYS.names, OWN]))
POINTS = Setting("plane.points", "", lambda text: text if drawing.centres(DRAWN + text) else "")
OBJECTIVE = Setting("plane.objective", "nonsaturating", one_of(OBJECTIVES))
SEED = Setting("plane.seed", 0, between(0, _MOST_SEED))
WIDTH = Setting("plane.width", 64, lambda text: int(one_of([str(each) for each in _WIDTHS])(text)))
TURNS = Setting("plane.k", 1, between(1, 10))
_read_rate = between(_RATES[0], _RATES[-1], float)
RATE, CRITIC_RATE = (
    Setting(key, 1e-3, lambda text: min(_RATES, key=lambda each: abs(each - _read_rate(text))), "{:g}".format)
    for key in ("plane.rate", "plane.critic_rate")
)
SHOWN = Setting("plane.layers", ["real", "points", "surface"], some_of(LAYERS), "-".join)
_ALL = (DATA, POINTS, OBJECTIVE, SEED, WIDTH, TURNS, RATE, CRITIC_RATE, SHOWN)


def visitor() -> str:
    """Return a name for this visit that nobody can guess."""
    return st.session_state.setdefault("plane.visitor", secrets.token_hex(8))


def show() -> None:
    """Show the settings, then the plane."""
    for setting in _ALL:
        setting.settle()
    data, objective = _head()
    dataset = DRAWN + st.session_state[POINTS.key] if data == OWN else data
    empty = dataset == DRAWN
    gan = objective != "elbo"
    spec = recipe(
        "ring8" if empty else dataset,
        objective,
        int(st.session_state[SEED.key]),
        st.session_state[WIDTH.key],
        learning_rate_generator=st.session_state[RATE.key],
        learning_rate_critic=st.session_state[CRITIC_RATE.key] if gan else None,
        n_critic=int(st.session_state[TURNS.key]) if gan else None,
    )
    _mount(spec, drawing_on=data == OWN, empty=empty)
    if not empty and rights.may("keep"):
        _keep(spec)


def _head() -> tuple[str, str]:
    """Ask what is trained on what, and what is shown of it."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        data = st.selectbox(
            t("plane.data"),
            [*TOYS.names, OWN],
            format_func=lambda name: t(f"plane.dataset.{name}"),
            key=DATA.key,
            on_change=DATA.follow,
            width=190,
        )
        objective = st.selectbox(
            t("plane.objective_title"),
            OBJECTIVES,
            format_func=lambda name: t(f"plane.objective.{name}"),
            key=OBJECTIVE.key,
            on_change=OBJECTIVE.follow,
            width=210,
        )
        st.pills(
            t("plane.layers"),
            LAYERS,
            selection_mode="multi",
            format_func=lambda name: t(f"plane.layer.{name}"),
            key=SHOWN.key,
            on_change=SHOWN.follow,
            width="stretch",
        )
        with st.popover(t("plane.settings"), icon=":material/tune:"):
            _settings(gan=objective != "elbo")
    return data, objective


def _settings(*, gan: bool) -> None:
    """Offer what beginners leave alone."""
    st.caption(t("plane.begins_anew"))
    st.number_input(t("plane.seed"), 0, _MOST_SEED, key=SEED.key, on_change=SEED.follow)
    st.select_slider(t("plane.width"), _WIDTHS, key=WIDTH.key, on_change=WIDTH.follow)
    st.divider()
    st.caption(t("plane.holds_on"))
    rates = {"options": _RATES, "format_func": "{:g}".format}
    st.select_slider(t("plane.rate"), **rates, key=RATE.key, on_change=RATE.follow)
    if gan:
        st.select_slider(t("plane.critic_rate"), **rates, key=CRITIC_RATE.key, on_change=CRITIC_RATE.follow)
        st.number_input(t("plane.turns"), 1, 10, key=TURNS.key, on_change=TURNS.follow)


def _mount(spec: MemberSpec, *, drawing_on: bool, empty: bool) -> None:
    """Show the plane itself."""
    mount = parts.component("plane", '<div class="plane">\n</div>', css=style())
    mount(
        key="plane.train",
        data={
            "address": None if empty else plane_frame.offer(visitor(), spec),
            "kind": spec.kind,
            "batch": spec.batch_size,
            "knobs": {
                name: getattr(spec, name) for name in ("learning_rate_generator", "learning_rate_critic", "n_critic")
            },
            "layers": st.session_state[SHOWN.key],
            "colours": ROLES,
            "text": texts("plane"),
            "drawing": {"extent": plane_frame.sheet(), "most": drawing.MOST} if drawing_on else None,
            "drawn": [] if empty or not drawing_on else drawing.centres(spec.dataset),
        },
        on_drawn_change=_take_points,
        on_gone_change=lambda: None,  # the server was started again: the rerun offers the address anew
    )


def _take_points() -> None:
    """Make a dataset of what was drawn."""
    points = (st.session_state["plane.train"] or {}).get("drawn") or []
    try:
        POINTS.take(drawing.named(points[: drawing.MOST]).removeprefix(DRAWN) if points else "")
    except (GanlabError, TypeError, ValueError):
        POINTS.take("")


def _keep(spec: MemberSpec) -> None:
    """Offer to keep what was trained, to be fused."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        toy = "drawn" if spec.dataset.startswith(DRAWN) else spec.dataset
        shelf, wanted = store.catalogue(), f"plane-{toy}-{spec.seed}"
        free = next(name for n in range(1, 10_000) if (name := wanted if n == 1 else f"{wanted}-{n}") not in shelf)
        name = st.text_input(t("plane.name"), free, max_chars=64, label_visibility="collapsed", width=260)
        pressed = st.button(
            t("plane.keep"), icon=":material/bookmark_add:", key="plane.keep", help=t("plane.keep_help")
        )
        if pressed and parts.done(lambda: keep(trained(spec), name.strip())):
            st.session_state["plane.kept"] = name.strip()
            st.rerun()
        if kept := st.session_state.pop("plane.kept", None):
            st.caption(f":material/bookmark_added: {t('plane.kept', name=parts.plain(kept))}")


def trained(spec: MemberSpec) -> "NetworkMember":
    """Return what this visit has trained so far of a spec.

    Raises:
        MemberError: Nothing was trained yet.
    """
    from ganlab.errors import MemberError

    key = plane_frame.key_of(visitor(), spec)
    if sandbox.closed(key):
        raise MemberError(t("plane.nothing_yet"))
    with sandbox.using(key, lambda: plane_frame.made(spec)) as (live, _):
        if live.steps == 0:
            raise MemberError(t("plane.nothing_yet"))
        return live.member()


def keep(member: "NetworkMember", name: str) -> None:
    """Keep a member under a name in the workspace.

    Raises:
        GanlabError: The name is taken or not allowed.
    """
    from ganlab.members.card import Card
    from ganlab.members.networks import to_bytes

    data, weights = to_bytes(member.networks)
    deeds.keep(Card.read(member.card.model_dump() | {"name": name, "weights": weights.model_dump()}), data)


@cache
def style() -> str:
    """Return the style of the page's components."""
    return (Path(__file__).parents[1] / "web" / "plane.css").read_text(encoding="utf-8")
