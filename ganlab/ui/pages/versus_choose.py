"""Which three are compared: of one dataset a VAE, a GAN and a VAE-GAN, as far as the store has them."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from ganlab.members.store import Catalogue, Entry
from ganlab.ui import parts
from ganlab.ui.i18n import t
from ganlab.ui.pages.train_address import DATASET, KIND
from ganlab.ui.parts import address
from ganlab.ui.parts.groups import groups
from ganlab.ui.parts.roles import KINDS

_DATASET = "versus.dataset"


@dataclass(frozen=True)
class Chosen:
    """What is compared.

    Attributes:
        group: What they draw, as ``groups`` calls it.
        entries: By kind, in the order of ``KINDS``; a kind that the store does not have is left out.
        kin: All members that draw the same.
    """

    group: str
    entries: dict[str, Entry]
    kin: tuple[Entry, ...]

    @property
    def missing(self) -> list[str]:
        """The kinds that are not there."""
        return [kind for kind in KINDS if kind not in self.entries]

    @property
    def names(self) -> list[str]:
        """The members' names."""
        return [entry.name for entry in self.entries.values()]

    def kind_of(self, name: str) -> str:
        """Return the kind of a chosen member."""
        return next(kind for kind, entry in self.entries.items() if entry.name == name)


def choose(shelf: Catalogue) -> Chosen | None:
    """Let the visitor choose dataset and members; None where nothing that draws pictures is kept."""
    together = {name: kin for name, kin in groups(shelf).items() if len(kin[0].card.shape) == 3}
    together = {name: kin for name, kin in together.items() if any(each.card.kind in KINDS for each in kin)}
    if not together:
        return None
    columns = st.columns(1 + len(KINDS), gap="small")
    with columns[0]:
        group = _group(together)
    entries = {}
    for kind, column in zip(KINDS, columns[1:], strict=True):
        with column:
            if (entry := _member(kind, together[group])) is not None:
                entries[kind] = entry
    return Chosen(group, entries, tuple(together[group]))


def usual(kind: str, kin: Sequence[Entry]) -> list[Entry]:
    """Return the members of a kind, those first that can show most: with an encoder, of all classes."""
    return sorted(
        (entry for entry in kin if entry.card.kind == kind),
        key=lambda entry: (not entry.card.encodes, entry.card.conditional),
    )


def title(kind: str) -> str:
    """Return what a kind is called."""
    return t(f"versus.kind_{kind}")


def told_missing(chosen: Chosen) -> None:
    """Say which kinds there are none of, with a way to train them."""
    for kind in chosen.missing:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.info(t("versus.missing", kind=title(kind), group=parts.plain(chosen.group)), icon=":material/info:")
            dataset = next(iter(chosen.kin)).card.dataset
            parts.link("train", t("versus.to_train", kind=title(kind)), {KIND: kind, DATASET: dataset})


def _group(together: dict[str, list[Entry]]) -> str:
    """Ask for the dataset: by default the first that has all kinds; a member in the address says its own."""
    first = max(together, key=lambda group: len({each.card.kind for each in together[group]} & set(KINDS)))
    of = {each.name: group for group, kin in together.items() for each in kin}
    said = [of[name] for kind in KINDS for name in address.asked(f"versus.{kind}") if name in of]
    if (wanted := address.asked(_DATASET)) and wanted[0] not in together:
        address.ignore(_DATASET, t("versus.no_such", value=wanted[0], known=", ".join(together)))
    elif wanted or said:
        st.session_state[_DATASET] = (wanted or said)[0]
    if st.session_state.get(_DATASET) not in together:
        st.session_state[_DATASET] = first
    group = st.selectbox(
        t("versus.dataset"),
        list(together),
        key=_DATASET,
        on_change=_change_group,
        persist_state="session",
    )
    address.keep(_DATASET, [group], [first])
    return group


def _member(kind: str, kin: Sequence[Entry]) -> Entry | None:
    """Ask for the member of a kind, among those of one dataset."""
    key, found = f"versus.{kind}", {entry.name: entry for entry in usual(kind, kin)}
    if wanted := address.asked(key):
        if wanted[0] in found:
            st.session_state[key] = wanted[0]
        else:
            address.ignore(key, t("versus.no_such", value=wanted[0], known=", ".join(found) or t("versus.none_such")))
    if st.session_state.get(key) not in found:
        st.session_state[key] = next(iter(found), None)
    name = st.selectbox(
        title(kind),
        list(found),
        key=key,
        placeholder=t("versus.none_such"),
        disabled=not found,
        on_change=address.follow,
        args=(key,),
        persist_state="session",
    )
    address.keep(key, [name] if name else [], [next(iter(found), "")])
    return found.get(name)


def _change_group() -> None:
    for kind in KINDS:  # those of another dataset mean nothing here
        st.session_state.pop(f"versus.{kind}", None)
        st.query_params.pop(f"versus.{kind}", None)
    address.follow(_DATASET)
