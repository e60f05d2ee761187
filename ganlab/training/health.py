"""The health of a training, judged from its history alone: what goes wrong, in plain words, and what to try.

``findings`` reads the rows that a run writes (``step``, ``scored``, ``scoring``; others are passed over).  It
is slow to alarm: a rule needs several scores, or several dozen points, that say the same.  No torch here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import log
from statistics import fmean, median
from typing import Any, Literal

from ganlab.spec import MemberSpec

Row = dict[str, Any]
Kind = Literal["collapse", "posterior", "critic", "oscillation", "copying", "standstill", "healthy"]

POINTS = 60  # of the curves that are looked at
_ENOUGH_POINTS = 40
_FELL, _WORTH = 0.6, 0.25  # of the earlier best; of what real examples have, below which there was nothing to fall from
_ALIKE, _RISING, _TRIED = 0.1, 1.25, 6  # of the real diversity; and the scores by which a beginning is over
_FEW_HEAPS, _ON_HEAPS = 0.25, 0.2
_SURE_LOSS, _SURE_GAP, _VANISHED = 0.02, 0.93, 0.01
_SWING, _TURNS = 0.15, 3  # mean change of a score's logarithm; changes of direction among the last eight
_COPIED = 0.5
_LONG = 10  # scores without a better one
_SILENT = 0.5  # nats a picture; to tell ten classes apart takes 2.3


@dataclass(frozen=True)
class Finding:
    """One thing to know about a run.

    Attributes:
        kind: What it is.
        text: A sentence with the numbers that say so.
        advice: What to try; empty where all is well.
    """

    kind: Kind
    text: str
    advice: str = ""


def recent(rows: Iterable[Row]) -> list[Row]:
    """Return the rows that count: the last points, all scores, and what they are measured with."""
    kept: list[Row] = []
    for row in rows:
        if row["event"] == "resumed":
            kept = [each for each in kept if each.get("step", 0) <= row["step"]]
        elif row["event"] in ("step", "scored", "scoring"):
            kept.append(row)
    points = [row for row in kept if row["event"] == "step"]
    old = points[-POINTS]["step"] if len(points) > POINTS else -1
    return [row for row in kept if row["event"] != "step" or row["step"] >= old]


def findings(rows: Iterable[Row], spec: MemberSpec) -> tuple[Finding, ...]:
    """Return what is found, the worst first; one quiet finding where nothing is wrong."""
    history = _History(recent(rows), spec)
    found = [finding for rule in _RULES if (finding := rule(history)) is not None]
    return tuple(found) or (_quiet(history),)


class _History:
    """A run's rows, column by column; numbers that are missing are left out."""

    def __init__(self, rows: list[Row], spec: MemberSpec) -> None:
        self.spec = spec
        self.points = [row for row in rows if row["event"] == "step"]
        self.scores = [row for row in rows if row["event"] == "scored"]
        real = [row for row in rows if row["event"] == "scoring"]
        self.real = real[-1] if real else {}

    def usual(self, name: str, beside: str = "step") -> float | None:
        """Return the median of a curve's last points, or None where there are too few to tell.

        Args:
            name: Of the curve.
            beside: Another one; points without it do not count.
        """
        values = [row[name] for row in self.points if row.get(name) is not None and row.get(beside) is not None]
        return median(values) if len(values) >= _ENOUGH_POINTS else None

    def scored(self, name: str) -> list[float]:
        """Return a measure of all scores, in order."""
        return [row[name] for row in self.scores if row.get(name) is not None]

    @property
    def slower(self) -> str:
        """Whose learning rate should be lowered where nobody in particular is to blame."""
        return "a lower learning rate" if self.spec.kind == "vae" else "lower learning rates for both"

    @property
    def kinds(self) -> str:
        """What its modes are."""
        return "heaps" if len(self.spec.shape) == 1 else "classes"

    @property
    def badness(self) -> list[float]:
        """What should become small: FID, or for points one over the share that is near a heap."""
        return self.scored("fid") or [1 / max(share, 0.01) for share in self.scored("high_quality")]

    @property
    def since_best(self) -> int:
        """Scores since the best one."""
        return len(self.badness) - 1 - self.badness.index(min(self.badness)) if self.badness else 0


def _collapse(history: _History) -> Finding | None:
    text = _fewer_modes(history) or _less_diverse(history) or _never_diverse(history) or _few_heaps(history)
    pack = "pack 2, " if _may_pack(history.spec) else ""
    advice = (
        "Try a smaller beta, a longer warmup, or more steps."
        if history.spec.kind == "vae"
        else f"Try a lower learning rate for the generator, {pack}dropout or spectral norm in the "
        "critic, or another objective (relativistic, wasserstein_gp)."
    )
    return Finding("collapse", f"Mode collapse: {text}.", advice) if text else None


def _may_pack(spec: MemberSpec) -> bool:
    """Return whether the critic could be shown several examples at once, and is not."""
    return not spec.judges_together and spec.kind == "gan" and not spec.conditional


def _fewer_modes(history: _History) -> str | None:
    modes, real = history.scored("modes"), history.real.get("real_modes")
    if not real or not _fell(modes, real):
        return None
    return f"it draws {modes[-1]:.0f} of {real} {history.kinds}, and drew {max(modes[:-2]):.0f} before"


