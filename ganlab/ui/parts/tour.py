"""The guided tour: five steps, each with a way to its page in the right state.

The card itself is the browser's (``web/tour.js``): it stands outside of the page, so that it stays while pages change
under it, and remembers that it was seen.  ``?tour=3`` opens it at the third step, also where it was seen already.
"""

from functools import cache
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from ganlab.errors import GanlabError
from ganlab.fusion import tables
from ganlab.members import store
from ganlab.ui.i18n import language, t
from ganlab.ui.parts.component import component
from ganlab.ui.parts.places import pages

ADDRESS = "tour"
_SAME = {"lang"}  # what an address may say without asking for anything in particular
_KEY, _TURN, _AT = "tour.card", "tour.turn", "tour.at"
_TWO = ["mnist-dcgan-ls", "mnist-dcgan-ns"]
_FOUR = [*_TWO, "mnist-mlp", "mnist-vaegan"]  # those of the fusion table that comes along
_RULES = {
    "alone": "best-member",
    "average": "average",
    "mixture": "mixture",
    "selection": "selection",
    "alone_selected": "best-member+selection",
}
# Name of a step: its page, and what the page's address says.
STEPS: dict[str, tuple[str, dict[str, str | list[str]]]] = {
    "gallery": ("gallery", {"gallery.only_dataset": "mnist"}),
    "fuse": ("fuse", {"fuse.members": _TWO}),
    "rules": ("fuse", {"fuse.members": _FOUR, "fuse.rule": "mixture"}),
    "versus": ("versus", {"versus.predict": "true"}),
    "train": ("train", {"train.kind": "gan", "train.dataset": "digits"}),
}


def show(first: bool) -> None:
    """Offer the tour in the sidebar; a first visit that asks for nothing in particular opens it by itself.

    Args:
        first: Whether the page is the one that opens when none is asked for.
    """
    fresh = first and set(st.query_params) <= _SAME
    asked = st.query_params.pop(ADDRESS, None)
    if asked in map(str, range(1, len(STEPS) + 1)):
        st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
        st.session_state[_AT] = int(asked) - 1

    with st.sidebar:
        st.page_link(pages()["gallery"], label=t("tour.start"), icon=":material/tour:", query_params={ADDRESS: "1"})
        component("tour", "<div>\n</div>")(
            key=_KEY,
            data={
                "steps": [_step(number, name) for number, name in enumerate(STEPS)],
                "text": {name: t(f"tour.{name}") for name in ("start", "close", "back", "next", "done")},
                "language": language(),
                "fresh": fresh,
                "turn": st.session_state.get(_TURN, 0),
                "at": st.session_state.get(_AT, 0),
            },
        )


def _step(number: int, name: str) -> dict[str, str]:
    place, query = STEPS[name]
    # A link of its own, not one within the visit: there, what was chosen before would count more than an address.
    query = {
        **query,
        ADDRESS: str(number + 1),
        **{key: st.query_params[key] for key in _SAME if key in st.query_params},
    }
    text = t(f"tour.{name}.text")
    if name == "rules" and (numbers := _numbers(store.shipped_folder())):
        text += "\n" + t("tour.rules.numbers", **numbers)
    return {
        "title": t(f"tour.{name}.title"),
        "text": text,
        "link": t(f"tour.{name}.link"),
        "href": f"./{pages()[place].url_path}?{urlencode(query, doseq=True)}",
    }


@cache
def _numbers(_: Path) -> dict[str, float]:
    """Return the distances that the table in the folder which comes along has; none without that table."""
    try:
        rows = {row["rule"]: row for row in tables.shipped("mnist")}
    except GanlabError:
        return {}
    if any(rule not in rows for rule in _RULES.values()) or rows["mixture"]["members"] != _FOUR:
        return {}
    return {name: rows[rule]["fid"] for name, rule in _RULES.items()} | {"n": rows["mixture"]["n"]}
