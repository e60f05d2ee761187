"""Runs of one member, and runs of ensembles: each kind has a page of its own."""

from ganlab import runs
from ganlab.errors import GanlabError
from ganlab.spec import EnsembleSpec


def trainings() -> list[runs.Run]:
    """Return the runs of one member in order of creation, also those whose spec cannot be read."""
    return [run for run in runs.all_runs() if not is_ensemble(run)]


def ensembles() -> list[runs.Run]:
    """Return the runs of ensembles in order of creation."""
    return [run for run in runs.all_runs() if is_ensemble(run)]


def is_ensemble(run: runs.Run) -> bool:
    """Return whether a run is that of an ensemble."""
    try:
        return isinstance(run.spec(), EnsembleSpec)
    except GanlabError:
        return False
