"""What can go wrong for a caller, one class per thing worth catching.

Every text says what was given, what was wanted and the next step; doors show it as it stands.
"""

import errno
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

FULL = "The disk is full. What was written before is kept: make room, then try again."


class GanlabError(Exception):
    """Anything a user can mend; its text is one clear sentence or two."""


class UnknownName(GanlabError):  # noqa: N818 - what a reader would say
    """A name that no family, store or workspace knows."""


class SpecError(GanlabError):
    """A spec, recipe or option with a value that is not allowed."""


class DataError(GanlabError):
    """A dataset that is absent, broken or too large."""


class MemberError(GanlabError):
    """A member that cannot be read, stored, renamed or used as asked."""


class NameTaken(MemberError):  # noqa: N818
    """Members that cannot come in under names which others have.

    Args:
        names: As they are called where they come from.
        wanted: What they would be called here.
    """

    def __init__(self, names: Sequence[str], wanted: Sequence[str]) -> None:
        told = ", ".join(repr(name) for name in wanted[:5]) + (" and more" if len(wanted) > 5 else "")
        super().__init__(f"Other members are called {told} already: choose other names for those of the file.")
        self.names = tuple(names)


class HubError(GanlabError):
    """The Hugging Face Hub cannot be reached, or does not give or take what was asked for."""


class MetricError(GanlabError):
    """Pictures, features or an extractor that cannot be measured with."""


class FusionError(GanlabError):
    """Members, weights or a rule that do not go together."""


class NotFittedError(FusionError):
    """A rule that learns from real pictures, and did not yet for these members."""


class RunError(GanlabError):
    """A run that cannot be made, found or asked for what was wished."""


class DeviceError(GanlabError):
    """A device that this machine does not have."""


class NotAllowed(GanlabError):  # noqa: N818
    """Something that whoever asks may not do here."""


class DiskError(GanlabError, OSError):
    """A file or folder that cannot be written, or moved, or deleted: of a full disk, or one that is not ours.

    It is an ``OSError`` with all that belongs to one, and its text is a sentence.

    Args:
        error: What the system said.
        path: What was to be written, where the system does not say.
    """

    def __init__(self, error: OSError, path: object) -> None:
        OSError.__init__(self, error.errno, error.strerror, str(error.filename or path))

    def __str__(self) -> str:
        """Return what happened, what is kept, and the next step."""
        if self.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            return FULL
        if self.errno == errno.EROFS:
            return f"{self.filename!r} cannot be written: its disk can only be read. Nothing was changed."
        if self.errno in (errno.EACCES, errno.EPERM):
            return f"{self.filename!r} cannot be written: it is not yours. Set GANLAB_HOME to a folder that is."
        return f"{self.filename!r} cannot be written ({self.strerror})."


class TrainingFailed(GanlabError):  # noqa: N818
    """A training that cannot go on: the step where it broke, and what to try."""

    def __init__(self, step: int, reason: str, advice: str) -> None:
        super().__init__(f"Training failed at step {step:,}: {' '.join((reason, advice))}")
        self.step, self.reason, self.advice = step, reason, advice


def unknown(what: str, given: str, known: Iterable[str]) -> UnknownName:
    """Return the error for a name that is not among ``known``, with the nearest ones.

    Args:
        what: The family in the singular, with its article's place left free ("fusion rule").
        given: What was asked for.
        known: All names there are, in the order in which people meet them.
    """
    names = list(known)
    lowered = {name.lower(): name for name in names}
    near = [lowered[name] for name in get_close_matches(given.lower(), lowered, n=3, cutoff=0.5)]
    shown = given if len(given) <= 80 else given[:77] + "..."
    if near:
        hint = f"Did you mean {_either(near)}?"
    elif names:
        hint = f"There is {_either(names[:12])}{' and more' if len(names) > 12 else ''}."
    else:
        hint = f"There is no {what} yet."
    return UnknownName(f"No {what} is called {shown!r}. {hint}")


def _either(names: list[str]) -> str:
    quoted = [repr(name) for name in names]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " or " + quoted[-1]
