"""What a rule was fitted to: arrays in a file of their own, beside a member's card or remembered in the workspace.

A fit belongs to members, rule, weights and options, and is remembered by them, so that a link, a PNG or a command
which names these finds it again.  Some came along with the members.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import safetensors
import safetensors.numpy
from torch import Tensor

from ganlab import files
from ganlab.errors import MemberError, NotFittedError
from ganlab.fusion.rule import Rule
from ganlab.fusion.shares import shares
from ganlab.members import store
from ganlab.members.card import Fit

if TYPE_CHECKING:
    from ganlab.fusion.ground import Ground
    from ganlab.members.member import Member
    from ganlab.metrics.evaluate import Progress

_KEPT = 100  # fits that are remembered; the least used go first
_DIGITS = 6  # of a share


@dataclass(frozen=True)
class Fitted:
    """A fit.

    Attributes:
        arrays: All that was fitted, by name.
        facts: What the card shall state of it: the fields of ``Fit`` but the file's own.
    """

    arrays: Mapping[str, np.ndarray] = field(repr=False)
    facts: Mapping[str, Any]

    def to_bytes(self) -> bytes:
        """Return a safetensors file; equal fits give equal bytes."""
        tensors = {name: np.ascontiguousarray(each) for name, each in self.arrays.items()}
        return safetensors.numpy.save(tensors, {"fit": json.dumps(self.facts, sort_keys=True)})

    def stated(self) -> Fit:
        """Return what a card states of it."""
        data = self.to_bytes()
        return Fit.read({**self.facts, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)})

    @classmethod
    def read(cls, path: Path) -> "Fitted":
        """Read what ``to_bytes`` wrote; nothing is unpickled.

        Raises:
            MemberError: The file is something else.
        """
        try:
            with safetensors.safe_open(path, "numpy") as file:
                facts = json.loads((file.metadata() or {})["fit"])
                return cls({name: file.get_tensor(name) for name in file.keys()}, facts)  # noqa: SIM118 - no mapping
        except (safetensors.SafetensorError, OSError, KeyError, ValueError) as error:
            raise MemberError(f"The fit in {path.name} cannot be read ({error}): fit it again.") from None


@dataclass(frozen=True)
class FittedRule(Rule):
    """A rule with numbers that were fitted to real validation pictures; subclasses say ``fitting``.

    Attributes:
        fitted: What came of it.
    """

    fitted: Fitted | None = field(default=None, repr=False, compare=False)

    def counted(self, members: "Sequence[Member]", z: Tensor, labels: Tensor | None = None) -> tuple[Tensor, int]:
        """Return pictures [N, *shape] from latents, and how many candidates there were for them, one each at least."""
        return self.draw(members, z, labels), len(z)

    @classmethod
    def fitting(
        cls, members: "Sequence[Member]", ground: "Ground", weights: tuple[float, ...], **options: Any
    ) -> "Iterator[Progress | tuple[dict[str, np.ndarray], dict[str, float]]]":
        """Fit the rule.

        Args:
            members: What is fused.
            ground: Real pictures, and what looks at them.
            weights: As the rule takes them.
            options: As the rule takes them.

        Yields:
            Progress; at the end the arrays, and numbers that the card shall tell.

        Raises:
            GanlabError: It cannot be fitted to these.
        """
        raise NotImplementedError


def counted(member: "Member", z: np.ndarray) -> tuple[Tensor, int]:
    """Return what any member draws from latents [n, d], and how many pictures were drawn for that."""
    rule = getattr(member, "rule", None)
    if isinstance(rule, FittedRule):
        return rule.counted(member.members, member.placed(z))
    return member.generate(z), len(z)


def remembered(rule: FittedRule, members: "Sequence[Member]") -> Fitted | None:
    """Return the fit of a rule to members that the workspace remembers, or that came along; or None."""
    name = stamp(rule, members)
    for path in (own_folder() / name, store.shipped_folder().parent / "fits" / name):
        if path.is_file():
            with suppress(MemberError, OSError):  # it can be fitted again; what came along is not touched
                found = Fitted.read(path)
                if path.parent == own_folder():
                    path.touch()
                return found
    return None


def remember(rule: FittedRule, members: "Sequence[Member]", fitted: Fitted) -> None:
    """Keep the fit of a rule to members in the workspace."""
    path = own_folder() / stamp(rule, members)
    files.write_bytes(path, fitted.to_bytes())
    used = sorted(path.parent.glob("*.safetensors"), key=lambda each: each.stat().st_mtime, reverse=True)
    for old in used[_KEPT:]:
        old.unlink(missing_ok=True)


def wanted(rule: FittedRule, members: "Sequence[Member]") -> NotFittedError:
    """Return what is said where a rule was not fitted to members yet."""
    names = " ".join(member.name for member in members)
    return NotFittedError(
        f"{rule.name!r} learns from real pictures before it can draw: "
        f"python -m ganlab fuse {names} --rule {rule.name} --fit does that for these members."
    )


def own_folder() -> Path:
    """Return where the workspace remembers fits."""
    return files.home() / "fits"


def stamp(rule: FittedRule, members: "Sequence[Member]") -> str:
    """Return the name of the file of a rule's fit to members."""
    # A rule's repr is its name, weights and options, all of them, whether or not they were given.
    parts = tuple(round(each, _DIGITS) for each in shares(rule.weights, len(members)))
    told = [repr(replace(rule, weights=parts)), *(member.card.digest() for member in members)]
    digest = hashlib.sha256("\n".join(told).encode()).hexdigest()
    return f"{digest[:32]}.safetensors"
