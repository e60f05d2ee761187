"""Stored members with weights, opened: the networks are rebuilt from the card, and nothing is unpickled."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from ganlab.errors import MemberError, SpecError
from ganlab.members.card import Card
from ganlab.members.density import Density
from ganlab.members.member import NetworkMember
from ganlab.members.networks import count, outlines
from ganlab.members.store import ENCODER, WEIGHTS, Entry, check_weights, stated_files
from ganlab.spec.asked import LONGEST, refuse_doubles, short

_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)  # of those torch can tell what is finite


def load_network(entry: Entry, device: torch.device | None = None) -> NetworkMember:
    """Load a stored member that has weights; nothing is unpickled.

    Raises:
        MemberError: The weights are not those of the card's spec: a tensor is missing, too many, of
            another shape or type, or not finite.
    """
    card = entry.card
    if card.spec is None or card.weights is None:
        raise MemberError(f"{card.name!r} has no weights of its own.")
    spec = card.spec.resolved()
    fitted = card.encoder is not None
    tensors = (_read(entry, ENCODER) if fitted else {}) | _read(entry, WEIGHTS)
    empty = _empty(card, tensors)
    for fault in _misfits(empty, tensors):
        raise MemberError(f"Member {card.name!r} cannot be used: its weights do not fit its card: {fault}.")
    networks = _filled(empty, tensors)
    choices = spec.conditional + (card.density is not None)  # numbers that choose a class, or a Gaussian
    facts = (card.latent_dim, card.walk_dim, card.parameters, card.kind, card.conditional)
    if facts != (spec.latent_dim + choices, spec.latent_dim, count(networks["generator"]), spec.kind, spec.conditional):
        raise MemberError(f"Member {card.name!r} cannot be used: its card contradicts its own spec.")
    return NetworkMember(card, networks, device)


def rebuilt(card: Card, tensors: Mapping[str, Tensor], device: torch.device) -> NetworkMember:
    """Return a member that came from another process, of weights as ``to_bytes`` names them."""
    return NetworkMember(card, _filled(_empty(card, tensors), tensors), device)


def _empty(card: Card, tensors: Mapping[str, Tensor]) -> dict[str, nn.Module]:
    """Return a card's networks without weights."""
    spec, fitted = card.spec.resolved(), card.encoder is not None
    # Only what draws, and what the card speaks of, must be there: a critic may have been left out to save room.
    stored = {name.split(".", 1)[0] for name in tensors} | {"generator"} | ({"encoder"} if fitted else set())
    empty = {role: network for role, network in outlines(spec, encoder=fitted).items() if role in stored}
    if card.density is not None:
        with torch.device("meta"):
            empty["density"] = Density(card.density.components, spec.latent_dim)
    return empty


def _filled(empty: dict[str, nn.Module], tensors: Mapping[str, Tensor]) -> dict[str, nn.Module]:
    for role, network in empty.items():
        own = {key.removeprefix(f"{role}."): value for key, value in tensors.items() if key.startswith(f"{role}.")}
        # A copy: in the file's own memory weights lie unaligned, and products would round in another order.
        own = {key: (value.float() if value.is_floating_point() else value).clone() for key, value in own.items()}
        network.load_state_dict(own, assign=True)
    return empty


def _read(entry: Entry, name: str) -> dict[str, Tensor]:
    """Return the tensors of one of a member's files, if it is the one its card states."""
    try:
        check_weights(entry.folder / name, stated_files(entry.card)[name])
        return read_tensors(entry.folder / name)
    except MemberError as error:
        raise MemberError(f"Member {entry.name!r} cannot be used: {error}") from None


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file of any origin, mapped into memory; nothing is unpickled.

    Raises:
        MemberError: It is none, or holds numbers of a kind that no member has.
    """
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = file.read(min(length, LONGEST))
        if length > LONGEST:
            raise MemberError(
                f"its {path.name} is no safetensors file of a member: a header of {length:,} bytes; "
                f"at most {LONGEST:,} are read."
            )
        tensors = safetensors.torch.load_file(path)
    except (safetensors.SafetensorError, OSError, KeyError, ValueError, RuntimeError) as error:
        raise MemberError(f"its {path.name} is no safetensors file ({short(str(error))}).") from None
    try:
        refuse_doubles(header)
    except SpecError as error:
        raise MemberError(f"its {path.name} cannot be used: {error}") from None
    for key, value in tensors.items():
        if value.is_floating_point() and value.dtype not in _FLOATS:
            raise MemberError(f"{short(key)} in its {path.name} has type {value.dtype}, which no member has.")
    return tensors


def _misfits(outlines: dict[str, nn.Module], tensors: dict[str, Tensor]) -> Iterator[str]:
    """Yield what is wrong with tensors for these networks, most telling first."""
    wanted = {f"{role}.{key}": value for role, net in outlines.items() for key, value in net.state_dict().items()}
    for key in sorted(wanted.keys() ^ tensors.keys()):
        yield f"{short(key)} is {'missing' if key in wanted else 'foreign'}"
    for key, value in tensors.items():
        if value.shape != wanted[key].shape:
            yield f"{key!r} has shape {list(value.shape)}, wanted {list(wanted[key].shape)}"
        if value.is_floating_point() != wanted[key].is_floating_point():
            yield f"{key!r} has type {value.dtype}, wanted {wanted[key].dtype}"
        if value.is_floating_point() and not value.isfinite().all():
            yield f"{key!r} holds values that are not finite"
