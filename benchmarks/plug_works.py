"""What the plug is pulled on: each work in a workspace of its own, small enough to be begun a thousand times."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganlab import files, fusion
from ganlab.cli import main as command_line
from ganlab.fusion import arrivals
from ganlab.members import archive, store
from ganlab.runs import Run, all_runs, find, queue, record, wish, work, worker
from ganlab.spec import EnsembleSpec, MemberSpec

TINY = {"dataset": "ring8", "network": "toy", "batch_size": 8, "log_every": 1, "ema": 0.9}
TINY |= {"steps": 4, "preview_every": 2, "checkpoint_every": 2, "score_every": 2}
PICTURES = {"dataset": "digits", "network": "mlp", "latent_dim": 4, "batch_size": 8, "log_every": 2, "steps": 4}
PICTURES |= {"preview_every": 2, "checkpoint_every": 2, "width": 2, "critic_width": 2}


@dataclass(frozen=True)
class Work:
    """Something that is done in a workspace, and what may change by it.

    Attributes:
        prepare: Puts there what is needed, beside what is always there.
        act: Does it.
        again: Does it once more, or goes on, after a pulled plug; ``act`` where there is none.
        goes: Members that may be gone afterwards.
        comes: Members that may be there afterwards.
        runs_go: Runs that may be gone afterwards.
        open_end: The newest run may go on to another end: a stop that was broken off was not heard.
        quick: Belongs to the sample that the tests take.
    """

    prepare: Callable[[], None]
    act: Callable[[], None]
    again: Callable[[], None] | None = None
    goes: tuple[str, ...] = ()
    comes: tuple[str, ...] = ()
    runs_go: tuple[str, ...] = ()
    open_end: bool = False
    quick: bool = True


def always() -> None:
    """Put a finished run and some members into the workspace, which nothing may harm."""
    run = added(MemberSpec(**TINY | {"steps": 2}))
    trained(run)
    for name in ("anna", "emma", "otto"):
        run.keep(name)
    fusion.keep(fusion.fuse(["emma", "otto"], "mixture"), "both")


def added(spec: MemberSpec | EnsembleSpec) -> Run:
    """Return a new run that waits, and that no worker was started for."""
    return queue.create(spec, "cpu", "tried")  # nothing is started here: ``settle_into`` sees to that


def trained(run: Run) -> None:
    """Do a run's work in this process, as its worker does."""
    if code := worker.main(run.folder):
        raise RuntimeError(f"the worker ended with {code}: {run.state().message}")


def resumed() -> None:
    """Let the newest run go on to its end, as after a press of the button."""
    run = all_runs()[-1]
    if run.state().state not in ("queued", "finished"):
        run.resume()
    if run.state().state != "finished":
        trained(run)


def said(*words: str) -> None:
    """Do what the command line does; what it refuses is an error."""
    if code := command_line([*words]):
        raise RuntimeError(f"{' '.join(words)} ended with {code}")


def _half_done() -> None:
    """Leave a run that was broken off between its checkpoints, with events that a resumption goes back behind."""
    run = added(MemberSpec(**TINY))
    trained(run)
    checkpoint = next(row["step"] for row in run.events()[0] if row["event"] == "saved")
    again = added(MemberSpec(**TINY))
    kept = record.Record.checkpoint
    record.Record.checkpoint = lambda own, data, best=False: (
        kept(own, data, best) if own.state.step <= checkpoint else None
    )
    trained(again)
    record.Record.checkpoint = kept
    again.write_state(again.written_state().model_copy(update={"state": "running"}))


def _stopping() -> None:
    run = added(MemberSpec(**TINY))
    wish.add(run.folder, 0, wish="stop")


def _stopped() -> None:
    trained(all_runs()[-1])


def _gone_on() -> None:
    """A stop that was broken off: the run goes on, and is stopped once more."""
    run = all_runs()[-1]
    if run.state().state in ("interrupted", "failed", "stopped"):
        run.resume()
    if run.written_state().state == "queued":
        trained(run)


def _waiting(spec: dict[str, Any]) -> Callable[[], None]:
    return lambda: (added(MemberSpec(**spec)), None)[1]


def _ensemble() -> None:
    base = MemberSpec(**TINY | {"steps": 2, "checkpoint_every": 1})
    added(EnsembleSpec(method="bagging", members=2, base=base))


def _finished_ensemble() -> None:
    _ensemble()
    trained(all_runs()[-1])


def _keep_all() -> None:
    all_runs()[-1].keep("trio")


def _if_there(name: str, what: Callable[[], None]) -> Callable[[], None]:
    return lambda: what() if name in store.catalogue() else None


def _if_missing(name: str, what: Callable[[], None]) -> Callable[[], None]:
    return lambda: None if name in store.catalogue() else what()


def _delete_run() -> None:
    find("1").delete()


def _none() -> None:
    pass


