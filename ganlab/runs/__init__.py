"""Runs: one training, one folder, one process; the folder is all that doors and workers share. No torch here.

``folder`` is a run as doors see it, ``queue`` makes, finds and starts runs, ``worker`` is the process.
"""

from ganlab.lazy import lazily

_WHERE = {
    "Run": "ganlab.runs.folder",
    "State": "ganlab.runs.folder",
    "all_runs": "ganlab.runs.queue",
    "create": "ganlab.runs.queue",
    "dispatch": "ganlab.runs.queue",
    "find": "ganlab.runs.queue",
    "position": "ganlab.runs.queue",
}
__all__ = [*_WHERE]  # noqa: PLE0604 - the names above, listed once
__getattr__ = lazily(__name__, _WHERE)
