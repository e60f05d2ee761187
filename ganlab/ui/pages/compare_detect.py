"""Detector: critics of members vote which pictures are generated. A job calibrates, dropped ones are judged here."""

import base64
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from ganlab.errors import GanlabError
from ganlab.images import png
from ganlab.members.card import Number
from ganlab.members.store import Entry
from ganlab.ui import deeds, engine, jobs, parts
from ganlab.ui.i18n import t
from ganlab.ui.pages import compare_charts, gallery_facts
from ganlab.ui.parts import numbers
from ganlab.ui.parts.jobs_shown import jobs_shown

MOST, _MEGABYTES = 24, 10  # pictures dropped at once, and how large each
_WAYS = ("average", "weighted", "majority")
_TYPES = ("png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff")
# Seconds on two cores: to begin, and a critic's look at a picture of 28x28, of which there are 2,000 of each kind.
_BEGIN, _LOOK, _PICTURES = 6.0, 0.0003, 2_000


def show(entries: Sequence[Entry]) -> None:
    """Ask whose critics vote, show how well they tell, and let them judge pictures; points have none."""
    if len(entries[0].card.shape) != 3:
        return
    with st.expander(t("compare.detect"), icon=":material/policy:"):
        st.markdown(t("compare.detect_about"))
        st.info(t("compare.detect_limits"), icon=":material/gavel:")
        able = [entry for entry in entries if entry.card.judges]
        if not able:
            st.info(t("compare.detect_none"), icon=":material/info:")
            return
        asked = _ask(entries, able)
        jobs_shown({jobs.verb("detect", entry.name): entry.name for entry in able}, key="compare.detect_job")
        job = jobs.find(asked) if asked else None
        if job is not None and job.state == "done":
            _result(json.loads(job.answer), entries)


def command(voters: Sequence[str], unseen: Sequence[str], way: str) -> tuple[str, ...]:
    """Return the verb that calibrates and tells."""
    others = [word for name in unseen for word in ("--unseen", name)]
    return jobs.verb("detect", *voters, *others, "--fuse", way, "--json", "--progress", "json")


def _ask(entries: Sequence[Entry], able: Sequence[Entry]) -> tuple[str, ...] | None:
    """Return the command of what is asked for, and start it when told to; None where nobody votes."""
    names = [entry.name for entry in able]
    left, right = st.columns(2, gap="small")
    with left:
        voters = _some(t("compare.detect_voters"), names, "compare.detect_voters")
    strangers = [entry.name for entry in entries if not {entry.name, *entry.card.made_of} & set(voters)]
    with right:
        unseen = _some(t("compare.detect_unseen"), strangers, "compare.detect_unseen", t("compare.detect_unseen_help"))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        way = st.selectbox(
            t("compare.detect_way"),
            _WAYS,
            format_func=lambda name: t(f"compare.way_{name}"),
            key="compare.detect_way",
            width=220,
            persist_state="session",
            help=t("compare.detect_way_help"),
        )
        asked = command(voters, unseen, way) if voters else None
        known = jobs.find(asked) if asked else None
        area = max(0.3, entries[0].card.shape[-1] ** 2 / 28**2)
        looks = _PICTURES * (3 + len(voters) + len(unseen)) * len(voters)
        st.button(
            t("compare.detect_now", time=gallery_facts.duration(_BEGIN + _LOOK * area * looks)),
            key="compare.detect_now",
            type="primary",
            icon=":material/policy:",
            **parts.only(asked, asked is None or (known is not None and known.state in (*jobs.LIVE, "done"))),
            on_click=lambda: parts.done(lambda: deeds.ask(asked)),
        )
    return asked


def _some(label: str, names: Sequence[str], key: str, told: str | None = None) -> list[str]:
    """Ask for some of the names, at first all; those that are gone, or are no longer offered, are left out."""
    kept = st.session_state.get(key)
    st.session_state[key] = list(names) if kept is None else [name for name in kept if name in names]
    return st.multiselect(label, names, key=key, persist_state="session", help=told)


def _result(found: dict[str, Any], entries: Sequence[Entry]) -> None:
    """Show how well the vote tells, and let it judge pictures."""
    left, right = st.columns(2, gap="medium")
    with left:
        _curves(found, [entry.name for entry in entries])
    with right:
        _table(found)
        st.caption(t("compare.detect_told", **{name: found[name] for name in ("n_fake", "n_real", "seed")}))
        _judge(found["detector"], entries[0].card.shape)


