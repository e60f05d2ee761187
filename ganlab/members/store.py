"""The store: ``pretrained/`` (read only) and ``workspace/members/``, a folder a member. No torch here.

A member folder holds ``card.json`` and, unless it is a recipe, ``weights.safetensors``; where an encoder was fitted
to a finished generator also ``encoder.safetensors``, and where a recipe's rule was fitted ``fit.safetensors``.  What
does not fit is refused by name with the reason; the rest of the catalogue still loads.
"""

import errno
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ganlab import files
from ganlab.data import DATASETS
from ganlab.errors import DiskError, GanlabError, MemberError, unknown
from ganlab.lock import alone
from ganlab.members.card import OF_ENCODERS, Card, Encoder, Measurement, Weights
from ganlab.members.fitting import check_encoder
from ganlab.spec import check_name
from ganlab.spec.asked import LONGEST

WEIGHTS, ENCODER, FIT, CARD = "weights.safetensors", "encoder.safetensors", "fit.safetensors", "card.json"
_RENAMED = ".renamed.json"  # {"from", "to"}: why a card has another name than its folder, until it has the same
_KINDS = ("gan", "vaegan", "vae", "rule-based", "noise", "fused")  # of shipped members, in order


@dataclass(frozen=True)
class Entry:
    """A member on disk: its card and where it lies.

    Attributes:
        card: Checked, and its weights file has the size and hash it states.
        folder: Where both files are.
        shipped: It came with ganlab and cannot be renamed or deleted.
    """

    card: Card
    folder: Path
    shipped: bool

    @property
    def name(self) -> str:
        """The member's name, unique in the catalogue."""
        return self.card.name


@dataclass(frozen=True)
class Refused:
    """A folder in a store that is no whole member, and why."""

    name: str
    folder: Path
    reason: str


@dataclass(frozen=True)
class Catalogue:
    """What a look at the stores found: shipped members first, by dataset and kind, then own ones by name.

    Within a dataset shipped members that started from another one, or know only some of its rows, come last.
    """

    entries: tuple[Entry, ...]
    refused: tuple[Refused, ...]

    def __getitem__(self, name: str) -> Entry:
        for entry in self.entries:
            if entry.name == name:
                return entry
        for broken in self.refused:
            if broken.name == name:
                raise MemberError(f"Member {name!r} cannot be used: {broken.reason}")
        raise unknown("member", name, [entry.name for entry in self.entries])

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def beside(self, entries: Iterable[Entry]) -> "Catalogue":
        """Return it with members that are not in the store yet."""
        return Catalogue((*self.entries, *entries), self.refused)

    def __contains__(self, name: object) -> bool:
        return any(entry.name == name for entry in self.entries)


def shipped_folder() -> Path:
    """Return the folder of the members that come with ganlab."""
    return files.pretrained() / "members"


def own_folder() -> Path:
    """Return the folder of the members made here."""
    return files.home() / "members"


def catalogue() -> Catalogue:
    """Look at both stores; every call sees what is there now."""
    entries: dict[str, Entry] = {}
    refused: list[Refused] = []
    for store, shipped in ((shipped_folder(), True), (own_folder(), False)):
        if not store.is_dir():
            continue
        for folder in sorted(store.iterdir()):
            if folder.name.startswith(".") or not folder.is_dir():
                continue
            try:
                card = read_card(folder)
                if shipped:
                    card = _with_own_numbers(card)
                if card.name in entries:
                    raise MemberError(f"another member is called {card.name!r} already; rename one of the folders.")
                entries[card.name] = Entry(card, folder, shipped)
            except GanlabError as error:
                refused.append(Refused(folder.name, folder, str(error)))
            except OSError as error:
                refused.append(Refused(folder.name, folder, f"it cannot be read ({error.strerror})."))
    return Catalogue(tuple(sorted(entries.values(), key=_place)), tuple(refused))


def _place(entry: Entry) -> tuple:
    """Return where a member stands: what people meet first comes first."""
    if not entry.shipped:
        return (1, entry.name)
    card, datasets = entry.card, DATASETS.names
    dataset = datasets.index(card.dataset) if card.dataset in datasets else len(datasets)
    second = card.rows is not None or (card.spec is not None and card.spec.start is not None)
    return (0, dataset, second, _KINDS.index(card.kind), entry.name)


