"""A setting leaves as JSON, Python, a command or a link, and comes back from each but Python, or from a picture."""

import argparse
import json
import shlex
from urllib.parse import parse_qs, urlencode, urlsplit

import streamlit as st

from ganlab.errors import GanlabError, SpecError
from ganlab.fusion import OPTIONS, misfit
from ganlab.members.store import catalogue
from ganlab.spec.asked import short
from ganlab.spec.remembered import Remembered, of_bytes
from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import fuse_link, fuse_setting, fuse_weights
from ganlab.ui.pages.fuse_draw import Wish

_PASTED, _FILE, _FAULT, _MOST_BYTES = "fuse.pasted", "fuse.file", "fuse.paste_fault", 20
_MOST_DIGITS = 30
_SNIPPET = """from pathlib import Path

from ganlab.fusion import fuse
from ganlab.images import grid, png, to_uint8

member = fuse({members}, {rule!r}, {weights}{options})
pictures = member.sample({n}, seed={seed})  # float32 {shape} in [-1, 1]
Path("fused.png").write_bytes(png(grid(to_uint8(pictures))))
"""


def show(wish: Wish) -> None:
    """Offer both ways in one popover."""
    with st.popover(t("fuse.recipe"), icon=":material/content_copy:"):
        setting = wish.recipe()
        st.markdown(t("fuse.recipe_json"))
        st.code(json.dumps(setting), "json", wrap_lines=True)
        st.markdown(t("fuse.command_start") if wish.t else t("fuse.command"))
        st.code(wish.command(), "bash", wrap_lines=True)
        if wish.t:
            st.markdown(t("fuse.command_walk"))
            st.code(f"python -m ganlab fuse --recipe {file_name(wish)} --out fused.png", "bash", wrap_lines=True)
        if len(wish.members[0].card.shape) == 3 and not wish.t and wish.label is None:
            st.markdown(t("fuse.snippet"))
            st.code(snippet(wish), "python", wrap_lines=True)
        st.markdown(t("fuse.link"))
        st.code(f"{st.context.url or '/fuse'}".split("?")[0] + "?" + link(wish), None, wrap_lines=True)
    with st.popover(t("fuse.paste"), icon=":material/content_paste:"):
        st.text_area(t("fuse.paste_text"), key=_PASTED, height=120, max_chars=20_000)
        parts.file_uploader(t("fuse.paste_file"), st, type=["png", "json"], key=_FILE, max_upload_size=_MOST_BYTES)
        st.button(t("fuse.paste_now"), key="fuse.paste_now", type="primary", on_click=_take)
        if fault := st.session_state.pop(_FAULT, None):
            parts.complain(fault)


def file_name(wish: Wish) -> str:
    """Return what a picture of a wish is called."""
    return f"{wish.rule}-seed{wish.seed}.png"


def snippet(wish: Wish) -> str:
    """Return Python that draws the same pictures."""
    shape = [wish.n, *wish.members[0].card.shape]
    return _SNIPPET.format(
        members=json.dumps([entry.name for entry in wish.members]),
        rule=wish.rule,
        weights=tuple(wish.weights),
        options=f", options={wish.options!r}" if wish.options else "",
        n=wish.n,
        seed=wish.seed,
        shape=shape,
    )


def link(wish: Wish) -> str:
    """Return the query of the page's address, complete, whatever is usual."""
    told = fuse_link.query(wish.recipe()) | {"fuse.pictures": str(wish.pictures)}
    if wish.label is not None:
        told["fuse.label"] = wish.members[0].card.classes[wish.label]
    return urlencode(told, doseq=True)


def read(text: str) -> Remembered:
    """Read a setting out of JSON, of a command, or of a link.

    Raises:
        SpecError: It is none of them, or says what is not allowed.
    """
    text = text.strip()
    if text.startswith("{"):
        return Remembered.read(text)
    if f"{fuse_setting.MEMBERS}=" in text:
        return _of_link(text)
    if " fuse " in f" {text} ":
        return _of_command(text)
    raise SpecError("This is no recipe: paste its JSON, a command 'python -m ganlab fuse ...', or a link to the page.")