def _curves(found: dict[str, Any], order: Sequence[str]) -> None:
    curves, dashed, places = {}, set(), []
    for each in found["generators"]:
        auc = numbers.interval(Number(value=each["auc"], low=each["auc_low"], high=each["auc_high"]))
        told = "compare.detect_curve" if each["seen"] else "compare.detect_curve_unseen"
        name = t(told, name=each["generator"], auc=auc)
        curves[name] = each["roc"]["alarms"], each["roc"]["found"]
        dashed |= set() if each["seen"] else {name}
        places.append(order.index(each["generator"]))
    figure = compare_charts.roc(curves, places, dashed)
    compare_charts.show(figure, t("compare.roc_alt", names="; ".join(curves)), key="compare.roc")


def _table(found: dict[str, Any]) -> None:
    import pandas as pd

    rows = [
        {
            t("compare.detect_generator"): each["generator"],
            t("compare.detect_fused"): each["auc"],
            **{t("compare.detect_alone", name=name): auc for name, auc in each["critics"].items()},
        }
        for each in found["generators"]
    ]
    frame = pd.DataFrame(rows)
    st.dataframe(
        frame,
        hide_index=True,
        key="compare.detect_table",
        alt=t("compare.detect_table_alt"),
        column_config={name: st.column_config.NumberColumn(format="%.3f") for name in frame.columns[1:]},
    )


def _judge(told: dict[str, Any], shape: tuple[int, ...]) -> None:
    """Ask for pictures, and show what each critic and all together say of them."""
    files = parts.file_uploader(
        t("compare.detect_drop"),
        st,
        type=list(_TYPES),
        accept_multiple_files=True,
        key="compare.detect_files",
        max_upload_size=_MEGABYTES,
        help=t("compare.detect_drop_help", most=MOST),
    )
    if not files or not parts.engine_ready():
        return
    if len(files) > MOST:
        st.caption(t("compare.detect_too_many", most=MOST))
    images, names, notes = _read(files[:MOST], shape)
    for note in notes:
        st.caption(parts.spoken(note))
    if names:
        _votes(told, np.stack(images), names)


def _read(files: Sequence[Any], shape: tuple[int, ...]) -> tuple[list[np.ndarray], list[str], tuple[str, ...]]:
    """Return uploaded pictures as the members draw them, uint8 [H, W, C], their names, and what is to be said."""
    from ganlab.data.pictures import picture, told_broken

    known = {f"{place + 1}. {file.name}": file for place, file in enumerate(files)}  # two files may be called alike
    images, broken = {}, []
    for name, file in known.items():
        try:
            images[name] = picture(file.getvalue(), shape[-1], shape[0])
        except GanlabError:
            broken.append(name)
    return list(images.values()), list(images), told_broken(broken, len(known))


def _votes(told: dict[str, Any], images: np.ndarray, names: Sequence[str]) -> None:
    import pandas as pd

    from ganlab.fusion.detector import of_facts
    from ganlab.fusion.looks import by_critics

    detector, device = of_facts(told), parts.chosen_device()
    rows = by_critics([engine.member(name, device) for name in detector.members])(images)
    chances, votes = detector(rows), detector.critics(rows)
    for name, chance, vote in zip(names, chances, votes, strict=True):
        yes = int((vote > 0.5).sum())
        st.markdown(t("compare.detect_vote", name=parts.plain(name), yes=yes, count=len(vote), chance=chance))
    frame = pd.DataFrame(
        {
            t("compare.detect_picture"): [_address(image) for image in images],
            t("compare.detect_file"): names,
            t("compare.detect_chance"): 100 * chances,
            **{name: 100 * each for name, each in zip(detector.members, votes.T, strict=True)},
        }
    )
    percent = st.column_config.ProgressColumn(format="%.0f %%", min_value=0, max_value=100)
    st.dataframe(
        frame,
        hide_index=True,
        key="compare.detect_votes",
        alt=t("compare.detect_votes_alt"),
        column_config={frame.columns[0]: st.column_config.ImageColumn()} | dict.fromkeys(frame.columns[2:], percent),
    )


def _address(image: np.ndarray) -> str:
    return f"data:image/png;base64,{base64.b64encode(png(image)).decode()}"
