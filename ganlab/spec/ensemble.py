"""What to train as one ensemble, as data."""

from typing import Any, Literal

import pydantic_core
from pydantic import Field

from ganlab.spec.asked import Asked
from ganlab.spec.member import MemberSpec

MOST_MEMBERS = 16


class EnsembleSpec(Asked):
    """Members that are trained as one ensemble: what they have in common, and how they come to differ.

    Which methods there are, and which of these fields each takes, says ``ensembles.METHODS``; ``ensembles.resolved``
    writes out what is usual.  All chance follows from the seed of ``base``.
    """

    method: str = Field(max_length=64, description="How members come to differ.")
    members: int | None = Field(None, ge=2, le=MOST_MEMBERS, description="How many there are; usually 4.")
    split: Literal["labels", "features", None] = Field(
        None, description="specialists: by what training rows are divided, labels or clusters of features."
    )
    ratio: str | None = Field(
        None,
        max_length=64,
        description="boosting: what tells real rows from drawn ones: logistic, least_squares or boosted.",
    )
    share: float | None = Field(
        None, gt=0, lt=1, description="boosting: of each new member in the mixture so far; by default 1/t."
    )
    passed: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="cascade: share of its rows, those a member covers worst, that the next one learns.",
    )
    folds: int | None = Field(None, ge=2, le=10, description="cross_validation: parts of the rows, each held out once.")
    variants: tuple[dict[str, Any], ...] | None = Field(
        None,
        strict=False,
        max_length=MOST_MEMBERS,
        description="Fields in which members, or candidates, leave the base.",
    )
    critics: int | None = Field(None, ge=1, le=MOST_MEMBERS, description="joint: how many critics judge all members.")
    diversity: float | None = Field(
        None, ge=0, le=100, description="joint: weight of being told apart in the members' loss."
    )
    softness: float | None = Field(
        None, ge=0, le=1_000, description="joint: how much more harsh critics count, at first; 0 heeds all alike."
    )
    base: MemberSpec = Field(MemberSpec(), strict=False, description="What all members are; its steps are per member.")

    @property
    def dataset(self) -> str:
        """What all members learn from."""
        return self.base.dataset

    @property
    def network(self) -> str:
        """The pair of networks, where members do not have others."""
        return self.base.network

    @property
    def objective(self) -> str:
        """What is minimised, where members do not have another."""
        return self.base.objective

    @property
    def seed(self) -> int:
        """What fixes all chance."""
        return self.base.seed


def read_asked(data: str | bytes) -> MemberSpec | EnsembleSpec:
    """Read the JSON of what a run shall train; that of an ensemble says its method.

    Raises:
        SpecError: It is neither.
    """
    try:
        values = pydantic_core.from_json(data)
    except ValueError:
        values = None  # the model says what is wrong with it
    kind = EnsembleSpec if isinstance(values, dict) and "method" in values else MemberSpec
    return kind.read(data)
