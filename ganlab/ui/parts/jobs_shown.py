"""Jobs on a page: how far they are, a way to end them, and why they failed."""

from collections.abc import Callable, Mapping

import streamlit as st

from ganlab.ui import deeds, jobs, rights
from ganlab.ui.i18n import t
from ganlab.ui.parts.text import plain, spoken
from ganlab.ui.parts.theirs import only
from ganlab.ui.parts.waiting import done

_REFRESH = 1.0  # seconds


def jobs_shown(about: Mapping[tuple[str, ...], str], key: str) -> None:
    """Show jobs as they go on; when one ends the page runs again.

    Args:
        about: What to call a job, by the beginning of its command.
        key: Of the buttons.
    """
    live = [job.command for job in _of(about) if job.live]
    st.fragment(_shown, run_every=_REFRESH if live else None)(about, live, key)


def job_asked(
    command: tuple[str, ...],
    label: str,
    doing: str,
    key: str,
    *,
    icon: str,
    told: str | None = None,
    first: Callable[[], object] = lambda: None,
) -> str | None:
    """Offer a job at a button, show it as it goes on, and return its answer once there is one.

    Args:
        command: Of the job; equal ones share it.
        label: Of the button, which is not there while the job is.
        doing: What to call it meanwhile.
        key: Of the button.
        icon: Of the button, a name of Material Symbols.
        told: What the button's help says.
        first: Done at the click, before the job is asked for.
    """
    job = jobs.find(command)
    if job is None or not job.live:
        st.button(
            label,
            icon=f":material/{icon}:",
            key=key,
            on_click=lambda: done(lambda: deeds.ask(command, first)),
            **only(command, told=told),
        )
    jobs_shown({command: doing}, key=f"{key}_job")
    return job.answer if job is not None and job.state == "done" else None


def _shown(about: Mapping[tuple[str, ...], str], were: list[tuple[str, ...]], key: str) -> None:
    found = _of(about)
    if [job.command for job in found if job.live] != were:
        st.rerun()
    for job in found:
        name = _name(about, job)
        with st.container(horizontal=True, vertical_alignment="center"):
            if job.live:
                jobs.shown(job)
                st.progress(job.share, text=_told(name, job))
                st.button(
                    t("jobs.cancel"),
                    key=f"{key}.cancel.{job.number}",
                    icon=":material/close:",
                    on_click=lambda job=job: done(lambda: deeds.cancel(job)),
                    disabled=not deeds.may_end(job),
                    help=None if deeds.may_end(job) else rights.why_not("measure"),
                )
            elif job.state == "failed":
                st.error(t("jobs.failed", name=plain(name), reason=spoken(job.reason, 2_000)), icon=":material/error:")
                st.button(
                    t("jobs.forget"),
                    key=f"{key}.forget.{job.number}",
                    on_click=lambda job=job: done(lambda: deeds.forget(job)),
                    disabled=not deeds.may_end(job),
                )


def _of(about: Mapping[tuple[str, ...], str]) -> list[jobs.Job]:
    return [job for job in jobs.known() if any(job.command[: len(start)] == start for start in about)]


def _name(about: Mapping[tuple[str, ...], str], job: jobs.Job) -> str:
    return next(name for start, name in about.items() if job.command[: len(start)] == start)


def _told(name: str, job: jobs.Job) -> str:
    """Return how a job stands, in a line of Markdown."""
    if (place := jobs.position(job)) is not None:
        return t("jobs.waiting", name=plain(name), place=place)
    if job.left is None:
        return t("jobs.doing", name=plain(name), doing=spoken(job.doing or t("jobs.beginning")))
    return t("jobs.left", name=plain(name), doing=spoken(job.doing), left=job.left)
