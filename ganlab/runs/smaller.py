"""What to try where memory ran out: the next smaller setting, in numbers. No torch here."""

from ganlab.spec import EnsembleSpec, MemberSpec

_KILLED = "The system ended the worker because memory ran out."
_RAN_OUT = "Memory ran out."


def told(spec: MemberSpec | EnsembleSpec | None, killed: bool = False) -> str:
    """Return that memory ran out, and what to try.

    Args:
        spec: What was asked for; None where it cannot be read.
        killed: By the system, from outside.
    """
    said = _KILLED if killed else _RAN_OUT
    tries = [f"{name} {value} instead of {asked}" for name, (value, asked) in smaller(spec).items()] if spec else []
    if not tries:
        return f"{said} End other programs, then resume."
    return f"{said} Start again with {' or '.join(tries)}; or end other programs, and resume from the last checkpoint."


def smaller(spec: MemberSpec | EnsembleSpec) -> dict[str, tuple[int, int]]:
    """Return the fields whose half would need about half the memory: name, then half and what was asked for.

    A batch stays a multiple of what its critic judges as one.
    """
    spec = (spec.base if isinstance(spec, EnsembleSpec) else spec).resolved()
    pack = spec.pack or 1
    half = spec.batch_size // 2 // pack * pack
    found = {"batch_size": (half, spec.batch_size)} if half >= max(2, pack) else {}
    if spec.width and spec.width >= 2:
        found["width"] = (spec.width // 2, spec.width)
    return found
