"""Whom a training may start from and learn from, and who descends from whom. No torch here.

Pages offer only what fits, and the command line refuses the rest with the same sentences.
"""

from collections.abc import Iterator
from hashlib import sha256

from ganlab.errors import MemberError
from ganlab.members import store
from ganlab.members.card import Card
from ganlab.networks import NETWORKS
from ganlab.spec import MemberSpec

_ROLES = {"gan": ("critic",), "vae": ("encoder",), "vaegan": ("critic", "encoder")}  # beside the generator
_OF_CRITICS = ("critic_width", "spectral_norm", "minibatch_discrimination", "pack")
_OF_NO_SHAPE = ("dropout",)  # leaves no trace in the weights
# What is averaged, told or waited for on the way, while the weights that learn go their way.
_OF_NO_WAY = {"ema", "log_every", "preview_every", "checkpoint_every", "score_every", "target_fid", "patience"}


def identity(spec: MemberSpec, start: Card | None = None, teacher: str | None = None) -> str:
    """Return what the members of one run share: a digest of all that was asked for and that changes its steps.

    A run with another memory of its average takes the same steps, and is the same.  In anything else two runs of one
    seed part: common first weights alone do not keep two trainings in one valley (Frankle et al. 2020,
    arXiv:1912.05671).

    Args:
        spec: The run's.
        start: Whose weights were its first ones.
        teacher: What identifies the pictures that were learned, where they were not real.
    """
    # Defaults are left out, so that a field that comes later changes nothing.
    asked = spec.resolved().model_dump_json(exclude_defaults=True, exclude=_OF_NO_WAY)
    return sha256("\n".join([asked, start.digest() if start else "", teacher or ""]).encode()).hexdigest()


def lineage(card: Card) -> tuple[str, ...]:
    """Return the runs and members that a member comes of, its own run first; of fusions and baselines nothing."""
    return card.lineage or (() if card.spec is None else (identity(card.spec),))


def descent(spec: MemberSpec, start: Card | None = None, teacher: str | None = None) -> tuple[str, ...]:
    """Return the lineage of all members of a run; a teacher hands on pictures, but no weights."""
    return (identity(spec, start, teacher), *((start.digest(), *lineage(start)) if start else ()))


def of_rows(found: tuple[str, ...], told: str) -> tuple[str, ...]:
    """Return the lineage of a run that saw other training rows than its spec alone says."""
    return (sha256("\n".join([*found[:1], told]).encode()).hexdigest(), *found[1:])


def are_relatives(one: Card, other: Card) -> bool:
    """Return whether two members have an ancestor in common, or one is the other's."""
    ours, theirs = (
        {*lineage(card), *([card.digest()] if card.weights or card.recipe else [])} for card in (one, other)
    )
    return bool(ours & theirs)


def generators_differ(one: Card, other: Card) -> tuple[str, str, str] | None:
    """Return in which field the generators of two trained members differ, and their values in words; or None."""
    specs = [card.spec.resolved() for card in (one, other)]
    ours, theirs = (_shaping(spec, ()) for spec in specs)
    for field, value in ours.items():
        if theirs.get(field) != value:
            return field, *(_said(getattr(spec, field)) for spec in specs)
    return None


def check_origins(spec: MemberSpec) -> None:
    """Refuse a spec that names a member it cannot start from, or cannot learn from.

    Raises:
        GanlabError: There is none of that name, or it does not fit.
    """
    if spec.start is not None:
        check_start(spec, store.catalogue()[spec.start].card)
    if spec.teacher is not None:
        check_teacher(spec, store.catalogue()[spec.teacher].card)


def starts(network: str, shape: tuple[int, ...]) -> list[str]:
    """Return the names of the kept members that a training of a network might start from, as far as that tells."""
    cards = [entry.card for entry in store.catalogue()]
    return [card.name for card in cards if card.network == network and card.shape == shape]


def teachers(dataset: str, shape: tuple[int, ...]) -> list[str]:
    """Return the names of the kept members that draw what a dataset holds."""
    cards = [entry.card for entry in store.catalogue()]
    return [card.name for card in cards if (card.dataset, card.shape) == (dataset, shape)]


def check_teacher(spec: MemberSpec, card: Card) -> None:
    """Refuse a teacher who draws something else, or does not know the classes that shall be learned.

    Raises:
        MemberError: With what differs.
    """
    if (card.dataset, card.shape) != (spec.dataset, spec.shape):
        raise MemberError(
            f"teacher {card.name!r} draws {card.dataset!r} ({_said(card.shape)}), and the training is of "
            f"{spec.dataset!r} ({_said(spec.shape)}): choose a member of that dataset."
        )
    if spec.conditional and not card.conditional:
        raise MemberError(
            f"teacher {card.name!r} cannot be asked for a class, and the student shall learn classes: "
            "choose a conditional member, or leave conditional out."
        )


def check_start(spec: MemberSpec, card: Card) -> None:
    """Refuse first weights that are not of the networks a spec asks for.

    Raises:
        MemberError: With what differs.
    """
    for fault in _start_faults(spec.resolved(), card):
        raise MemberError(fault)


def _start_faults(spec: MemberSpec, card: Card) -> Iterator[str]:
    if card.spec is None:
        yield f"{card.name!r} has no trained networks of its own: start from a GAN, VAE or VAE-GAN."
        return
    theirs, roles = card.spec.resolved(), _ROLES[spec.kind]
    ours, given = (_shaping(each, roles) for each in (spec, theirs))
    for field, wanted in ours.items():
        if given.get(field) != wanted:
            own = _said(getattr(theirs, field))
            yield (
                f"start {card.name!r} has {field} {own}, and the training asks for {_said(getattr(spec, field))}: "
                f"ask for {own}, or start from another member."
            )
    if spec.conditional and len(theirs.classes) != len(spec.classes):
        yield (
            f"start {card.name!r} knows {len(theirs.classes)} classes, and {spec.dataset!r} has {len(spec.classes)}: "
            "start from another member."
        )
    has = {"critic": card.critic_parameters > 0, "encoder": card.kind in ("vae", "vaegan")}
    for role in roles:
        if not has[role]:
            fitting = " or ".join(kind for kind, needed in _ROLES.items() if role in needed)
            yield (
                f"start {card.name!r} has no {role}, which objective {spec.objective!r} trains: "
                f"start from a {fitting} that has one."
            )


def _shaping(spec: MemberSpec, roles: tuple[str, ...]) -> dict[str, object]:
    """Return the fields of a resolved spec that say which weights its networks have."""
    options = [field for field in NETWORKS[spec.network].facts["options"] if field not in _OF_NO_SHAPE]
    fields = {field: getattr(spec, field) for field in ("network", "shape", "latent_dim", "conditional", *options)}
    fields |= {"grow": bool(spec.grow), "pack": spec.pack or 1}  # however slowly they grow
    return {field: value for field, value in fields.items() if "critic" in roles or field not in _OF_CRITICS}


def _said(value: object) -> str:
    return "none" if value is None else "x".join(map(str, value)) if isinstance(value, tuple) else repr(value)
