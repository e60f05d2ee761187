"""Which pictures are rebuilt: real ones, what the visitor draws, or what rules draw; the page says which."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from ganlab.data import DATASETS, FOLDER, examples
from ganlab.data.sketch import FILL
from ganlab.images import to_uint8
from ganlab.ui import deeds, engine, jobs, parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import train_data
from ganlab.ui.parts import address, numbers
from ganlab.ui.parts.jobs_shown import jobs_shown
from ganlab.ui.parts.sketch import sketch

_SOURCE = "versus.source"
REAL, DRAWN, RULES = "real", "drawn", "rules"
_STAND_INS = 1_000
_FILLS = ("digits", "fashion_mnist")  # sets whose things fill their pictures
_SHEETS = ("a", "b")


@dataclass(frozen=True)
class Pictures:
    """What is rebuilt.

    Attributes:
        source: ``real``, ``drawn`` or ``rules``.
        images: uint8 [n, H, W, C].
        labels: int64 [n], or None.
        stamp: What tells these pictures from others.
    """

    source: str
    images: np.ndarray
    labels: np.ndarray | None
    stamp: str


def choose(dataset: str, shape: tuple[int, ...], drawing: bool = True) -> Pictures | None:
    """Ask which pictures, get real ones where they are wanted, and return them; None while there are none.

    Args:
        dataset: Of the members.
        shape: (C, H, W) of their pictures.
        drawing: Whether the visitor's own drawing is any use here.
    """
    found = examples.read(dataset, shape)
    known = [REAL, *([DRAWN] if drawing and shape[0] == 1 else []), RULES]
    usual = REAL if found is not None or _quick(dataset) else RULES
    source = _ask(known, usual)
    if source == DRAWN:
        return _drawn(dataset, shape)
    if source == RULES:
        st.caption(t("versus.by_rules", dataset=parts.plain(dataset)))
        return _by_rules(dataset, shape)
    if found is None:
        _get(dataset, shape)
        return None
    st.caption(
        t("versus.real_told", n=len(found.images), split=numbers.split(found.split), dataset=parts.plain(dataset))
    )
    stamp = f"real {dataset} {found.split} {len(found.images)}"
    return Pictures(REAL, found.images, found.labels, stamp)


def command(dataset: str, shape: tuple[int, ...]) -> tuple[str, ...]:
    """Return the verb that keeps a few real pictures, fetching the set where it must."""
    size = ("--image-size", str(shape[-1]), "--channels", str(shape[0])) if dataset.startswith(FOLDER) else ()
    return jobs.verb("examples", dataset, *size, "--json", "--progress", "json")


def _ask(known: Sequence[str], usual: str) -> str:
    if (wanted := address.asked(_SOURCE)) and wanted[0] in known:
        st.session_state[_SOURCE] = wanted[0]
    elif wanted:
        address.ignore(_SOURCE, t("versus.no_such", value=wanted[0], known=", ".join(known)))
    if st.session_state.get(_SOURCE) not in known:
        st.session_state[_SOURCE] = usual
    source = st.segmented_control(
        t("versus.source"),
        known,
        format_func=lambda name: t(f"versus.source_{name}"),
        required=True,
        key=_SOURCE,
        on_change=address.follow,
        args=(_SOURCE,),
        persist_state="session",
    )
    address.keep(_SOURCE, [source], [usual])
    return source


def _quick(dataset: str) -> bool:
    """Whether real pictures are on this machine, or come along."""
    return train_data.note(dataset) is None


def _get(dataset: str, shape: tuple[int, ...]) -> None:
    """Get real pictures: at once where the set is here, else on one click, and show how far that is."""
    asked, name = command(dataset, shape), t("versus.getting", dataset=dataset)
    job = jobs.find(asked)
    if job is None and _quick(dataset):
        parts.done(lambda: deeds.ask(asked))
    elif job is None or not job.live:
        note = train_data.note(dataset)
        if note and DATASETS[dataset].facts.get("by_hand"):
            st.info(parts.spoken(note), icon=":material/folder_open:")
            return
        megabytes = DATASETS[dataset].facts.get("megabytes", 0) if dataset in DATASETS else 0
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.info(t("versus.not_here", dataset=parts.plain(dataset)), icon=":material/cloud_download:")
            st.button(
                t("versus.fetch", megabytes=megabytes) if note else t("versus.read"),
                key="versus.fetch",
                type="primary",
                icon=":material/download:",
                on_click=lambda: parts.done(lambda: deeds.ask(asked)),
                **parts.only(asked),
            )
    jobs_shown({asked: name}, key="versus.examples")


def _drawn(dataset: str, shape: tuple[int, ...]) -> Pictures | None:
    """Offer two sheets to draw on; what is on them, alone."""
    fill = 1.0 if dataset in _FILLS else FILL
    drawn = []
    for column, name in zip(st.columns([1, 1, 2], gap="medium"), _SHEETS, strict=False):
        with column:
            st.markdown(f"**{t(f'versus.picture_{name}')}**")
            drawn.append(sketch(f"versus.sheet_{name}", shape[-1], fill))
    images = [image for image in drawn if image is not None]
    if not images:
        st.caption(t("versus.draw_something"))
        return None
    st.caption(t("versus.drawn_told", dataset=parts.plain(dataset)))
    both = np.stack(images)
    return Pictures(DRAWN, both, None, f"drawn {hash(both.tobytes())}")


def _by_rules(dataset: str, shape: tuple[int, ...]) -> Pictures:
    def make() -> Pictures:
        from ganlab.members.baseline import drawn_by_rules

        images, labels = drawn_by_rules(dataset, shape, _STAND_INS, seed=0)
        return Pictures(RULES, to_uint8(images), None if labels is None else labels.numpy(), f"rules {dataset} {shape}")

    return engine.remembered(make, "versus rules", dataset, shape)
