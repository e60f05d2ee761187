"""A picture of the visitor's: what every member that encodes makes of it, and a corner to walk from."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from ganlab.data import examples
from ganlab.data.sketch import FILL
from ganlab.errors import GanlabError
from ganlab.images import from_uint8, to_uint8
from ganlab.members.store import Entry, catalogue
from ganlab.members.walk import KINDS
from ganlab.ui import deeds, engine, jobs, parts, rights
from ganlab.ui.i18n import t
from ganlab.ui.pages import explore_address as address
from ganlab.ui.pages import explore_pictures, train_data, versus_real
from ganlab.ui.pages.explore_scene import Scene
from ganlab.ui.parts import numbers
from ganlab.ui.parts.jobs_shown import jobs_shown
from ganlab.ui.parts.sketch import sketch
from ganlab.ui.parts.strip import strip

_MEGABYTES, _COLUMNS = 10, 8
_BRIGHT = 128  # an edge brighter than this is paper, not the dark ground of the set
_DARK = ("mnist", "fashion_mnist", "digits", "glyphs")  # sets that are light on dark


def show(scene: Scene) -> None:
    """Take a picture, show what comes of it, and offer to walk from it."""
    card = scene.entries[0].card
    known = [*(["upload"] if rights.may("upload") else []), *(["draw"] if card.shape[0] == 1 else []), "real"]
    source = address.choice(
        st.segmented_control,
        "explore.source",
        {name: t(f"explore.source.{name}") for name in known},
        t("explore.source_title"),
        known[max(0, len(known) - 2)],
    )
    picture = {"upload": _uploaded, "draw": _drawn, "real": _real}[source](card.dataset, card.shape)
    if picture is None:
        return
    offer(scene, picture, key="picture")
    if not parts.waiting_for_engine():
        _rebuilt(scene.entries, picture)


def offer(scene: Scene, picture: np.ndarray, key: str) -> None:
    """Offer to let a picture uint8 [H, W, C] stand at a corner of the walk; ``key`` tells the buttons apart."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for letter in explore_pictures.LETTERS[: KINDS[scene.walk.kind]]:
            st.button(
                t("explore.walk_from", letter=letter.upper()),
                key=f"explore.{key}_walk_from_{letter}",
                icon=":material/start:",
                type="primary" if letter == "a" else "secondary",
                on_click=_put,
                args=(letter, picture),
            )
        if scene.walk.kind == "seeds":
            st.caption(t("explore.no_corners"))


def _put(letter: str, picture: np.ndarray) -> None:
    explore_pictures.put(letter, explore_pictures.keep(picture))
    address.hold({"x": 0.0, "y": 0.0})
    address.forget()


def _uploaded(dataset: str, shape: Sequence[int]) -> np.ndarray | None:
    from ganlab.data.pictures import picture

    left, right = st.columns([3, 2], vertical_alignment="center")
    file = parts.file_uploader(
        t("explore.upload"),
        left,
        type=["png", "jpg", "jpeg", "webp"],
        key="explore.upload",
        max_upload_size=_MEGABYTES,
        help=t("explore.upload_help", side=shape[-1]),
    )
    if file is None:
        return None
    try:
        found = picture(file.getvalue(), shape[-1], shape[0])
    except GanlabError as error:
        parts.complain(error)
        return None
    edge = np.concatenate([found[0].ravel(), found[-1].ravel(), found[:, 0].ravel(), found[:, -1].ravel()])
    paper = dataset in _DARK and float(edge.mean()) > _BRIGHT
    turned = right.toggle(t("explore.invert"), value=paper, key=f"explore.invert.{file.file_id}")
    return 255 - found if turned else found


def _drawn(dataset: str, shape: Sequence[int]) -> np.ndarray | None:
    fill = 1.0 if dataset in ("digits", "fashion_mnist") else FILL
    found = sketch("explore.sheet", shape[-1], fill)
    if found is None:
        st.caption(t("explore.draw_about", dataset=parts.plain(dataset)))
    return found


def _real(dataset: str, shape: Sequence[int]) -> np.ndarray | None:
    """Offer the real pictures that are kept; where there are none, to get some."""
    found = examples.read(dataset, tuple(shape))
    if found is not None:
        number = st.number_input(
            t("explore.real_number", split=numbers.split(found.split)),
            *(0, len(found.images) - 1, 0),
            key="explore.real",
            bind="query-params",
            width=200,
        )
        return found.images[int(number)]
    get_real(dataset, tuple(shape))
    return None


def get_real(dataset: str, shape: tuple[int, ...]) -> None:
    """Offer to keep some real pictures of a set where the page finds them, and show how far that is."""
    note, asked = train_data.note(dataset), versus_real.command(dataset, shape)
    if note and train_data.by_hand(dataset):
        st.info(parts.spoken(note), icon=":material/database_off:")
        return
    job = jobs.find(asked)
    if job is None or not job.live:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                t("explore.get_real"),
                key="explore.get_real",
                icon=":material/download:",
                on_click=lambda: parts.done(lambda: deeds.ask(asked)),
                **parts.only(asked),
            )
            st.caption(note or t("explore.get_real_about"))
    jobs_shown({asked: t("explore.get_real_job")}, key="explore.real_job")


def _rebuilt(entries: Sequence[Entry], picture: np.ndarray) -> None:
    """Show the picture, what each member that encodes draws for it, and below where it is off."""
    card = entries[0].card
    like = [each for each in catalogue() if (each.card.dataset, each.card.shape) == (card.dataset, card.shape)]
    able = [each for each in like if each.card.encodes]
    if not able:
        st.info(t("explore.nobody_encodes"), icon=":material/info:")
        return
    drawn, errors = [picture], [0.0]
    for entry in able:
        made, error = _made(entry, picture)
        drawn.append(made)
        errors.append(error)
    names = [t("explore.the_picture"), *(entry.name for entry in able)]
    strip(
        drawn,
        [name if place == 0 else f"{name} · {errors[place]:.0f}" for place, name in enumerate(names)],
        t("explore.rebuilt"),
        columns=max(_COLUMNS, len(drawn)),
        head=[t("explore.rebuilt")],
    )
    off = [np.abs(each.astype(int) - picture).astype(np.uint8) for each in drawn]
    strip(off, [""] * len(off), t("explore.off"), columns=max(_COLUMNS, len(drawn)), head=[t("explore.off")])
    st.caption(t("explore.rebuilt_told"))
    blind = [entry.name for entry in entries if not entry.card.encodes]
    if blind:
        st.caption(t("explore.blind", names=parts.plain(", ".join(blind))))


def _made(entry: Entry, picture: np.ndarray) -> tuple[np.ndarray, float]:
    """Return what a member rebuilds, uint8 [H, W, C], and its root mean square error in grey levels."""
    device = parts.chosen_device()

    def make() -> tuple[np.ndarray, float]:
        from ganlab.members.rebuild import rebuilt

        drawn, error = rebuilt(engine.member(entry.name, device, entry.card), from_uint8(picture[None].copy()))
        return to_uint8(drawn)[0], float(error[0]) ** 0.5 * 127.5

    encoder = entry.card.encoder and entry.card.encoder.sha256
    return engine.remembered(make, "explore rebuilt", entry.card.digest(), encoder, device, picture.tobytes())
