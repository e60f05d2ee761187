"""Every setting that was tried: undo, redo, a numbered table to go back to any, and settings with a name."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from ganlab import files
from ganlab.errors import GanlabError
from ganlab.spec.remembered import Remembered
from ganlab.ui import deeds, parts, rights
from ganlab.ui.i18n import t
from ganlab.ui.i18n.families import title
from ganlab.ui.pages import fuse_setting
from ganlab.ui.pages.fuse_draw import Wish

if TYPE_CHECKING:
    from ganlab.members.card import Number

_TRIED, _AT, _MOST = "fuse.tried", "fuse.at", 200
_MOST_NAMED, _LONGEST = 200, 64


def note(wish: Wish) -> None:
    """Remember a setting that is shown; after an undo it takes the place of what was undone."""
    tried, now = st.session_state.setdefault(_TRIED, []), wish.recipe()
    at = st.session_state.get(_AT, -1)
    if tried and tried[at]["setting"] == now:
        return
    del tried[at + 1 :]
    tried.append({"number": tried[-1]["number"] + 1 if tried else 1, "setting": now})
    del tried[:-_MOST]
    st.session_state[_AT] = len(tried) - 1


def buttons() -> None:
    """Offer undo and redo."""
    tried, at = st.session_state.get(_TRIED, []), st.session_state.get(_AT, -1)
    for name, icon, keys, to in (("undo", "undo", "Ctrl+Z", at - 1), ("redo", "redo", "Ctrl+Y", at + 1)):
        st.button(
            t(f"fuse.{name}"),
            icon=f":material/{icon}:",
            key=f"fuse.{name}",
            shortcut=keys,
            on_click=_go,
            args=(to,),
            disabled=not 0 <= to < len(tried),
        )


def show(measured: Callable[[Mapping[str, Any]], "Mapping[str, Number] | None"]) -> None:
    """Show all settings tried in this visit, the newest first; the chosen one is brought back.

    Args:
        measured: Returns what is known of a setting's worth.
    """
    tried = st.session_state.get(_TRIED, [])
    # Nothing that changes stands in its title, or it would fold again with every setting.
    with st.expander(t("fuse.history"), icon=":material/history:", key="fuse.history", on_change="rerun") as section:
        if not section.open:
            return
        st.caption(t("fuse.history_about"))
        newest, key = list(reversed(tried)), f"fuse.tried_table.{len(tried)}.{st.session_state.get(_AT)}"
        st.dataframe(
            [_row(each, measured(each["setting"])) for each in newest],
            hide_index=True,
            key=key,
            on_select=lambda: _chosen(key),
            selection_mode="single-row",
        )
        _named(tried)


def _row(tried: Mapping[str, Any], measured: "Mapping[str, Number] | None") -> dict[str, Any]:
    setting = tried["setting"]
    options = ", ".join(f"{name} {value}" for name, value in setting.get("options", {}).items())
    return {
        "#": tried["number"],
        t("fuse.rule"): title("rule", setting["rule"]),
        t("fuse.column_members"): ", ".join(setting["members"]),
        t("fuse.column_weights"): " ".join(f"{weight:.2f}" for weight in setting["weights"]),
        t("fuse.column_options"): options,
        t("fuse.seed"): setting["seed"],
        t("facts.measure.fid"): measured["fid"].value if measured else None,
        t("facts.measure.recall"): measured["recall"].value if measured else None,
    }


def _chosen(key: str) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    if rows:
        _go(len(st.session_state[_TRIED]) - 1 - rows[0])  # the newest stands first


def _go(to: int) -> None:
    st.session_state[_AT] = to
    fuse_setting.take(st.session_state[_TRIED][to]["setting"])


# ---- settings with a name ----
def _named(tried: list[dict[str, Any]]) -> None:
    known = named()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if rights.may("keep"):
            name = st.text_input(t("fuse.preset_name"), max_chars=_LONGEST, key="fuse.preset_name").strip()
            st.button(
                t("fuse.preset_keep"),
                key="fuse.preset_keep",
                icon=":material/save:",
                disabled=not (name and tried),
                on_click=lambda: parts.done(lambda: keep(name, tried[st.session_state[_AT]]["setting"])),
            )
        if known:
            chosen = st.selectbox(t("fuse.preset"), sorted(known), index=None, key="fuse.preset")
            st.button(
                t("fuse.preset_use"),
                key="fuse.preset_use",
                disabled=chosen is None,
                on_click=lambda: fuse_setting.take(known[chosen]),
            )
            if rights.may("keep"):
                st.button(
                    t("fuse.preset_forget"),
                    key="fuse.preset_forget",
                    disabled=chosen is None,
                    on_click=lambda: parts.done(lambda: forget(chosen)),
                )


def named() -> dict[str, dict[str, Any]]:
    """Return the settings with a name; what cannot be read is left out."""
    try:
        found = json.loads(_path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    known = {}
    for name, told in found.items():
        try:
            known[name] = Remembered.read(json.dumps(told)).model_dump(mode="json", exclude_none=True)
        except GanlabError:
            continue
    return known


def keep(name: str, setting: Mapping[str, Any]) -> None:
    """Keep a setting under a name, in the place of another of that name.

    Raises:
        GanlabError: It cannot be written.
    """
    known = named()
    if name not in known and len(known) >= _MOST_NAMED:
        raise GanlabError(f"There are {_MOST_NAMED} named settings already: forget one first.")
    deeds.keep_settings(_path(), known | {name: dict(setting)})


def forget(name: str) -> None:
    """Forget a setting with a name."""
    deeds.keep_settings(_path(), {other: told for other, told in named().items() if other != name})


def _path() -> files.Path:
    return files.home() / "settings.json"
