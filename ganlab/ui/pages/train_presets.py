"""Specs that work on the first click; what a preset does not name stays usual."""

from typing import Any

from ganlab.data import DATASETS, FOLDER

_FIRST = {
    "dataset": "digits",
    "network": "mlp",
    "objective": "nonsaturating",
    "learning_rate_generator": 5e-4,
    "learning_rate_critic": 5e-4,
    "ema": 0.99,
    "steps": 2_500,
    "log_every": 10,
}
_RING = {
    "dataset": "ring8",
    "network": "toy",
    "objective": "nonsaturating",
    "ema": 0.9,
    "steps": 2_000,
    "log_every": 10,
}
_MNIST = {
    "dataset": "mnist",
    "network": "dcgan",
    "objective": "nonsaturating",
    "spectral_norm": True,
    "dropout": 0.0,
    "ema": 0.99,
    "steps": 3_000,
    "log_every": 10,
}
# Ten times the critic's rate, and no dropout: the generator runs after whatever pleases the critic just now.
_COLLAPSE = {
    "dataset": "digits",
    "network": "mlp",
    "objective": "hinge",
    "dropout": 0.0,
    "learning_rate_generator": 2e-3,
    "learning_rate_critic": 2e-4,
    "steps": 1_500,
    "ema": 0.0,
    "log_every": 10,
}

_VAE = {
    "dataset": "digits",
    "network": "mlp",
    "objective": "elbo",
    "latent_dim": 16,
    "warmup": 300,
    "learning_rate_generator": 1e-3,
    "ema": 0.99,
    "steps": 1_500,
    "log_every": 10,
}
_VAEGAN = {
    "dataset": "digits",
    "network": "mlp",
    "objective": "vaegan",
    "latent_dim": 16,
    "learning_rate_generator": 5e-4,
    "learning_rate_critic": 5e-4,
    "ema": 0.99,
    "steps": 2_000,
    "log_every": 10,
}

PRESETS: dict[str, dict[str, Any]] = {
    "first": _FIRST,
    "vae": _VAE,
    "vaegan": _VAEGAN,
    "ring": _RING,
    "mnist": _MNIST,
    "collapse": _COLLAPSE,
}
ICONS = {
    "first": ":material/bolt:",
    "ring": ":material/bubble_chart:",
    "mnist": ":material/looks_3:",
    "collapse": ":material/warning:",
    "vae": ":material/compress:",
    "vaegan": ":material/stairs:",
}
# The quickest of each kind, and what it needs for pictures that dense networks are too weak for.
_OF_KIND = {"gan": _FIRST, "vae": _VAE, "vaegan": _VAEGAN}
_CONVOLVING = {"network": "dcgan", "learning_rate_generator": 2e-4, "learning_rate_critic": 2e-4, "steps": 3_000}
_SMALL = 8  # pixels a side


def of_kind(kind: str, dataset: str) -> dict[str, Any]:
    """Return a preset for a kind of member, ``gan``, ``vae`` or ``vaegan``, of a dataset of pictures.

    Raises:
        UnknownName: There is no such dataset.
        KeyError: There is no such kind.
    """
    values = _OF_KIND[kind] | {"dataset": dataset}
    if dataset.startswith(FOLDER):
        values |= {"dataset": FOLDER.removesuffix(":"), "folder": dataset.removeprefix(FOLDER)} | _CONVOLVING
    elif DATASETS[dataset].facts["shape"][-1] > _SMALL:
        values |= _CONVOLVING
    return values
