"""Ship an own member: its weights with 16 bits, the data's licence on its card, a preview beside it.

    python pretrained/ship.py mnist-mlp
    python pretrained/ship.py mnist-specialists-1 mnist-specialists-2 mnist-specialists  # a fusion after its members
    python pretrained/ship.py --without-critic mnist-kin-ls                               # half a GAN, to save room

Shipped weights are committed once, when they are final.  A fusion that ships is one of the members that ship, whose
weights of 16 bits are others than those it was made of.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from ganlab.data import licence_of
from ganlab.fusion.stored import open_member
from ganlab.members import preview, store
from ganlab.members.loading import load_network
from ganlab.members.networks import to_bytes


def ship(name: str, *, critic: bool = True) -> store.Entry:
    """Copy the member ``name`` of the workspace into ``pretrained/members``, with its critic or without."""
    own = store.read_card(store.own_folder() / name)
    card, data, encoder = own.model_copy(update={"metrics": ()}), None, None
    if own.weights is not None:
        member = load_network(store.Entry(own, store.own_folder() / name, shipped=False))
        fitted = {role: member.networks.pop(role) for role in ("encoder",) if own.encoder is not None}
        if not critic:
            del member.networks["critic"]
            card = card.model_copy(update={"critic_parameters": 0})
        data, weights = to_bytes(member.networks, half=True)
        card = card.model_copy(update={"weights": weights, "licence": licence_of(own.dataset)})
        if fitted:
            encoder, stated = to_bytes(fitted, half=True)
            card = card.model_copy(update={"encoder": own.encoder.model_copy(update=stated.model_dump())})
    if own.recipe is not None:
        parts = {part: store.read_shipped(part).card.digest() for part in own.recipe.members}
        card = card.model_copy(update={"made_of": parts, "licence": licence_of(own.dataset)})
    folder = store.shipped_folder() / name
    store.write(folder, card, data, encoder)
    entry = store.Entry(card, folder, shipped=True)
    preview.ship(entry, preview.draw(open_member(name)))
    return entry


if __name__ == "__main__":
    names = [word for word in sys.argv[1:] if word != "--without-critic"]
    for asked in names:
        print(ship(asked, critic=len(names) == len(sys.argv[1:])).folder)
