"""Ship an own extractor: its folder, with the data's licence and what real training pictures reach on its card.

    python pretrained/ship_extractor.py mnist-classifier

Every number is shown beside the same number of real training pictures; on the card, nobody has to compute it.
Shipped extractors are committed once, when they are final.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from ganlab import files
from ganlab.data import licence_of
from ganlab.errors import GanlabError, MetricError
from ganlab.metrics import shelf
from ganlab.metrics.evaluate import floors
from ganlab.metrics.extractor import Extractor, ExtractorCard, read_network
from ganlab.metrics.reference import Reference

N = 10_000  # pictures that members are usually measured with


def ship(name: str) -> Path:
    """Copy the extractor ``name`` of the workspace into ``pretrained/extractors``.

    Raises:
        GanlabError: It is not there, is not what its card states, or was shipped before.
    """
    own, folder = shelf.own_folder() / name, shelf.shipped_folder() / name
    if not (own / shelf.CARD).is_file():
        raise MetricError(f"There is no extractor in {str(own)!r}: make it by `python -m ganlab extractors make`.")
    if folder.exists():
        raise MetricError(f"{str(folder)!r} is there already: delete it first.")
    card = ExtractorCard.read((own / shelf.CARD).read_text(encoding="utf-8"))
    data = {part: (own / part).read_bytes() for part in (shelf.WEIGHTS, shelf.REFERENCE)}
    stated = {shelf.WEIGHTS: card.weights_sha256, shelf.REFERENCE: card.reference_sha256}
    for part, digest in stated.items():
        if files.sha256(own / part) != digest:
            raise MetricError(f"{part} of {name!r} is not the one its card describes.")
    extractor = Extractor(card, read_network(card, own / shelf.WEIGHTS))
    card = card.model_copy(
        update={"licence": licence_of(card.dataset), "floors": known_floors(extractor, data[shelf.REFERENCE])}
    )
    with files.building(folder) as part:
        for file, content in data.items():
            files.write_bytes(part / file, content)
        files.write_json(part / shelf.CARD, card.model_dump(mode="json"))
    return folder


def known_floors(extractor: Extractor, stored: bytes) -> dict[str, dict[str, float]]:
    """Return what real training pictures reach at the usual number against test and validation split."""
    reference = Reference.from_bytes(extractor.card.dataset, stored)
    n = min(N, len(reference.features["train"]))
    found = {f"{split}-{n}": floors(extractor, reference, n, split) for split in ("test", "validation")}
    return {key: each for key, each in found.items() if each}


if __name__ == "__main__":
    for asked in sys.argv[1:]:
        try:
            print(ship(asked))
        except GanlabError as error:
            sys.exit(str(error))
