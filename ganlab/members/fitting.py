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


def check_density(card: Card) -> None:
    """Refuse a member to whose codes no density can be fitted.

    Raises:
        MemberError: It is no autoencoder, has one already, or its latent chooses a class.
    """
    if card.kind not in ("vae", "vaegan"):
        raise MemberError(f"{card.name!r} is no autoencoder: a density is fitted to the codes of a VAE or VAE-GAN.")
    if card.density is not None:
        raise MemberError(f"{card.name!r} draws from a density of codes already: take the member it was made of.")
    if card.conditional:
        raise MemberError(f"{card.name!r} draws classes on demand: a density is fitted to members without labels.")
