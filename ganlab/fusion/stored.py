"""Members in the store, networks or recipes: opened by name, fused ones kept as what they are made of."""

import torch

from ganlab.errors import GanlabError, MemberError
from ganlab.fusion import fuse
from ganlab.fusion.fitted import Fitted
from ganlab.members import baseline, store
from ganlab.members.loading import load_network
from ganlab.members.member import Member
from ganlab.spec import check_name

_SAME = ("dataset", "shape", "latent_dim", "walk_dim", "conditional")  # on the card of a recipe and of what it makes


def open_member(
    name: str,
    device: torch.device | None = None,
    inside: tuple[str, ...] = (),
    shelf: store.Catalogue | None = None,
) -> Member:
    """Load a stored member.

    Args:
        name: Of the member.
        device: Where it shall draw; the CPU by default.
        inside: Names of the recipes on the way here, against circles.
        shelf: Where to look; in the store as it is now by default.

    Raises:
        UnknownName: There is none.
        MemberError: It cannot be used.
    """
    shelf = shelf or store.catalogue()
    entry = shelf[name]
    recipe = entry.card.recipe
    if recipe is None:
        return open_plain(entry, device)
    if name in inside:
        raise MemberError(f"Member {name!r} cannot be used: its recipe leads back to itself.")
    try:
        parts = [open_member(part, device, (*inside, name), shelf) for part in recipe.members]
        for part in parts:
            if entry.card.made_of.get(part.name) != part.card.digest():
                raise MemberError(f"{part.name!r} is not the one it was made of.")
        fit = Fitted.read(entry.folder / store.FIT) if entry.card.fit else None
        fused = fuse(parts, recipe.rule, recipe.weights, name, recipe.options, fit=fit)
        for fact in _SAME:
            if getattr(entry.card, fact) != getattr(fused.card, fact):
                raise MemberError(f"its card contradicts its own recipe in {fact}.")
    except GanlabError as error:
        raise MemberError(f"Member {name!r} cannot be used: {error}") from None
    fused.card = entry.card
    return fused


def open_plain(entry: store.Entry, device: torch.device | None = None) -> Member:
    """Load a stored member that is no fusion: networks, or rules that need none.

    Raises:
        MemberError: It cannot be used.
    """
    kind = baseline.KINDS.get(entry.card.kind)
    return kind(entry.card, device) if kind else load_network(entry, device)


def keep_recipe(member: Member, name: str) -> store.Entry:
    """Keep a fused member under a name, with its rule's fit where there is one.

    Raises:
        MemberError: It is no fusion, the name is taken or not allowed, or a part is not kept itself.
    """
    if member.card.recipe is None:
        raise MemberError(f"{member.name!r} is no fusion: only a recipe can be kept this way.")
    try:
        check_name(name)
    except ValueError as error:
        raise MemberError(f"{error}.") from None
    kept = store.catalogue()
    for part, digest in member.card.made_of.items():
        if part not in kept or kept[part].card.digest() != digest:
            raise MemberError(f"{name!r} is made of {part!r}, which is not in the store: keep that one first.")
    fit = member.rule.fitted.to_bytes() if member.card.fit else None
    return store.keep(member.card.model_copy(update={"name": name}), fit=fit)
