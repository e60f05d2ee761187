"""Controls that are not every visit's to use: greyed out with the reason, or not there."""

from collections.abc import Sequence
from typing import Any

from ganlab.ui import deeds, rights


def only(command: Sequence[str] | None, disabled: bool = False, told: str | None = None) -> dict[str, Any]:
    """Return ``disabled`` and ``help`` of a button that asks for a job.

    Args:
        command: Of the job; None as long as it cannot be asked for.
        disabled: Also for whoever may ask.
        told: What its help says to whoever may.
    """
    if command is None or deeds.may_ask(command):
        return {"disabled": disabled, "help": told}
    return {"disabled": True, "help": rights.why_not("measure")}


def file_uploader(label: str, place: Any, **options: Any) -> Any:
    """Take files as ``st.file_uploader`` does, from those who may send some; nothing is shown to others.

    Args:
        label: Of the widget.
        place: Where it stands: a container, or ``st``.
        **options: Of the widget.
    """
    return place.file_uploader(label, **options) if rights.may("upload") else None
