"""The parsers that are fuzzed, each a function of bytes that must not raise: a sentence is an answer."""

import tempfile
from contextlib import suppress
from pathlib import Path

from ganlab.errors import GanlabError
from ganlab.images import PNG, remembered
from ganlab.members import archive
from ganlab.members.card import Card
from ganlab.members.film import recipe_in
from ganlab.members.loading import read_tensors
from ganlab.spec import MemberSpec, Walk
from ganlab.spec.remembered import Remembered, of_bytes


def card(data: bytes) -> None:
    """A card, and what is made of one that is right."""
    with suppress(GanlabError):
        found = Card.read(data)
        assert Card.read(found.model_dump_json()) == found
        found.digest()
        found.summary()
        if found.spec is not None:
            assert MemberSpec.read(found.spec.resolved().model_dump_json()).resolved() == found.spec.resolved()


def recipe(data: bytes) -> None:
    """A recipe as a file of either kind."""
    with suppress(GanlabError):
        found = of_bytes(data, "fuzz")
        assert Remembered.read(found.model_dump_json(exclude_none=True)) == found


def walk(data: bytes) -> None:
    """A walk."""
    with suppress(GanlabError):
        found = Walk.read(data)
        assert Walk.read(found.model_dump_json()) == found


def png(data: bytes) -> None:
    """The text in a PNG, with and without its first bytes; the comment of a film."""
    for each in (data, PNG + data):
        text = remembered(each)
        assert text is None or len(text) <= 1_000_000
        recipe(each)
    if data.startswith(b"GIF"):
        recipe_in(data)


def weights(data: bytes) -> None:
    """A file of tensors."""
    with tempfile.NamedTemporaryFile(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as file:
        file.write(data)
        file.flush()
        with suppress(GanlabError):
            for value in read_tensors(Path(file.name)).values():
                value.float().isfinite().all()


def zipped(data: bytes) -> None:
    """A zip of members."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        inner = Path(folder) / "inner"
        inner.mkdir()
        with suppress(GanlabError):
            archive.unpack(data, inner)
        assert [path.name for path in Path(folder).iterdir()] == ["inner"]


PARSERS = {"card": card, "recipe": recipe, "walk": walk, "png": png, "weights": weights, "zip": zipped}
