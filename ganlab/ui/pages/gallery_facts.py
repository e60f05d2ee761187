"""What a card tells, in words; what it does not hold is not told."""

from ganlab.members.card import Card, Number
from ganlab.members.store import Entry
from ganlab.ui.i18n import t
from ganlab.ui.parts.text import plain


def headline(entry: Entry) -> str:
    """Return what a member is, in a few words of Markdown."""
    card = entry.card
    how = [card.network, card.objective] if card.recipe is None else [f"{card.kind}: {card.recipe.rule}"]
    return " · ".join(plain(word, 60) for word in [card.dataset, *how] if word)


def short(card: Card) -> list[str]:
    """Return two lines of Markdown for a card in the gallery: size and training, then what was measured."""
    made = [t("facts.weights", count=card.parameters)]
    if card.steps is not None:
        made.append(t("facts.steps_short", count=card.steps))
    if card.seconds is not None:
        made.append(duration(card.seconds))
    measured = [f"{plain(number.measure)} {number.value:.3g}" for number in card.metrics[:3]]
    return [" · ".join(made), " · ".join(measured) or t("facts.not_measured")]


def rows(entry: Entry) -> list[tuple[str, str]]:
    """Return all facts as (what, Markdown)."""
    card = entry.card
    told = [
        (t("facts.origin"), t("facts.shipped") if entry.shipped else t("facts.own")),
        (t("facts.dataset"), plain(card.dataset)),
        (t("facts.kind"), plain(card.kind)),
        (t("facts.network"), card.network and plain(card.network)),
        (t("facts.objective"), card.objective and plain(card.objective)),
        (t("facts.draws"), _shape(card.shape)),
        (t("facts.latent"), f"{card.latent_dim:,}"),
        (t("facts.generator"), t("facts.weights", count=card.parameters)),
        (t("facts.critic"), card.critic_parameters and t("facts.weights", count=card.critic_parameters)),
        (t("facts.steps"), card.steps is not None and f"{card.steps:,}"),
        (t("facts.time"), card.seconds is not None and _trained(card)),
        (t("facts.created"), card.created and plain(card.created.replace("T", " ")[:16])),
        (t("facts.licence"), card.licence and plain(card.licence)),
        *((plain(number.measure), measured(number)) for number in card.metrics),
        (t("facts.measured"), not card.metrics and t("facts.not_measured")),
    ]
    return [(what, text) for what, text in told if text]


def measured(number: Number) -> str:
    """Return a number with all that makes it one: interval, extractor, counts, split and seed."""
    interval = f" [{number.low:.3g}, {number.high:.3g}]" if number.low is not None and number.high is not None else ""
    with_what = [
        number.extractor and plain(number.extractor),
        number.n_fake and t("facts.pictures", count=number.n_fake),
        number.n_real and number.split and t("facts.against", count=number.n_real, split=number.split),
        number.seed is not None and t("facts.seed", seed=number.seed),
    ]
    told = ", ".join(word for word in with_what if word)
    return f"{number.value:.4g}{interval}" + (f" ({told})" if told else "")


def duration(seconds: float) -> str:
    """Return a time as people say it."""
    if seconds < 90:
        return t("facts.seconds", count=seconds)
    return t("facts.minutes", count=seconds / 60) if seconds < 5400 else t("facts.hours", count=seconds / 3600)


def _trained(card: Card) -> str:
    time = duration(card.seconds or 0)
    return t("facts.time_on", time=time, device=plain(card.device)) if card.device else time


def _shape(shape: tuple[int, ...]) -> str:
    if len(shape) < 3:
        return t("facts.points")
    channels, height, width = shape
    return t("facts.grey" if channels == 1 else "facts.colour", height=height, width=width)
