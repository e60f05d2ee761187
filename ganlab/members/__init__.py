"""Members: trained generative models with their cards, and the store that keeps them.

``card`` and ``store`` load without torch, so that a list of members opens at once; ``member`` is torch.
"""

from ganlab.lazy import lazily

_WHERE = {
    "Card": "ganlab.members.card",
    "Measurement": "ganlab.members.card",
    "Number": "ganlab.members.card",
    "Member": "ganlab.members.member",
    "NetworkMember": "ganlab.members.member",
    "load_network": "ganlab.members.loading",
}
__all__ = [*_WHERE]  # noqa: PLE0604 - the names above, listed once
__getattr__ = lazily(__name__, _WHERE)
