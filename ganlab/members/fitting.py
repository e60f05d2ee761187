"""Who can be given what is fitted to finished members: an encoder, or a density of codes. No torch here.

Pages offer only what passes, and the command line refuses the rest with the same sentences.
"""

from ganlab.errors import MemberError
from ganlab.members.card import Card


def check_encoder(card: Card, *, shipped: bool = False) -> None:
    """Refuse a member to which no encoder can be fitted.

    Raises:
        MemberError: It is shipped, has one of its own, or no network.
    """
    if shipped:
        raise MemberError(f"{card.name!r} comes with ganlab as it is: encoders are fitted to your own GANs.")
    if card.kind in ("vae", "vaegan"):
        raise MemberError(f"{card.name!r} was trained with an encoder of its own, which belongs to its generator.")
    if card.kind != "gan":
        raise MemberError(f"{card.name!r} has no network of its own: encoders are fitted to GANs.")
