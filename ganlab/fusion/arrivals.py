"""Members and recipes from elsewhere come into the store: all of a zip, or nothing of it.

Each member is opened and draws a picture before anybody sees it; so tensors that are missing, misshapen or not finite,
fits that do not suit their rule, and recipes whose members are others are refused here, not in front of a class.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from ganlab import files
from ganlab.errors import GanlabError, MemberError, NameTaken
from ganlab.fusion import OPTIONS, fuse
from ganlab.fusion.stored import open_member
from ganlab.members import archive, store
from ganlab.members.card import Card
from ganlab.spec import Recipe, check_name
from ganlab.spec.asked import short


@dataclass(frozen=True)
class Arrived:
    """What an import did.

    Attributes:
        entries: Members that are new in the store.
        there: The names of those in the file that the store had already, the very same.
    """

    entries: tuple[store.Entry, ...]
    there: tuple[str, ...] = ()


def receive(source: Path | bytes, called: Mapping[str, str] | None = None) -> Arrived:
    """Take the members and recipes of a zip into the workspace; a recipe becomes a fused member.

    What is there already, the very same, is left as it is.

    Args:
        source: The file, or its bytes.
        called: New names, by those in the file; fusions of the members follow.

    Raises:
        NameTaken: Another member is called like one in the file.
        GanlabError: The file, or something in it, cannot be used; nothing was changed then.
    """
    home = store.own_folder()
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".import.", suffix=".part", dir=home) as aside:
            there, entries = _prepared(source, called or {}, Path(aside))
            return Arrived(tuple(_moved(entries, home)), tuple(there))
    except OSError as error:
        raise MemberError(f"Members cannot be put into {str(home)!r} ({error.strerror or error}).") from None


def _prepared(source: Path | bytes, called: Mapping[str, str], aside: Path) -> tuple[list[str], list[store.Entry]]:
    """Return the names of what is there already, and the newcomers, each whole and able to draw, in ``aside``."""
    raw, ready = aside / "raw", aside / "ready"
    raw.mkdir()
    ready.mkdir()
    found, shelf = archive.unpack(source, raw), store.catalogue()
    there = _there(found, shelf, called)
    names = _names(found, shelf, called, there)
    entries: list[store.Entry] = []
    for name in _in_order(found):
        if name in there:
            continue
        try:
            _put(name, found, names, ready / names[name], shelf.beside(entries))
            entries.append(_checked(ready / names[name], shelf.beside(entries)))
        except GanlabError as error:
            raise MemberError(f"{name!r} in the zip cannot be used: {error}") from None
    return there, entries


def _there(found: archive.Unpacked, shelf: store.Catalogue, called: Mapping[str, str]) -> list[str]:
    """Return the names in a file of what the store has already: the same pictures under the same name."""
    there = []
    for name, entry in found.members.items():
        if name in shelf and name not in called and shelf[name].card.digest() == entry.card.digest():
            there.append(name)
    for name, recipe in found.recipes.items():
        kept = name in shelf and name not in called and shelf[name].card.recipe == recipe
        if kept and all(part in there for part in recipe.members if part in found.members):
            there.append(name)
    return there


def _names(
    found: archive.Unpacked, shelf: store.Catalogue, called: Mapping[str, str], there: Sequence[str]
) -> dict[str, str]:
    """Return what each newcomer shall be called, if they may be.

    Raises:
        NameTaken: One may not, because another member is called so.
        MemberError: A new name is no name, or is given twice, or to nobody.
    """
    inside = [*found.members, *found.recipes]
    for old, new in called.items():
        if old not in inside:
            raise MemberError(f"{short(old)} is not in the zip: it holds {', '.join(inside[:12])}.")
        try:
            check_name(new)
        except ValueError as error:
            raise MemberError(f"{error}.") from None
    names = {name: called.get(name, name) for name in inside if name not in there}
    given = list(names.values())
    if twice := [name for name in given if given.count(name) > 1]:
        raise MemberError(f"Two members of the zip would be called {twice[0]!r}: choose different names.")
    refused = {broken.name for broken in shelf.refused}
    taken = [old for old, new in names.items() if new in shelf or new in refused]
    if taken:
        raise NameTaken(taken, [names[name] for name in taken])
    return names


def _in_order(found: archive.Unpacked) -> Iterator[str]:
    """Yield the names in a file, what a fusion is made of before the fusion.

    Raises:
        MemberError: A fusion is made of itself.
    """
    recipes = {name: entry.card.recipe for name, entry in found.members.items()} | dict(found.recipes)
    parts = {name: [part for part in each.members if part in recipes] if each else [] for name, each in recipes.items()}
    try:
        yield from TopologicalSorter(parts).static_order()
    except CycleError as error:
        raise MemberError(f"{error.args[1][0]!r} in the zip cannot be used: its recipe leads back to itself.") from None


def _put(name: str, found: archive.Unpacked, names: Mapping[str, str], folder: Path, shelf: store.Catalogue) -> None:
    """Make a newcomer's folder under its new name; of a recipe, by fusing what it names.

    Raises:
        GanlabError: The recipe's members are not there, or do not go together.
    """
    if name in found.recipes:
        recipe = _with_names(found.recipes[name], names)
        parts = [open_member(part, shelf=shelf) for part in recipe.members]
        fused = fuse(parts, recipe.rule, recipe.weights, folder.name, recipe.options)
        store.write(folder, fused.card, None, fit=fused.rule.fitted.to_bytes() if fused.card.fit else None)
    else:
        card = _with_new_names(found, name, names, shelf)
        found.members[name].folder.rename(folder)
        files.write_json(folder / store.CARD, card.model_dump(mode="json"))


def _checked(folder: Path, shelf: store.Catalogue) -> store.Entry:
    """Return a newcomer that is whole and draws the picture that its card promises.

    Raises:
        GanlabError: It is not, or does not.
    """
    entry = store.Entry(store.read_card(folder), folder, shipped=False)
    member = open_member(entry.name, shelf=shelf.beside([entry]))
    try:
        drawn = member.sample(1, 0)
    except GanlabError:
        raise
    except Exception as error:  # arrays of a fit that are not its rule's lead to whatever comes of it
        raise MemberError(f"it cannot draw ({short(str(error))}).") from None
    if tuple(drawn.shape[1:]) != member.shape or not drawn.isfinite().all():
        raise MemberError("what it draws is no picture.")
    return entry


def _with_names(recipe: Recipe, names: Mapping[str, str]) -> Recipe:
    """Return a recipe whose members have their new names."""

    def named(option: str, value: str | float) -> str | float:
        return names.get(value, value) if option in OPTIONS and OPTIONS[option].names_member else value

    members = tuple(names.get(name, name) for name in recipe.members)
    return recipe.model_copy(
        update={"members": members, "options": {o: named(o, v) for o, v in recipe.options.items()}}
    )


def _with_new_names(found: archive.Unpacked, name: str, names: Mapping[str, str], shelf: store.Catalogue) -> Card:
    """Return a member's card with the new names of itself and of what it is made of."""
    card, recipe = found.members[name].card, found.members[name].card.recipe
    if recipe is None:
        return card.model_copy(update={"name": names[name]})
    now = {entry.name: entry.card.digest() for entry in shelf}
    made_of = {}
    for part, digest in card.made_of.items():
        # A fusion's digest holds the names that its options hold; any other digest stays.
        is_it = part in found.members and found.members[part].card.digest() == digest
        made_of[names.get(part, part)] = now.get(names.get(part, part), digest) if is_it else digest
    return card.model_copy(update={"name": names[name], "recipe": _with_names(recipe, names), "made_of": made_of})


def _moved(entries: Sequence[store.Entry], home: Path) -> Iterator[store.Entry]:
    """Show members to everybody, parts before what is made of them; all of them, or none."""
    moved: list[Path] = []
    try:
        for entry in entries:
            entry.folder.rename(home / entry.name)
            moved.append(home / entry.name)
            yield store.Entry(entry.card, moved[-1], shipped=False)
    except OSError:
        for folder in reversed(moved):
            files.remove(folder)
        raise