def _less_diverse(history: _History) -> str | None:
    values, real = history.scored("diversity"), history.real.get("real_diversity")
    if not real or not _fell(values, real):
        return None
    return f"its pictures have {values[-1] / real:.0%} of the diversity of real ones, and had {max(values) / real:.0%}"


def _never_diverse(history: _History) -> str | None:
    values, real = history.scored("diversity")[-_TRIED:], history.real.get("real_diversity")
    rising = len(values) < _TRIED or values[-1] >= _RISING * values[1]
    if not real or rising or max(values[1:]) >= _ALIKE * real:
        return None
    return f"its pictures stay nearly alike, with {values[-1] / real:.0%} of the diversity of real ones"


def _few_heaps(history: _History) -> str | None:
    modes, real = history.scored("modes")[-_TRIED:], history.real.get("real_modes")
    near = history.scored("high_quality")[-_TRIED:]
    if not real or len(near) < _TRIED or min(near) < _ON_HEAPS or max(modes) > _FEW_HEAPS * real:
        return None
    return f"it draws {modes[-1]:.0f} of {real} heaps well and finds no others"


def _fell(values: list[float], real: float) -> bool:
    """Return whether the last two values are far below what was reached before them."""
    best = max(values[:-2], default=0)
    return best >= _WORTH * real and max(values[-2:]) <= _FELL * best


def _posterior(history: _History) -> Finding | None:
    """The code says next to nothing, though its weight no longer grows, and nothing stirs yet."""
    divergence = history.usual("divergence")
    if divergence is None or divergence >= _SILENT or history.points[0]["step"] <= (history.spec.warmup or 0):
        return None
    values = [row["divergence"] for row in history.points if row.get("divergence") is not None]
    if median(values[len(values) // 2 :]) > _RISING * median(values[: len(values) // 2]):
        return None
    return Finding(
        "posterior",
        f"Posterior collapse: the code holds {divergence:.2f} nats a picture, so whatever is drawn ignores it.",
        "Try a smaller beta, or a longer warmup.",
    )


def _critic(history: _History) -> Finding | None:
    """The critic is sure of itself, and the generator, which learns as well, gets no better."""
    loss, gradient = history.usual("critic_loss", beside="generator_loss"), history.usual("generator_gradient")
    on_real, on_fake = history.usual("real_score"), history.usual("fake_score")
    if loss is None or history.spec.objective.startswith("wasserstein"):
        return None
    probabilities = history.spec.objective in ("minimax", "nonsaturating") and on_real is not None
    sure = loss < _SURE_LOSS and (not history.badness or history.since_best >= 2)
    surer = probabilities and on_real - on_fake > _SURE_GAP and history.since_best >= 4
    if not sure and not surer:
        return None
    told = f" (D(x) {on_real:.2f}, D(G(z)) {on_fake:.2f})" if probabilities else f" (its loss is {loss:.2g})"
    gone = "; the generator's gradient has all but vanished" if gradient is not None and gradient < _VANISHED else ""
    other = "the objective 'nonsaturating', " if history.spec.objective == "minimax" else ""
    return Finding(
        "critic",
        f"The critic wins: it tells nearly all generated examples from real ones{told}{gone}.",
        f"Try {other}a lower learning rate for the critic, dropout in it, or fewer critic steps a step.",
    )


def _oscillation(history: _History) -> Finding | None:
    values = [log(max(value, 1e-9)) for value in history.badness[-8:]]
    if len(values) < 8 or history.since_best < 6:
        return None
    changes = [after - before for before, after in pairwise(values)]
    turns = sum(before * after < 0 for before, after in pairwise(changes))
    if turns < _TURNS or fmean(map(abs, changes)) < _SWING:
        return None
    return Finding(
        "oscillation",
        f"It swings without getting better: the best score was {history.since_best} scores ago, and since then "
        "they went up and down.",
        f"Try {history.slower}, a beta1 of 0 or 0.5, or a longer memory of the averaged generator (ema).",
    )


def _copying(history: _History) -> Finding | None:
    near = history.scored("nearness")[-2:]
    if len(near) < 2 or max(near) >= _COPIED:
        return None
    dropout = "" if "dropout" in history.spec.idle else "dropout in the critic, "
    return Finding(
        "copying",
        f"It copies: its pictures lie at {near[-1]:.0%} of the distance to training pictures that unseen real ones "
        "have.",
        f"Try more training pictures, an augmentation, {dropout}or fewer steps.",
    )


def _standstill(history: _History) -> Finding | None:
    if history.since_best < _LONG:
        return None
    best = min(history.scores, key=lambda row: row.get("fid", -row.get("high_quality", 0)))
    return Finding(
        "standstill",
        f"No better score since step {best['step']:,}, {history.since_best} scores ago.",
        f"It may be as good as it gets: keep the best, or try {history.slower}.",
    )


def _quiet(history: _History) -> Finding:
    if len(history.scores) < 2:
        return Finding("healthy", "Nothing is wrong so far.")
    last, told = history.scores[-1], []
    if (fid := last.get("fid")) is not None:
        told.append(f"FID {fid:.3g}")
    if (modes := last.get("modes")) is not None and (real := history.real.get("real_modes")):
        told.append(f"{modes:.0f} of {real} {history.kinds}")
    return Finding("healthy", f"Nothing alarming: {', '.join(told)}." if told else "Nothing alarming.")


_RULES: tuple[Callable[[_History], Finding | None], ...] = (
    _collapse,
    _posterior,
    _critic,
    _oscillation,
    _copying,
    _standstill,
)
