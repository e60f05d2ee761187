"""What one may wish of a run: pause, resume, stop, steps by hand, other learning rates, delete."""

import json
from collections.abc import Callable

import streamlit as st

from ganlab import runs
from ganlab.runs.folder import LIVE
from ganlab.ui import deeds, parts, rights
from ganlab.ui.i18n import t
from ganlab.ui.live import minutes_silent
from ganlab.ui.pages.train_address import open_run

_PLAYERS = ("generator", "critic")  # of those that learn against each other
_BROKEN_OFF = ("interrupted", "stopped", "failed")


def offer(run: runs.Run, state: runs.State) -> None:
    """Offer what this state allows to who may; what is refused is said where it was asked for."""
    if not rights.may("steer"):
        return
    offer_course(run, state)
    if state.state in LIVE:
        _knobs(run, state, _players(run))
    if state.state == "paused":
        _by_hand(run, _players(run))


def offer_course(run: runs.Run, state: runs.State) -> None:
    """Offer to halt it, to let it go on, or to end it."""
    if not rights.may("steer"):
        return
    if state.state == "running":
        _button(run, "pause", ":material/pause:")
    if state.state == "paused" or state.state in _BROKEN_OFF:
        _button(run, "resume", ":material/play_arrow:", primary=state.state != "stopped")
    if state.state in LIVE and (minutes := minutes_silent(run)):
        # It will not hear a wish: what is left is to end it from outside, and to resume.
        _button(run, "end", ":material/power_settings_new:", primary=True, minutes=minutes)
    elif state.state in (*LIVE, "queued", "interrupted"):
        _button(run, "stop", ":material/stop:")


def resume(run: runs.Run, key: str) -> None:
    """Offer to go on from the last checkpoint, in a list."""
    if not rights.may("steer"):
        return
    pressed = st.button(
        t("train.resume"), icon=":material/play_arrow:", key=key, help=t("train.resume_help"), type="tertiary"
    )
    if pressed and parts.done(lambda: deeds.steer(run, "resume")):
        st.rerun()


def delete(run: runs.Run, leave: Callable[[None], None] = open_run) -> None:
    """Offer to delete a run that no worker has in hand, after a question; then ``leave`` its address."""
    if not rights.may("delete"):
        return
    with st.popover(t("train.delete"), icon=":material/delete:"):
        st.markdown(t("train.delete_sure", name=parts.plain(run.name)))
        pressed = st.button(t("train.delete_now"), type="primary", key="train.delete_now")
        if pressed and parts.done(lambda: deeds.delete_run(run)):
            leave(None)
            st.rerun()


def _players(run: runs.Run) -> tuple[str, ...]:
    """Return whose learning rates there are."""
    return tuple(each for each in _PLAYERS if f"learning_rate_{each}" not in run.spec().idle)


def _by_hand(run: runs.Run, all_players: tuple[str, ...]) -> None:
    steps = st.number_input(
        t("train.by_hand"), 1, 10_000, 1, key="train.by_hand", label_visibility="collapsed", width=130
    )
    if len(all_players) == 1:
        _button(run, "step_alone", ":material/skip_next:", given=("both", int(steps)))
        return
    for players in (*all_players, "both"):
        _button(run, f"step_{players}", ":material/skip_next:", given=(players, int(steps)))


def _knobs(run: runs.Run, state: runs.State, all_players: tuple[str, ...]) -> None:
    with st.popover(t("train.knobs"), icon=":material/tune:"):
        now = {player: rate for player, rate in _rates(run).items() if player in all_players}
        rates = {
            player: st.number_input(
                t(f"train.field.learning_rate_{player}"),
                min_value=1e-8,
                max_value=1.0,
                value=now[player],
                step=1e-4,
                format="%g",
                # A rate changed in another tab makes a new box, so that an old one cannot undo it.
                key=f"train.rate_{player}.{run.name}.{now[player]:g}",
                help=t(f"train.help.learning_rate_{player}"),
            )
            for player in all_players
        }
        players = _who(run, state) if len(all_players) > 1 else state.players
        if st.button(t("train.apply"), type="primary", key="train.apply"):

            def apply() -> None:
                if rates != now:
                    deeds.steer(run, "set_rates", **rates)
                if players != state.players:
                    deeds.steer(run, "let_play", players)

            if parts.done(apply):
                st.toast(t("train.applied"), icon=":material/check:")


def _who(run: runs.Run, state: runs.State) -> str:
    return st.segmented_control(
        t("train.who"),
        ["both", *_PLAYERS],
        default=state.players,
        required=True,
        format_func=lambda name: t(f"train.who_{name}"),
        key=f"train.who.{run.name}.{state.players}",
        help=t("train.who_help"),
    )


def _rates(run: runs.Run) -> dict[str, float]:
    """Return the learning rates that hold now: the spec's, or the last ones that were wished."""
    spec = run.spec()
    rates = {player: getattr(spec, f"learning_rate_{player}") for player in _PLAYERS}
    try:
        # Only the few lines that tell of changes are parsed: a long run has many others.
        with (run.folder / "events.jsonl").open("rb") as file:
            changes = [json.loads(line) for line in file if b'"changed"' in line and line.endswith(b"\n")]
    except (OSError, ValueError):
        return rates
    for change in changes:
        rates |= {player: rate for player in _PLAYERS if (rate := change.get(f"learning_rate_{player}"))}
    return rates


def _button(run: runs.Run, name: str, icon: str, primary: bool = False, given: tuple = (), **told: int) -> None:
    """Offer a wish of a run, which is the first word of a name, with what it is given."""
    kind = "primary" if primary else "secondary"
    if st.button(t(f"train.{name}"), icon=icon, key=f"train.{name}", help=t(f"train.{name}_help", **told), type=kind):
        parts.done(lambda: deeds.steer(run, name.split("_", maxsplit=1)[0], *given))
