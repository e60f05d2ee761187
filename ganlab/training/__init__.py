"""Training: a generator of events that owns no files and knows no page."""

from ganlab.lazy import lazily

_WHERE = {
    "train": "ganlab.training.loop",
    "member_at": "ganlab.training.loop",
    "Controls": "ganlab.training.events",
    "Checkpoint": "ganlab.training.checkpoint",
}
__all__ = [*_WHERE]  # noqa: PLE0604 - the names above, listed once
__getattr__ = lazily(__name__, _WHERE)
