"""Measurements for tests of pages: every number there is, floors, classes, a note."""

from ganlab.members import store
from ganlab.members.card import Measurement, Number
from ganlab.metrics import MEASURES

PICTURES = [name for name in MEASURES.names if name not in ("high_quality", "reverse_kl", "log_likelihood")]
POINTS = ["modes", "high_quality", "reverse_kl", "log_likelihood"]


def measurement(fid=6.589, **changes):
    """A measurement of pictures of digits, all other numbers a function of ``fid``."""
    numbers = {name: Number(value=fid / 10, low=fid / 11, high=fid / 9) for name in PICTURES}
    numbers |= {"fid": Number(value=fid, low=fid - 0.18, high=fid + 0.2), "modes": Number(value=9.0)}
    numbers["recall"] = Number(value=fid / 12, low=fid / 13, high=fid / 11)
    numbers["kid_std"] = Number(value=0.003)
    facts = {
        "extractor": "digits-classifier",
        "n_fake": 10_000,
        "n_real": 360,
        "split": "test",
        "seed": 0,
        "numbers": numbers,
        "floors": {name: 0.05 + place / 100 for place, name in enumerate(PICTURES) if name != "nearness"},
        "class_shares": (0.2, 0.0, *[0.1] * 8),
        "real_shares": (0.1,) * 10,
    }
    return Measurement(**(facts | changes))


def measurement_of_points(**changes):
    """A measurement of points on the ring of eight, of which two heaps are missing."""
    numbers = {name: Number(value=0.9, low=0.8, high=0.95) for name in POINTS} | {"modes": Number(value=6.0)}
    facts = {
        "extractor": "exact density",
        "n_fake": 2_500,
        "n_real": 100_000,
        "split": "test",
        "seed": 0,
        "numbers": numbers,
        "floors": dict.fromkeys(POINTS, 0.97) | {"modes": 8.0},
        "class_shares": (0.001, 0.0, 0.0, *[0.1998] * 5),
        "real_shares": (0.125,) * 8,
    }
    return Measurement(**(facts | changes))


def put(name, *measured):
    """Put measurements on a member's card."""
    for each in measured:
        store.add_measurement(store.catalogue()[name], each)