def _of_link(text: str) -> Remembered:
    try:
        query = parse_qs(urlsplit(text).query or text)
    except ValueError as error:
        raise SpecError(f"The link cannot be read: {error}.") from None
    told = {name.removeprefix("fuse."): values for name, values in query.items()}
    names = told.get("members", [])
    found = {"members": names, "rule": told.get("rule", ["weighted_average"])[0]}
    if "weights" in told:
        weights = fuse_weights.read(told["weights"][0], len(names))
        if weights is None:
            raise SpecError(
                f"The link's weights are {short(told['weights'][0])}; allowed: one number from 0 to 1 a member."
            )
        found["weights"] = list(weights)
    found["options"] = {name: _value(name, told[name][0]) for name in OPTIONS if name in told}
    found["seed"] = _number("seed", told.get("seed", ["0"])[0])
    if "t" in told:
        found["walk"] = {"to": _number("to", told.get("to", ["1"])[0]), "t": _value("t", told["t"][0])}
    if "pictures" in told:
        found["n"] = _number("pictures", told["pictures"][0])
    return Remembered.read(json.dumps(found))


class _Parser(argparse.ArgumentParser):
    """One that raises, instead of leaving the program."""

    def error(self, message: str) -> None:
        raise SpecError(f"The command cannot be read: {message}.")


def _of_command(text: str) -> Remembered:
    try:
        words = shlex.split(text.replace("\\\n", " "))
    except ValueError as error:
        raise SpecError(f"The command cannot be read: {error}.") from None
    if "fuse" not in words:
        raise SpecError("The command cannot be read: it has no verb fuse.")
    parser = _Parser(prog="fuse", add_help=False, allow_abbrev=False)
    parser.add_argument("members", nargs="*")
    parser.add_argument("--weights", nargs="+", type=float, default=[])
    parser.add_argument("--option", action="append", default=[])
    for name, kind in (("rule", str), ("n", int), ("seed", int), ("label", int), ("out", str), ("save", str)):
        parser.add_argument(f"--{name}", type=kind)
    told, unknown = parser.parse_known_intermixed_args(words[words.index("fuse") + 1 :])
    if unknown:
        raise SpecError(f"The command has {short(unknown[0])}, which this page does not know.")
    options = dict(each.partition("=")[::2] for each in told.option)
    found = {"members": told.members, "rule": told.rule or "weighted_average", "weights": told.weights}
    found["options"] = {name: _value(name, value) for name, value in options.items()}
    found |= {name: value for name in ("n", "seed", "label") if (value := getattr(told, name)) is not None}
    return Remembered.read(json.dumps(found))


def _value(name: str, text: str) -> str | float:
    if name in OPTIONS and not OPTIONS[name].is_number:
        return text
    try:
        return float(text)
    except ValueError:
        raise SpecError(f"{name} is {short(text)}; a number is wanted.") from None


def _number(name: str, text: str) -> int:
    if not (text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise SpecError(f"{name} is {short(text)}; a whole number is wanted.")
    return int(text)


def _take() -> None:
    """Bring back what was pasted or uploaded, if its members are here and go together; else say why not."""
    try:
        upload, text = st.session_state.get(_FILE), st.session_state[_PASTED]
        _restore(of_bytes(upload.getvalue(), upload.name) if upload is not None and not text.strip() else read(text))
    except GanlabError as error:
        st.session_state[_FAULT] = str(error)
        return
    st.session_state[_PASTED] = ""


def take_file(name: str, data: bytes) -> None:
    """Bring back what a file was made of.

    Raises:
        GanlabError: It carries no recipe, or its members are not here or do not go together.
    """
    _restore(of_bytes(data, name))


def _restore(told: Remembered) -> None:
    shelf = catalogue()
    cards = [shelf[name].card for name in told.members]
    if fault := misfit(told.rule, cards, told.weights, told.options):
        raise SpecError(fault)
    fuse_setting.take(told.model_dump(mode="json", exclude_none=True))
