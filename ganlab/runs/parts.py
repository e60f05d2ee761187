"""The run of an ensemble: one folder, in it a folder a member that reads as a run. No torch here until it is kept.

workspace/runs/0007-bagging-mnist/
  spec.json  state.json  wish.json  log.txt  lock     of the whole
  events.jsonl                                        which member began, of which rows, with which weights
  members/1/  members/2/ ...                          spec, state, events, previews, checkpoint and member of each
"""

from dataclasses import dataclass
from typing import Any

from ganlab.errors import GanlabError, MemberError, RunError, unknown
from ganlab.members import store
from ganlab.runs.folder import LIVE, Run, State, telling_full_disks
from ganlab.runs.life import PATIENCE
from ganlab.spec import check_name

MEMBERS = "members"


@dataclass(frozen=True)
class Part(Run):
    """The training of one member of an ensemble; what is wished of it is wished of the whole."""

    @property
    def whole(self) -> Run:
        """The ensemble's run."""
        return Run(self.folder.parents[1])

    @property
    def name(self) -> str:
        """The whole's name and the member's number, such as ``0007-bagging-mnist/2``."""
        return f"{self.whole.name}/{self.number}"

    @property
    def number(self) -> int:
        """The member's, from 1."""
        return int(self.folder.name)

    @property
    def short(self) -> str:
        """What curves call it: the member's number."""
        return str(self.number)

    def state(self) -> State:
        """Return how it stands: finished by itself, or else as the whole does."""
        own = self.written_state()
        if own.state == "finished":
            return own
        shared = self.whole.state().model_dump(include={"state", "message", "players", "pid", "obeyed"})
        return own.model_copy(update=shared)

    def is_alive(self) -> bool:
        """Return whether a worker has the whole in hand."""
        return self.whole.is_alive()

    def silence(self) -> float:
        """Return for how many seconds the worker of the whole has shown no sign of life."""
        return self.whole.silence()

    def end(self, patience: float = PATIENCE) -> None:
        """End the worker of the whole."""
        self.whole.end(patience)

    def resume(self) -> None:
        """Let the whole go on."""
        self.whole.resume()

    def stop(self) -> None:
        """End the whole early."""
        self.whole.stop()

    def delete(self) -> None:
        """Refuse: a member goes with its ensemble.

        Raises:
            RunError: Always.
        """
        raise RunError(f"{self.name!r} is a member of run {self.whole.name!r}: delete that one.")

    def _wish(self, wanted: str, **values: Any) -> None:
        self.whole._wish(wanted, **values)  # noqa: SLF001 - a run as well


def part(run: Run, number: int) -> Part:
    """Return a member's part of an ensemble's run, whether it began or not."""
    return Part(run.folder / MEMBERS / str(number))


def parts(run: Run) -> list[Part]:
    """Return the members of an ensemble's run that began, in order; none of a run that is no ensemble."""
    found = [Part(path) for path in (run.folder / MEMBERS).glob("[0-9]*") if path.name.isdecimal()]
    return sorted(found, key=lambda each: each.number)


def under_way(run: Run) -> Run:
    """Return the member of an ensemble that began last, or the run itself."""
    return ([run, *parts(run)])[-1]


def find_part(run: Run, number: str) -> Part:
    """Return the member of an ensemble's run with a number.

    Raises:
        UnknownName: There is none, or it did not begin yet.
    """
    there = {str(each.number): each for each in parts(run)}
    if number not in there:
        raise unknown(f"member of run {run.name!r}", number, there)
    return there[number]


def began(run: Run) -> dict[int, dict[str, Any]]:
    """Return what was told of each member when it began last, by number: rows, and weights of the mixture so far."""
    return {row["member"]: row for row in run.events()[0] if row["event"] == "began"}


def found(run: Run) -> dict[int, dict[str, Any]]:
    """Return what a method told of finished members, by number."""
    return {row["member"]: row for row in run.events()[0] if row["event"] == "found"}


def weights(run: Run) -> dict[int, float]:
    """Return the mixture's weight of each member that there is, by number; they add up to 1."""
    told = began(run)
    last = told[max(told)]["weights"] if told else {}
    there = {each.number for each in parts(run) if each.member() is not None}
    kept = {int(number): weight for number, weight in last.items() if int(number) in there}
    whole = sum(kept.values())
    return {number: weight / whole for number, weight in kept.items()} if whole > 0 else {}


def names(name: str, digests: dict[int, str]) -> dict[int, str]:
    """Return what the members of an ensemble are kept as, by number: one alone has the name itself.

    A name that the same member has already is no fault: keeping that was broken off goes on where it was.

    Args:
        name: Of the ensemble.
        digests: Of its members, by number.

    Raises:
        MemberError: A name is not allowed, or another member has it.
    """
    made = {number: name if len(digests) == 1 else f"{name}-{number}" for number in digests}
    wanted, taken = {own: digests[number] for number, own in made.items()}, store.catalogue()
    for each in dict.fromkeys((name, *wanted)):
        try:
            check_name(each)
        except ValueError as error:
            raise MemberError(f"{error}.") from None
        if each in taken and (each == name or taken[each].card.digest() != wanted[each]):
            raise MemberError(f"There is a member called {each!r} already: choose another name.")
    return made


def keep(run: Run, name: str) -> store.Entry:
    """Add an ensemble to the workspace: its members as ``name-1`` to ``name-K``, and their mixture as ``name``.

    Raises:
        GanlabError: There are no members yet, or a name is taken or not allowed.
    """
    state, shares = run.state().state, weights(run)
    if state in LIVE or not shares:
        advice = "Stop it first" if state in LIVE else "Resume it, and let it finish or stop it"
        raise RunError(f"Run {run.name!r} is {state} and has no ensemble to keep. {advice}.")
    found = {number: part(run, number).member() for number in shares}
    made = names(name, {number: entry.card.digest() for number, entry in found.items()})
    kept: list[str] = []
    try:
        with telling_full_disks():
            for number, own in made.items():
                if own in store.catalogue():
                    continue
                card = found[number].card.model_copy(update={"name": own})
                last = store.keep(card, (found[number].folder / store.WEIGHTS).read_bytes())
                kept.append(own)
            return last if len(made) == 1 else _keep_mixture(name, list(made.values()), list(shares.values()))
    except (GanlabError, OSError):
        for own in kept:
            store.delete(own)
        raise


def _keep_mixture(name: str, members: list[str], shares: list[float]) -> store.Entry:
    from ganlab import fusion

    return fusion.keep(fusion.fuse(members, "mixture", shares), name)
