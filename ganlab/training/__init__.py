"""Training: a generator of events that owns no files and knows no page."""

from typing import Any

_WHERE = {
    "train": "ganlab.training.loop",
    "member_at": "ganlab.training.loop",
    "Controls": "ganlab.training.events",
    "Checkpoint": "ganlab.training.checkpoint",
}
__all__ = [*_WHERE]  # noqa: PLE0604 - the names above, listed once


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'ganlab.training' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_WHERE[name]), name)
