"""Specs that work on the first click; what a preset does not name stays usual."""

from typing import Any

PRESETS: dict[str, dict[str, Any]] = {
    "first": {"dataset": "digits", "network": "mlp", "objective": "nonsaturating", "steps": 3_000, "ema": 0.99},
    "ring": {
        "dataset": "ring8",
        "network": "toy",
        "objective": "nonsaturating",
        "batch_size": 128,
        "steps": 3_000,
        "ema": 0.98,
    },
    "mnist": {"dataset": "mnist", "network": "dcgan", "objective": "hinge", "spectral_norm": True, "steps": 10_000},
    "collapse": {
        "dataset": "ring8",
        "network": "toy",
        "objective": "minimax",
        "batch_size": 128,
        "learning_rate_generator": 0.002,
        "learning_rate_critic": 0.0005,
        "steps": 3_000,
        "ema": 0.0,
    },
}
