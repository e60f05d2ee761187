"""All that pages change, behind one door: who may do it is asked here, whatever a page showed.

A button that is hidden or greyed out is a courtesy; a visitor's own program can press it all the same.  So whatever
starts, stops, writes or deletes is called from here, and from nowhere else in the front end: a test reads its source.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from ganlab import files, runs
from ganlab.errors import NotAllowed, RunError
from ganlab.members import store
from ganlab.spec import EnsembleSpec, MemberSpec
from ganlab.ui import jobs, rights
from ganlab.ui.i18n import t

if TYPE_CHECKING:
    from ganlab.fusion.arrivals import Arrived
    from ganlab.members.card import Card
    from ganlab.members.member import Member

_SHARING, _EXAMPLES = (jobs.verb("walk"), jobs.verb("export")), jobs.verb("examples")
_OF_VISITORS = jobs.MOST_WAITING // 2  # waiting jobs beyond which visitors add none
_ASKED = "app.asked"  # the jobs that this visit asked for


# ---- runs ----
def train(
    spec: MemberSpec | EnsembleSpec, device: str = "auto", label: str | None = None, on: str | None = None
) -> runs.Run:
    """Make a run, as ``runs.create`` does."""
    rights.demand("train")
    return runs.create(spec, device, label, on=on)


def steer(run: runs.Run, wish: str, *given: Any, **named: Any) -> None:
    """Let a run pause, resume, stop, end, step, set_rates or let_play: its own method of that name."""
    rights.demand("steer")
    {
        "pause": run.pause,
        "resume": run.resume,
        "stop": run.stop,
        "end": run.end,
        "step": run.step,
        "set_rates": run.set_rates,
        "let_play": run.let_play,
    }[wish](*given, **named)


def delete_run(run: runs.Run) -> None:
    """Delete a run."""
    rights.demand("delete")
    run.delete()


def keep_of_run(run: runs.Run, name: str, which: str = "last") -> store.Entry:
    """Keep what came of a run."""
    rights.demand("keep")
    return run.keep(name, which)


# ---- members ----
def rename(old: str, new: str) -> store.Entry:
    """Rename a member."""
    rights.demand("rename")
    return store.rename(old, new)


def delete(name: str) -> None:
    """Delete a member."""
    rights.demand("delete")
    store.delete(name)


def keep(card: "Card", weights: bytes) -> store.Entry:
    """Keep a member."""
    rights.demand("keep")
    return store.keep(card, weights)


def keep_fused(member: "Member", name: str) -> store.Entry:
    """Keep a fusion as a member."""
    rights.demand("keep")
    from ganlab.fusion import keep

    return keep(member, name)


def keep_direction(card: "Card", name: str, axis: Sequence[float]) -> None:
    """Keep a direction of a member's latent space under a name."""
    rights.demand("keep")
    from ganlab.members.directions import keep

    keep(card, name, axis)


def drop_direction(card: "Card", name: str) -> None:
    """Drop a direction."""
    rights.demand("keep")
    from ganlab.members.directions import drop

    drop(card, name)


def keep_settings(path: Path, told: Mapping[str, Any]) -> None:
    """Write settings that have a name, which all visits share."""
    rights.demand("keep")
    files.write_json(path, dict(told))


def receive(data: bytes, called: Mapping[str, str]) -> "Arrived":
    """Take members out of a zip, as ``ganlab.fusion.arrivals.receive`` does."""
    rights.demand("upload")
    from ganlab.fusion.arrivals import receive

    return receive(data, called)


# ---- jobs ----
def ask(command: Sequence[str], first: Callable[[], object] = lambda: None) -> jobs.Job:
    """Ask for a job, as ``jobs.ask`` does; visitors have films and exports, one at a time.

    Args:
        command: Of ``jobs.verb``.
        first: Done before, where it may be asked for: it writes what the command reads.

    Raises:
        NotAllowed: It is the presenter's to ask for, or another one of this visitor's is not done yet.
        RunError: Too many wait.
    """
    if not may_ask(command):
        rights.demand("measure")
    if rights.role() == "visitor":
        others = [each for each in jobs.known() if each.live and each.command != tuple(command)]
        if any(each.number in _asked() for each in others if _shares(command)):
            raise NotAllowed(t("rights.one_job"))
        if sum(each.state == "waiting" for each in others) >= _OF_VISITORS:
            raise RunError(t("rights.busy"))
    first()
    job = jobs.ask(command)
    st.session_state[_ASKED] = _asked() | {job.number}
    return job


def may_ask(command: Sequence[str]) -> bool:
    """Return whether this visit may ask for such a job at all."""
    if rights.may("measure") or _shares(command):
        return True
    if tuple(command[: len(_EXAMPLES)]) != _EXAMPLES:
        return False
    from ganlab.ui.pages import train_data

    return train_data.note(command[len(_EXAMPLES)]) is None  # nothing is fetched


def may_end(job: jobs.Job) -> bool:
    """Return whether this visit may cancel or forget a job: a visitor only what it asked for itself."""
    return rights.may("measure") or job.number in _asked()


def cancel(job: jobs.Job) -> None:
    """End a job."""
    if not may_end(job):
        rights.demand("measure")
    jobs.cancel(job)


def forget(job: jobs.Job) -> None:
    """Drop a job that has ended."""
    if not may_end(job):
        rights.demand("measure")
    jobs.forget(job)


def _shares(command: Sequence[str]) -> bool:
    return any(tuple(command[: len(start)]) == start for start in _SHARING)


def _asked() -> frozenset[int]:
    return st.session_state.get(_ASKED, frozenset())


# ---- files that every visit may leave, few enough ----
def leave(path: Path, data: bytes, most: int) -> None:
    """Write a small file that anybody may leave, and remove the oldest beside it beyond so many."""
    files.write_bytes(path, data)
    thin(path.parent, path.suffix, most)


def thin(folder: Path, suffix: str, most: int) -> None:
    """Remove the oldest files of a folder that anybody may fill, beyond so many."""
    for old in sorted(folder.glob(f"*{suffix}"), key=lambda each: each.stat().st_mtime)[:-most]:
        old.unlink(missing_ok=True)