def read_card(folder: Path) -> Card:
    """Read a member folder's card and compare its weights with what the card states.

    Raises:
        GanlabError: A file is missing, foreign, truncated or edited.
    """
    path = folder / CARD
    if not path.is_file():
        raise MemberError(f"its folder has no {CARD}.")
    if path.stat().st_size > LONGEST:
        raise MemberError(f"its {CARD} has {path.stat().st_size:,} bytes; a card has at most {LONGEST:,}.")
    try:
        card = Card.read(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise MemberError(f"its {CARD} is no text.") from None
    except RecursionError:
        raise MemberError(f"its {CARD} is nested too deeply.") from None
    if card.name != folder.name and _is_renamed(folder, card.name):
        card = card.model_copy(update={"name": folder.name})
    if card.name != folder.name:
        raise MemberError(f"its card is that of {card.name!r}, but its folder is called {folder.name!r}.")
    if card.weights is None and card.spec is not None:
        raise MemberError(f"its {CARD} does not state its weights.")
    for name, stated in stated_files(card).items():
        check_weights(folder / name, stated)
    return card


def stated_files(card: Card) -> dict[str, Weights]:
    """Return the names of the files that belong beside a card, with what it states of each."""
    stated = {WEIGHTS: card.weights, ENCODER: card.encoder, FIT: card.fit}
    return {name: each for name, each in stated.items() if each is not None}


def read_shipped(name: str) -> Entry:
    """Return a member that came with ganlab as it lies there, without numbers measured here.

    Raises:
        MemberError: It is missing or broken.
    """
    folder = shipped_folder() / name
    return Entry(read_card(folder), folder, shipped=True)


def check_weights(path: Path, stated: Weights) -> None:
    """Refuse a file of weights that is not the one its card states.

    Raises:
        MemberError: It is missing, has another size, or another hash.
    """
    if not path.is_file():
        raise MemberError(f"its folder has no {path.name}.")
    facts = path.stat()
    if facts.st_size != stated.size:
        raise MemberError(
            f"its {path.name} has {facts.st_size:,} bytes, but its card states {stated.size:,}: "
            "it is truncated or foreign."
        )
    if _hash(path, facts.st_mtime_ns, facts.st_size) != stated.sha256:
        raise MemberError(f"its {path.name} is not the one its card describes (the SHA-256 differs): it was edited.")


@lru_cache(maxsize=4096)
def _hash(path: Path, changed: int, size: int) -> str:  # the last two tell when a file is another
    return files.sha256(path)


def write(
    folder: Path,
    card: Card,
    weights: bytes | None,
    encoder: bytes | None = None,
    fit: bytes | None = None,
    *,
    over: bool = False,
) -> None:
    """Write a member folder that is whole or not there; ``over``, also in the place of another one.

    Raises:
        MemberError: Something is there already.
        DiskError: It cannot be written.
    """
    if folder.exists() and not over:
        raise _taken(folder.name)
    with _naming(folder.name), files.building(folder, over) as part:
        for name, data in ((WEIGHTS, weights), (ENCODER, encoder), (FIT, fit)):
            if data is not None:
                files.write_bytes(part / name, data)
        files.write_json(part / CARD, card.model_dump(mode="json"))


def keep(card: Card, weights: bytes | None = None, fit: bytes | None = None) -> Entry:
    """Add a member to the workspace under its card's name.

    Raises:
        MemberError: The name is taken, also by a shipped member, or not allowed.
    """
    check_free(card.name)
    folder = own_folder() / card.name
    write(folder, card, weights, fit=fit)
    return Entry(card, folder, shipped=False)


def check_free(name: str) -> None:
    """Refuse a name that no new member can have.

    Raises:
        MemberError: It is taken, by a whole member or a broken one, or not allowed.
    """
    try:
        check_name(name)
    except ValueError as error:
        raise MemberError(f"{error}.") from None
    if name in catalogue() or (own_folder() / name).exists():
        raise _taken(name)


def rename(old: str, new: str) -> Entry:
    """Rename an own member.

    Raises:
        MemberError: It is shipped, the new name is taken or not allowed, or a recipe names the old one.
    """
    with _changing(), _naming(new):
        entry = _own(old, "renamed")
        if new == old:
            return entry
        check_free(new)
        folder, target = entry.folder, own_folder() / new
        # To rename the folder is the one step that counts: a pulled plug leaves the old name or the new one.
        files.write_json(folder / _RENAMED, {"from": old, "to": new})
        with files.telling(target):
            folder.rename(target)
            files.flush(target.parent)
        return _told_name(Entry(entry.card.model_copy(update={"name": new}), target, shipped=False))


def delete(name: str) -> None:
    """Delete an own member; a folder that was refused can be deleted too.

    Raises:
        MemberError: It is shipped, or a recipe is made of it.
        UnknownName: There is none.
    """
    with _changing():
        found = catalogue()
        for broken in found.refused:
            if broken.name == name and name not in found and broken.folder.parent == own_folder():
                files.remove(broken.folder)
                return
        files.remove(_own(name, "deleted").folder)


def settle() -> None:
    """Bring to an end what a pulled plug interrupted: leftovers go, and cards of renamed members learn their names.

    The app and each training do this when they start.
    """
    files.clear_leftovers(files.home())
    for note in own_folder().glob(f"*/{_RENAMED}"):
        with suppress(GanlabError):
            settled(Entry(read_card(note.parent), note.parent, shipped=False))


def settled(entry: Entry) -> Entry:
    """Return an entry whose files say what it says: where renaming was broken off, its card learns the name."""
    if not (entry.folder / _RENAMED).exists():
        return entry
    with _changing():
        return _told_name(entry)


def users(name: str) -> list[str]:
    """Return the names of the fused members made of ``name``."""
    return [entry.name for entry in catalogue() if entry.card.recipe and name in entry.card.recipe.members]


def update_card(entry: Entry, **changes: object) -> Entry:
    """Return the entry with a changed card, written in place.

    Raises:
        MemberError: The member is gone.
    """
    with _changing():
        return _updated(entry, **changes)


def _updated(entry: Entry, **changes: object) -> Entry:
    card = Card.read(json.dumps(entry.card.model_copy(update=changes).model_dump(mode="json")))
    if not entry.folder.is_dir():  # deleted or renamed meanwhile: a card alone would be half a member
        raise MemberError(f"There is no member called {entry.name!r} any more.")
    files.write_json(entry.folder / CARD, card.model_dump(mode="json"))
    return Entry(card, entry.folder, entry.shipped)


def add_encoder(entry: Entry, data: bytes, encoder: Encoder) -> Entry:
    """Give an own GAN an encoder, in the place of one that was fitted before; its pictures stay what they are.

    What was measured of another encoder leaves the card.

    Args:
        entry: Of the member.
        data: The encoder's safetensors file.
        encoder: What the card shall state of it.

    Raises:
        MemberError: The member cannot be given one.
    """
    check_encoder(entry.card, shipped=entry.shipped)
    with _changing():
        if entry.card.encoder is not None:
            entry = _updated(entry, encoder=None)  # at every moment card and files agree
        if entry.folder.is_dir():
            files.write_bytes(entry.folder / ENCODER, data)
        metrics = (
            each.model_copy(
                update={"numbers": {name: n for name, n in each.numbers.items() if name not in OF_ENCODERS}}
            )
            for each in entry.card.metrics
        )
        return _updated(entry, encoder=encoder, metrics=tuple(metrics))


def add_measurement(entry: Entry, measured: Measurement) -> Entry:
    """Put a measurement on a member's card, in the place of an older one of the same question.

    Cards that came with ganlab stay as they are: numbers measured here lie beside them in the workspace.
    """
    with _changing():
        if not entry.shipped:
            known = (
                read_card(entry.folder) if entry.folder.is_dir() else entry.card
            )  # another process may have measured
            return _updated(entry, metrics=_replaced(known.metrics, measured))
        path = _own_numbers(entry.card)
        own = _replaced(_read_numbers(path), measured)
        files.write_json(path, [each.model_dump(mode="json") for each in own])
    metrics = _replaced(entry.card.metrics, measured)
    return Entry(entry.card.model_copy(update={"metrics": metrics}), entry.folder, entry.shipped)


def _replaced(old: tuple[Measurement, ...], new: Measurement) -> tuple[Measurement, ...]:
    return (*(each for each in old if not each.same_question(new)), new)


def _own_numbers(card: Card) -> Path:
    return files.home() / "measured" / f"{card.digest()}.json"


def _read_numbers(path: Path) -> tuple[Measurement, ...]:
    """Return the numbers in a file; what cannot be read is left out, for it can be measured again."""
    try:
        return tuple(Measurement.read(each) for each in json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, GanlabError):
        return ()


def _with_own_numbers(card: Card) -> Card:
    metrics = card.metrics
    for measured in _read_numbers(_own_numbers(card)):
        metrics = _replaced(metrics, measured)
    return card if metrics is card.metrics else card.model_copy(update={"metrics": metrics})


def _own(name: str, done: str) -> Entry:
    entry = catalogue()[name]
    if entry.shipped:
        raise MemberError(f"{name!r} comes with ganlab and cannot be {done}.")
    if made := users(name):
        raise MemberError(f"{name!r} cannot be {done}: {', '.join(map(repr, made))} is made of it. Delete that first.")
    return entry


@contextmanager
def _changing() -> Iterator[None]:
    """Keep other processes and visitors from changing members meanwhile: two apps may share a workspace."""
    with alone(files.home() / ".members.lock"):
        yield


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Say that a name is taken, also where it was taken a moment ago."""
    try:
        yield
    except DiskError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            raise _taken(name) from None
        raise


def _taken(name: str) -> MemberError:
    return MemberError(f"There is a member called {name!r} already: choose another name.")


def _is_renamed(folder: Path, card: str) -> bool:
    """Return whether a folder was renamed, and the card did not learn it yet."""
    try:
        return json.loads((folder / _RENAMED).read_text(encoding="utf-8")) == {"from": card, "to": folder.name}
    except (OSError, ValueError, RecursionError):
        return False


def _told_name(entry: Entry) -> Entry:
    files.write_json(entry.folder / CARD, entry.card.model_dump(mode="json"))
    with files.telling(entry.folder):
        (entry.folder / _RENAMED).unlink(missing_ok=True)
    return entry
