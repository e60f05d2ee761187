"""Members: trained generative models with their cards, and the store that keeps them.

``card`` and ``store`` load without torch, so that a list of members opens at once; ``member`` is torch.
"""

from typing import Any

_WHERE = {
    "Card": "ganlab.members.card",
    "Number": "ganlab.members.card",
    "Member": "ganlab.members.member",
    "NetworkMember": "ganlab.members.member",
    "load_network": "ganlab.members.member",
}
__all__ = [*_WHERE]  # noqa: PLE0604 - the names above, listed once


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'ganlab.members' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_WHERE[name]), name)
