"""What the Plane page's address carries: every setting, as a plain code, so that a class sees what the teacher sees.

Streamlit would write the titles of choices, which people translate, into the address; so it is kept by hand.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from ganlab.errors import GanlabError
from ganlab.ui.i18n import t
from ganlab.ui.parts import address


@dataclass(frozen=True)
class Setting:
    """One thing that a visitor chooses.

    Attributes:
        key: In the address and in the session.
        usual: What needs no words in the address.
        read: Makes the value of an address's text; a ``ValueError`` refuses it.
        written: Makes a text of the value.
    """

    key: str
    usual: Any
    read: Callable[[str], Any]
    written: Callable[[Any], str] = str

    def settle(self) -> Any:
        """Let the address speak before the widget does; returns the value."""
        asked = next(iter(address.asked(self.key)), None)
        if self.key not in st.session_state:
            st.session_state[self.key] = self.usual
        if asked is not None and asked != self.written(st.session_state[self.key]):
            try:
                st.session_state[self.key] = self.read(asked)
            except (ValueError, GanlabError):
                address.ignore(self.key, t("plane.ignored", what=f"{self.key}={asked}"))
        # A widget that was not drawn for a while loses its value otherwise.
        st.session_state[self.key] = st.session_state[self.key]
        self.follow()
        return st.session_state[self.key]

    def take(self, value: Any) -> None:
        """Set the value, in a callback."""
        st.session_state[self.key] = value
        self.follow()

    def follow(self) -> None:
        """Let the address follow the value; for ``on_change``."""
        value = st.session_state[self.key]
        if value is None or value == self.usual:
            st.query_params.pop(self.key, None)
        elif st.query_params.get(self.key) != self.written(value):
            st.query_params[self.key] = self.written(value)


def one_of(options: Sequence[str]) -> Callable[[str], str]:
    """Return what reads one of a few codes."""

    def read(text: str) -> str:
        if text not in options:
            raise ValueError(text)
        return text

    return read


def some_of(options: Sequence[str]) -> Callable[[str], list[str]]:
    """Return what reads some of a few codes, a hyphen between them."""

    def read(text: str) -> list[str]:
        asked = [each for each in text.split("-") if each]
        if not set(asked) <= set(options):
            raise ValueError(text)
        return [each for each in options if each in asked]

    return read


def between(least: float, most: float, kind: type = int) -> Callable[[str], float]:
    """Return what reads a number within bounds."""

    def read(text: str) -> float:
        value = kind(text)
        if not least <= value <= most:  # refuses what is no number as well
            raise ValueError(text)
        return value

    return read
