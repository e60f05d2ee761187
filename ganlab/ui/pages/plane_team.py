"""What the browser asks for where members in the plane are fused: their training, then every rule with its numbers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from ganlab.errors import FusionError
from ganlab.fusion.shares import weights_fault
from ganlab.spec import MemberSpec
from ganlab.spec.asked import Asked, Part
from ganlab.ui import frames, sandbox
from ganlab.ui.i18n import language
from ganlab.ui.i18n.sentences import said as sentence
from ganlab.ui.pages import plane_words

if TYPE_CHECKING:
    from ganlab.fusion.fitted import Fitted
    from ganlab.members.member import Member
    from ganlab.training import Live

_SHOWN = 512
_SLICE = 3 * sandbox.SLICE  # several trainings a frame, and nobody steps them by hand


class Wish(Asked):
    """What a frame of fusions is asked for."""

    go: bool = Field(False, description="Train the members on, if they are not done.")
    boost: bool = Field(False, description="Train one more member on what the others lack.")
    settle: bool = Field(False, description="With the rules that take a second: the pointer was released.")
    weights: tuple[Part, ...] = Field((), strict=False, max_length=8)
    real: bool = False
    anew: bool = False


Drawn = tuple[np.ndarray, np.ndarray | None]  # points [2500, 2], and where that is known who drew each


@dataclass
class Team:
    """Members of one dataset, trained here or chosen from the store, and what was made of them.

    Attributes:
        spec: Of one more member.
        opened: Gives the members once they are there.
        crew: What trains them, if it is done here.
        steps: Of each training.
        booster: The training of one more member.
        drawn: What each finished member draws, float32 [2500, 2], by name.
        fit: The last fit of a selection, and the weights it belongs to.
        found: What the rules drew last, by name with who drew it, and the weights it belongs to.
    """

    spec: MemberSpec
    steps: int
    opened: Callable[[], "list[Member]"]
    crew: Any = None
    booster: "Live | None" = None
    boosted: "Member | None" = None
    drawn: dict[str, np.ndarray] = field(default_factory=dict)
    fit: "tuple[tuple[float, ...], Fitted] | None" = None
    found: tuple[tuple[float, ...], dict[str, Drawn]] = ((), {})

    @property
    def done(self) -> bool:
        """Whether all members are there."""
        return self.crew is None or self.crew.done

    def points(self, member: "Member") -> np.ndarray:
        """Return what a finished member draws of the seed, once drawn."""
        if member.name not in self.drawn:
            self.drawn[member.name] = member.sample(2_500, self.spec.seed).cpu().numpy()
        return self.drawn[member.name]

    def boost(self, seconds: float) -> None:
        """Train one more member for a while."""
        from ganlab.data import load_dataset
        from ganlab.ensembles import plane

        if self.booster is None:
            self.booster = plane.booster(self.opened(), load_dataset(self.spec.dataset), self.spec)
        if self.boosted is None:
            self.booster.advance(self.steps - self.booster.steps, seconds=seconds)
            if self.booster.steps >= self.steps:
                self.boosted = plane.renamed(self.booster.member(), "boosted")


def offer(key: tuple, make: Callable[[], Team], said: Mapping[str, str]) -> str:
    """Return the address at which a visitor's team is trained and fused.

    Args:
        key: Of the visitor and of all that the team depends on.
        make: Makes it.
        said: The page's texts in the visit's language.
    """
    into = language()

    def drawn(asked: Mapping[str, Any]) -> frames.Frame:
        frame = answer(key, make, said, asked)
        frame.told["faults"] = {rule: sentence(fault, into) for rule, fault in frame.told.get("faults", {}).items()}
        return frame

    return frames.offer(drawn, *key, said["about"])


def answer(key: tuple, make: Callable[[], Team], said: Mapping[str, str], asked: Mapping[str, Any]) -> frames.Frame:
    """Return points of members and of rules in one row, and what was measured of them.

    Raises:
        GanlabError: The wish is no wish, the weights are none, or a training ran away.
    """
    wish = Wish.read(dict(asked))
    with sandbox.using(key, make, anew=wish.anew) as (team, life):
        if wish.go and not team.done:
            team.crew.advance(_SLICE)
        if wish.boost and team.done:
            team.boost(_SLICE)
        return _frame(team, life, wish, said)


def _frame(team: Team, life: int, wish: Wish, said: Mapping[str, str]) -> frames.Frame:
    from ganlab.metrics import toy
    from ganlab.toys import density

    mixture, parts, facts = density(team.spec.dataset), {}, {"life": life, "done": team.done, "of": team.steps}
    if team.done:
        members = team.opened()
        facts["steps"] = [team.steps] * len(members)
        parts |= {f"member.{k}": team.points(member) for k, member in enumerate(members)}
        found, facts["faults"] = _fused(team, members, wish)
        parts |= {name: points for name, (points, _) in found.items()}
        facts["drawers"] = {name: who[:_SHOWN].tolist() for name, (_, who) in found.items() if who is not None}
    else:
        facts["steps"] = [live.steps for live in team.crew.lives]
        parts |= {f"member.{k}": live.points() for k, live in enumerate(team.crew.lives)}
    if team.booster is not None:
        facts["boosting"] = team.booster.steps
        parts["boosted"] = team.booster.points() if team.boosted is None else team.points(team.boosted)
    told = {name: toy.told(points, mixture) for name, points in parts.items()}
    facts["measured"] = {name: vars(each) for name, each in told.items()}
    facts["said"] = plane_words.sentences(told, wish.weights, said) if team.done else {}
    shown = {name: points[:_SHOWN] for name, points in parts.items()}
    if wish.real:
        shown["real"] = mixture.sample(_SHOWN, seed=0).numpy()
        facts["extent"] = _extent(shown["real"])
    facts["parts"] = {name: part.shape for name, part in shown.items()}
    row = np.nan_to_num(np.concatenate([part.ravel() for part in shown.values()]), posinf=0.0, neginf=0.0)
    return frames.Frame(row.astype(np.float32), facts)


def _fused(team: Team, members: "list[Member]", wish: Wish) -> tuple[dict[str, Drawn], dict[str, str]]:
    """Return what each rule draws, and why others cannot; what was drawn by these weights before is not drawn again."""
    from ganlab.ensembles import plane
    from ganlab.fusion.selection.rule import drawers

    weights = wish.weights
    if fault := weights_fault("mixture", weights, len(members), weighs=True):
        raise FusionError(fault)
    faults, found = dict(plane.unfit(members, weights)), dict(team.found[1]) if team.found[0] == weights else {}
    if wish.settle and "selection" not in faults and (team.fit is None or team.fit[0] != weights):
        try:
            team.fit = (weights, plane.select(members, weights, team.spec.seed))
        except FusionError as error:
            faults["selection"] = str(error)
    for rule in plane.RULES:
        own = [*members, team.boosted] if rule == "boosting" else members
        stale = rule == "selection" and (team.fit is None or team.fit[0] != weights)
        if rule in found or rule in faults or stale or own[-1] is None:
            continue
        fused = plane.fused(own, rule, weights, team.fit[1] if rule == "selection" else None)
        z = fused.latents(2_500, team.spec.seed)
        found[rule] = fused.generate(z).cpu().numpy(), drawers(fused, z)
    team.found = weights, found
    return found, faults


def _extent(points: np.ndarray) -> tuple[float, float, float, float]:
    """Return the square around points, a quarter wider than they are."""
    from torch import from_numpy

    from ganlab.training.loop import extent_of

    return extent_of(from_numpy(points))
