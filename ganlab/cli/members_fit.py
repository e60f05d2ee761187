"""``members encoder`` and ``members density``: what is fitted to finished members."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from ganlab.cli.evaluate import Device
from ganlab.cli.members import Name
from ganlab.cli.output import Json, Yes, as_json, confirm, say
from ganlab.cli.progress import How, check_how, use_all_cores, watch
from ganlab.data import load_dataset, size_options
from ganlab.errors import MemberError, SpecError
from ganlab.members import fitting, store

if TYPE_CHECKING:
    from ganlab.metrics.evaluate import Progress

_STEPS, _MOST_STEPS, _MOST_COMPONENTS = 5_000, 1_000_000, 200
Seed = Annotated[int, typer.Option(metavar="SEED", help="Of all chance in it.")]


def encoder(
    name: Name,
    *,
    steps: Annotated[int, typer.Option(metavar="N", help="Batches of 64 pictures.")] = _STEPS,
    seed: Seed = 0,
    device: Device = "auto",
    yes: Yes = False,
    progress: How = None,
    json: Json = False,
) -> None:
    """Fit an encoder to an own GAN, which then finds latents for given pictures.

    The generator stays as it is. After Ctrl-C the member is what it was.
    """
    check_how(progress)
    if not 1 <= steps <= _MOST_STEPS:
        raise SpecError(f"steps is {steps:,}; allowed: 1 to {_MOST_STEPS:,}.")
    _check_seed(seed)
    entry = store.catalogue()[name]
    fitting.check_encoder(entry.card, shipped=entry.shipped)
    if entry.card.encoder is not None:
        confirm(f"{name!r} has an encoder already. Fit another in its place?", yes)
    kept = watch(name, _fitting(entry, steps, seed, device), progress)
    say(f"{name!r} finds latents now. Measure how well: python -m ganlab evaluate {name}")
    if json:
        as_json({"member": name, "encoder": kept.card.encoder.model_dump(mode="json")})


def density(
    name: Name,
    new: Annotated[str, typer.Argument(metavar="NEW", help="What to call the new member.")],
    *,
    components: Annotated[
        int | None, typer.Option(metavar="K", help="Gaussians.  [default: what validation pictures say]")
    ] = None,
    seed: Seed = 0,
    device: Device = "auto",
    progress: How = None,
    json: Json = False,
) -> None:
    """Make a new member of an autoencoder, which draws from Gaussians fitted to its codes instead of the prior."""
    check_how(progress)
    if components is not None and not 1 <= components <= _MOST_COMPONENTS:
        raise SpecError(f"components is {components}; allowed: 1 to {_MOST_COMPONENTS}.")
    _check_seed(seed)
    entry = store.catalogue()[name]
    fitting.check_density(entry.card)
    store.check_free(new)
    kept = watch(new, _drawing(entry, new, components, seed, device), progress)
    told = kept.card.density
    say(
        f"{new!r} is a member now: {name!r} with {told.components} Gaussian{'s' * (told.components > 1)} for its codes."
    )
    if json:
        as_json({"member": new, "density": told.model_dump(mode="json")})


def _drawing(
    entry: store.Entry, new: str, components: int | None, seed: int, device: str
) -> "Iterator[Progress | store.Entry]":
    use_all_cores()

    from ganlab import device as devices
    from ganlab.members.loading import load_network
    from ganlab.members.networks import to_bytes
    from ganlab.metrics.evaluate import Progress
    from ganlab.training.density import fit

    place, card = devices.choose(device), entry.card
    yield Progress(f"reading {card.dataset}", 0.0, 0.0, None)
    data = load_dataset(card.dataset, **size_options(card.dataset, card.shape))
    for event in fit(load_network(entry, place), data, components, seed=seed):
        if isinstance(event, Progress):
            yield event
        else:
            file, weights = to_bytes(event.networks)
            yield store.keep(event.card.model_copy(update={"name": new, "weights": weights}), file)


def _fitting(entry: store.Entry, steps: int, seed: int, device: str) -> "Iterator[Progress | store.Entry]":
    use_all_cores()

    from ganlab import device as devices
    from ganlab.members.loading import load_network
    from ganlab.metrics.evaluate import Progress
    from ganlab.training.encoder import fit

    place = devices.choose(device)
    card = entry.card
    yield Progress(f"reading {card.dataset}", 0.0, 0.0, None)
    data = load_dataset(card.dataset, **size_options(card.dataset, card.shape))
    for event in fit(load_network(entry), data, steps, seed=seed, device=place):
        yield event if isinstance(event, Progress) else store.add_encoder(_unchanged(entry), *event)


def _unchanged(entry: store.Entry) -> store.Entry:
    """Return a member as it is now.

    Raises:
        MemberError: It is another one than when the work began.
    """
    now = store.catalogue()[entry.name]
    if now.card.digest() != entry.card.digest():
        raise MemberError(f"{entry.name!r} is not the member it was when this began: do it again.")
    return now


def _check_seed(seed: int) -> None:
    if not 0 <= seed < 2**63:
        raise SpecError(f"seed is {seed}; allowed: a whole number from 0 to {2**63 - 1}.")
