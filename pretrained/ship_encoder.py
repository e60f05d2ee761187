"""Fit an encoder to a GAN that comes along, and put it beside its weights, with 16 bits.

    python pretrained/ship_encoder.py mnist-dcgan-ns

The member's weights and its digest stay as they are; ``pretrained/measure.py`` then writes what the encoder is worth on
its card.  Own members get theirs by ``python -m ganlab members encoder NAME``, and ``ship.py`` copies it.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from ganlab import device, files
from ganlab.cli.progress import use_all_cores, watch
from ganlab.data import load_dataset, size_options
from ganlab.members import store
from ganlab.members.loading import load_network
from ganlab.training.encoder import STEPS, fit


def ship(name: str, steps: int = STEPS) -> store.Entry:
    """Fit an encoder to the shipped member ``name`` and write it into its folder."""
    entry = store.read_shipped(name)
    data = load_dataset(entry.card.dataset, **size_options(entry.card.dataset, entry.card.shape))
    work = fit(load_network(entry), data, steps, device=device.choose("auto"), half=True)
    file, stated = watch(name, work, None)
    files.write_bytes(entry.folder / store.ENCODER, file)
    return store.update_card(entry, encoder=stated)


if __name__ == "__main__":
    use_all_cores()
    for asked in sys.argv[1:]:
        print(ship(asked).folder)
