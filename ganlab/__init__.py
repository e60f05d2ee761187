"""ganlab: train and fuse generative adversarial networks, and see what fusion does.

The public names load on first use, so that ``import ganlab`` costs nothing.
"""

from ganlab.lazy import lazily

__version__ = "0.1.0"

_PUBLIC = {
    "load": "ganlab.fusion",
    "fuse": "ganlab.fusion",
    "MemberSpec": "ganlab.spec",
    "Recipe": "ganlab.spec",
    "train": "ganlab.training",
    "load_dataset": "ganlab.data",
    "GanlabError": "ganlab.errors",
}
__all__ = [*_PUBLIC]  # noqa: PLE0604 - the names above, listed once
__getattr__ = lazily(__name__, _PUBLIC)
