"""What a card tells, in words; what it does not hold is not told."""

from ganlab.members.card import Card, Encoder, Measurement
from ganlab.members.store import Entry
from ganlab.ui.i18n import t
from ganlab.ui.i18n.families import title
from ganlab.ui.parts import numbers
from ganlab.ui.parts.text import plain, spoken

# What is told in a line: the first three of these that were measured.
_SHORT, _FEW = ("fid", "precision", "recall", "modes", "high_quality"), 3


def headline(entry: Entry) -> str:
    """Return what a member is, in a few words of Markdown."""
    card = entry.card
    told = t("facts.conditional") if card.conditional else None
    how = (
        [card.network or card.kind, card.objective, told]
        if card.recipe is None
        else [t("facts.fused", rule=title("rule", card.recipe.rule))]
    )
    return " · ".join(plain(word, 60) for word in [card.dataset, *how] if word)


def short(card: Card) -> str:
    """Return a line of Markdown: size and training."""
    made = [t("facts.weights", count=card.parameters) if card.parameters else t("facts.untrained")]
    if card.steps is not None:
        made.append(t("facts.steps_short", count=card.steps))
    if card.seconds is not None:
        made.append(duration(card.seconds))
    return " · ".join(made)


def usual(card: Card) -> Measurement | None:
    """Return the measurement to tell where there is room for one."""
    return max(card.metrics, key=lambda each: numbers.rank(each, card.dataset), default=None)


def measured(card: Card) -> str | None:
    """Return the main numbers in a line of Markdown, or None before anything was measured."""
    found = usual(card)
    if found is None:
        return None
    told = [name for name in _SHORT if name in found.numbers][:_FEW] or list(found.numbers)[:_FEW]
    return " · ".join(f"{plain(numbers.title(name))} {numbers.figure(found.numbers[name].value)}" for name in told)


def rows(entry: Entry) -> list[tuple[str, str]]:
    """Return all facts as (what, Markdown)."""
    card = entry.card
    told = [
        (t("facts.origin"), t("facts.shipped") if entry.shipped else t("facts.own")),
        (t("facts.dataset"), plain(card.dataset)),
        (t("facts.kind"), plain(card.kind)),
        (t("facts.network"), card.network and plain(title("network", card.network))),
        (t("facts.objective"), card.objective and plain(title("objective", card.objective))),
        (t("facts.draws"), _shape(card.shape)),
        (t("facts.classes"), card.classes and plain(", ".join(card.classes), 200)),
        (t("facts.latent"), f"{card.latent_dim:,}"),
        (t("facts.generator"), t("facts.weights", count=card.parameters)),
        (t("facts.critic"), card.critic_parameters and t("facts.weights", count=card.critic_parameters)),
        (t("facts.encoder"), card.encoder and _encoder(card.encoder)),
        (t("facts.density"), card.density and t("facts.gaussians", count=card.density.components)),
        (t("facts.start"), card.spec and card.spec.start and plain(card.spec.start)),
        (t("facts.teacher"), card.spec and card.spec.teacher and plain(card.spec.teacher)),
        (t("facts.steps"), card.steps is not None and f"{card.steps:,}"),
        (t("facts.time"), card.seconds is not None and _trained(card)),
        (t("facts.created"), card.created and plain(card.created.replace("T", " ")[:16])),
        (t("facts.licence"), card.licence and spoken(card.licence)),
    ]
    return [(what, text) for what, text in told if text]


def duration(seconds: float) -> str:
    """Return a time as people say it."""
    if seconds < 90:
        return t("facts.seconds", count=seconds)
    return t("facts.minutes", count=seconds / 60) if seconds < 5400 else t("facts.hours", count=seconds / 3600)


def _trained(card: Card) -> str:
    time = duration(card.seconds or 0)
    return t("facts.time_on", time=time, device=plain(card.device)) if card.device else time


def _encoder(encoder: Encoder) -> str:
    weights = t("facts.weights", count=encoder.parameters)
    return t("facts.encoder_fitted", weights=weights, count=encoder.steps, time=duration(encoder.seconds))


def _shape(shape: tuple[int, ...]) -> str:
    if len(shape) < 3:
        return t("facts.points")
    channels, height, width = shape
    return t("facts.grey" if channels == 1 else "facts.colour", height=height, width=width)
