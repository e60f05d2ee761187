"""The nearest training pictures to the outlined picture; the work is a job's, since the server opens no dataset."""

import base64
import io
import json
from typing import Any

import numpy as np
import streamlit as st

from ganlab.ui import deeds, engine, jobs, parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import train_data
from ganlab.ui.pages.explore_scene import Scene
from ganlab.ui.parts.jobs_shown import jobs_shown
from ganlab.ui.parts.strip import strip

_K, _COLUMNS, _ASKED = 7, 12, "explore.nearest_asked"


def command(scene: Scene) -> tuple[str, ...]:
    """Return the verb that looks for them."""
    recipe = scene.recipe().model_dump_json(exclude_defaults=True)
    return jobs.verb("nearest", recipe, "--k", str(_K), "--row", str(scene.row), "--json", "--progress", "json")


def show(scene: Scene) -> None:
    """Offer to look, and show what was found last."""
    card = scene.entries[0].card
    st.caption(t("explore.nearest_about", dataset=parts.plain(card.dataset)))
    absent, fault = train_data.note(card.dataset), train_data.fault(card.dataset)
    if fault or (absent and train_data.by_hand(card.dataset)):
        st.info(fault or absent, icon=":material/database_off:")
        return
    asked = command(scene)
    job = jobs.find(asked)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            t("explore.nearest_find"),
            key="explore.nearest_find",
            icon=":material/search:",
            on_click=_ask,
            args=(asked,),
            **parts.only(asked, job is not None and job.live),
        )
        if absent:
            st.caption(absent)
    last = st.session_state.get(_ASKED)
    if last is None:
        return
    jobs_shown({last: t("explore.nearest_job")}, key="explore.nearest_jobs")
    job = jobs.find(last)
    if job is not None and job.state == "done":
        _found(json.loads(job.answer), stale=last != asked)


def _ask(asked: tuple[str, ...]) -> None:
    if parts.done(lambda: deeds.ask(asked)):
        st.session_state[_ASKED] = asked


def _found(told: dict[str, Any], stale: bool) -> None:
    """Show each drawn picture with its nearest ones, and the error below each."""
    if stale:
        st.caption(t("explore.nearest_stale"))
    names = list(dict.fromkeys(row["name"] for row in told["rows"]))
    pictures = engine.remembered(lambda: _cut(told, len(names)), "nearest", told["sheet"][-64:], len(told["sheet"]))
    for place, name in enumerate(names):
        rows = told["rows"][place * told["k"] : (place + 1) * told["k"]]
        captions = [t("explore.drawn"), *(_caption(row) for row in rows)]
        strip(pictures[place], captions, t("explore.nearest_alt", name=name), columns=_COLUMNS, head=[name])
    st.caption(t("explore.nearest_told", count=told["of"]))


def _caption(row: dict[str, Any]) -> str:
    label = "" if row["class"] is None else f"{row['class']} · "
    return f"{label}{row['error']:.0f}"


def _cut(told: dict[str, Any], rows: int) -> list[list[np.ndarray]]:
    """Return the pictures of the sheet one by one, uint8 [H, W, C], row by row."""
    from PIL import Image

    with Image.open(io.BytesIO(base64.b64decode(told["sheet"]))) as image:
        sheet = np.array(image)
    sheet = sheet[:, :, None] if sheet.ndim == 2 else sheet
    columns = told["k"] + 1
    height, width = (sheet.shape[0] + 1) // rows, (sheet.shape[1] + 1) // columns
    return [
        [
            sheet[row * height : (row + 1) * height - 1, column * width : (column + 1) * width - 1]
            for column in range(columns)
        ]
        for row in range(rows)
    ]