def _keep() -> None:
    find("1").keep("new")


def _fuse() -> None:
    fusion.keep(fusion.fuse(["anna", "otto"], "mixture", [0.25, 0.75]), "new")


def _create() -> None:
    added(MemberSpec(**TINY))


def _pictures() -> None:
    run = added(MemberSpec(**PICTURES))
    trained(run)
    run.keep("picture")


def _packed() -> None:
    """Leave a zip of a fusion and its members, which the store does not have."""
    for name in ("left", "right"):
        find("1").keep(name)
    fusion.keep(fusion.fuse(["left", "right"], "mixture"), "pair")
    archive.pack(["pair"], files.home() / "pair.zip")
    for name in ("pair", "left", "right"):
        store.delete(name)


def _receive() -> None:
    arrivals.receive(files.home() / "pair.zip")


def _sweep() -> None:
    out = files.home() / "sweep.png"
    said(
        "sweep", "anna", "otto", "--along", "anna", "--rule", "mixture", "--steps", "2", "--n", "100", "--out", str(out)
    )


WORKS = {
    "train": Work(_waiting(TINY), lambda: trained(all_runs()[-1]), resumed),
    "resume": Work(_half_done, resumed, resumed),
    "stop": Work(_stopping, _stopped, _gone_on, open_end=True),
    "ensemble": Work(_ensemble, lambda: trained(all_runs()[-1]), resumed),
    "train on pictures": Work(_waiting(PICTURES), lambda: trained(all_runs()[-1]), resumed, quick=False),
    "create a run": Work(_none, _create),
    "keep a member": Work(_none, _keep, _if_missing("new", _keep), comes=("new",)),
    "keep an ensemble": Work(
        _finished_ensemble, _keep_all, _if_missing("trio", _keep_all), comes=("trio", "trio-1", "trio-2")
    ),
    "keep a fusion": Work(_none, _fuse, _if_missing("new", _fuse), comes=("new",)),
    "import": Work(_packed, _receive, comes=("left", "right", "pair")),
    "rename": Work(
        _none,
        lambda: store.rename("anna", "hanna"),
        _if_there("anna", lambda: store.rename("anna", "hanna")),
        goes=("anna",),
        comes=("hanna",),
    ),
    "delete a member": Work(
        _none, lambda: store.delete("anna"), _if_there("anna", lambda: store.delete("anna")), goes=("anna",)
    ),
    "delete a run": Work(_none, _delete_run, lambda: _delete_run() if all_runs() else None, runs_go=("0001-tried",)),
    "measure": Work(_none, lambda: said("evaluate", "anna", "--n", "1000", "--json")),
    "measure pictures": Work(_pictures, lambda: said("evaluate", "picture", "--n", "500", "--json"), quick=False),
    "sweep": Work(_none, _sweep, quick=False),
}


def outcome() -> dict[str, Any]:
    """Return what a workspace holds in the end, without what depends on time and on how it came to be."""
    told = ("step", "preview", "scored", "finished", "stage")
    found: dict[str, Any] = {"members": {}, "runs": {}, "others": sorted(_others())}
    for entry in store.catalogue():
        numbers = [sorted(each.numbers) for each in entry.card.metrics]
        found["members"][entry.name] = [entry.card.digest(), numbers]
    for run in all_runs():
        from ganlab.runs.parts import parts

        each = {"state": run.state().state, "step": run.state().step, "spec": run.spec().model_dump_json()}
        for one in [run, *parts(run)]:
            rows = [(row["event"], row.get("step")) for row in one.history() if row["event"] in told]
            key = str(one.folder.relative_to(run.folder))
            each[key] = {
                "history": sorted(set(rows), key=lambda row: (row[1] or 0, row[0])),
                "previews": {step: files.sha256(one.preview(step)) for step in one.previews()},
                "members": {which: entry.card.digest() for which, entry in one.members().items()}
                if run is not one or not parts(run)
                else {},
            }
        found["runs"][run.name] = each
    return json.loads(json.dumps(found))


def _others() -> list[str]:
    rooms = {"members", "runs", "cache"}
    return [
        str(path.relative_to(files.home()))
        for path in files.home().rglob("*")
        if path.is_file() and path.relative_to(files.home()).parts[0] not in rooms and path.suffix != ".lock"
    ]


def settle_into(home: Path) -> None:
    """Let this process work in a workspace, alone with it and quickly."""
    os.environ |= {"GANLAB_HOME": str(home), "GANLAB_THREADS": "1"}
    store.shipped_folder = lambda: home / "pretrained"  # reading some forty cards a trial would be all it does
    queue.dispatch = worker.dispatch = lambda: []  # nobody else shall work here
    record._BEAT = 0.0  # noqa: SLF001 - so that the same points come in every trial
    os.setpriority = lambda *_: None
    work._POLL = 3600.0  # noqa: SLF001 - of a watcher that shows signs of life whenever it likes
