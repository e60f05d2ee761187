"""What all visitors share is bounded by its size, and made once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganlab.errors import FusionError
from ganlab.ui.cache import Cache, size

WAIT = 30.0


def test_of_many_who_ask_at_once_one_makes_it():
    cache, asking, made = Cache(1_000_000), threading.Barrier(8), []
    begun, go_on = threading.Event(), threading.Event()

    def make():
        made.append(threading.get_ident())
        begun.set()
        assert go_on.wait(WAIT)
        return np.zeros(3)

    def ask():
        asking.wait(WAIT)
        return cache.made("key", make)

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask) for _ in range(8)]
        assert begun.wait(WAIT)
        go_on.set()
        found = [each.result(WAIT) for each in asked]
    assert len(made) == 1
    assert all(each is found[0] for each in found)


def test_what_could_not_be_made_is_told_and_tried_again():
    cache = Cache(1_000)

    def fail():
        raise FusionError("Not now.")

    with pytest.raises(FusionError, match="Not now"):
        cache.made("key", fail)
    assert cache.made("key", lambda: 7) == 7
    assert cache.made("key", fail) == 7


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 60)), max_size=40))
def test_there_is_never_more_than_there_is_room(asked):
    cache = Cache(100, lambda value: value)
    for key, value in asked:
        cache.put(key, value)
        held = [found for each in range(6) if (found := cache.get(each)) is not None]
        assert sum(held) <= 100
        assert cache.get(key) == value


def test_what_is_larger_than_the_room_is_made_but_not_held():
    cache = Cache(100, lambda value: value)
    assert cache.made("large", lambda: 101) == 101
    assert cache.get("large") is None


def test_what_was_used_longest_ago_goes_first():
    cache = Cache(3, lambda value: 1)
    for key in "abc":
        cache.put(key, key)
    cache.get("a")
    cache.put("d", "d")
    assert [cache.get(key) for key in "abcd"] == ["a", None, "c", "d"]


def test_what_nobody_uses_for_a_while_goes():
    now = [0.0]
    cache = Cache(10, lambda value: 1, keep=100, clock=lambda: now[0])
    cache.put("used", 1)
    cache.put("left", 2)
    for _ in range(5):
        now[0] += 60
        assert cache.made("used", lambda: 3) == 1
    assert cache.get("left") is None
    now[0] += 101
    assert cache.made("used", lambda: 3) == 3


@dataclass
class Held:
    pixels: np.ndarray
    told: dict


@pytest.mark.parametrize(
    ("value", "least"),
    [
        (b"x" * 5_000, 5_000),
        (np.zeros((10, 100)), 8_000),
        (torch.zeros(3, 500), 6_000),
        ([np.zeros(100), {"a": b"y" * 900}], 1_700),
        (Held(np.zeros(1_000, np.uint8), {"b": torch.zeros(250)}), 2_000),
        ([0.5] * 1_000, 8_000),
        (None, 1),
    ],
)
def test_sizes_are_those_of_what_is_held(value, least):
    assert least <= size(value) <= least + 10_000
