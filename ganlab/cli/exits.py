"""Exit codes that scripts can use, one a kind of trouble."""

from ganlab.errors import DeviceError, FusionError, GanlabError, RunError, SpecError, TrainingFailed, UnknownName

UNHEARD, USAGE, UNKNOWN, BROKEN, UNFINISHED, INTERRUPTED = 1, 2, 3, 4, 5, 130

EPILOG = (
    "Exit codes: 0 done; 1 nobody read the output; 2 a wrong option or a value that is not allowed; "
    "3 a name that nobody knows; "
    "4 a member, dataset, extractor or file that is absent, broken, taken, or cannot be measured or written; "
    "5 a run that failed, ended early or cannot do what was asked; 130 interrupted or declined."
)


def code_of(error: GanlabError) -> int:
    """Return the exit code for an error."""
    if isinstance(error, SpecError | FusionError | DeviceError):
        return USAGE
    if isinstance(error, UnknownName):
        return UNKNOWN
    if isinstance(error, RunError | TrainingFailed):
        return UNFINISHED
    return BROKEN
