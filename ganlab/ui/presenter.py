"""The presenter's key: typed once, compared in constant time, tried a few times a minute; what it opens ends by itself.

``GANLAB_PRESENTER_KEY`` is taken out of the environment when the app starts, so that no process it starts has it.
A tab that gave the key holds a pass, a random word that only this process knows; its browser is given it as a cookie
(``claimed``), so that a reload need not ask again.
"""

import hashlib
import hmac
import math
import os
import secrets
import threading
import time
from dataclasses import dataclass, field

from ganlab.errors import NotAllowed
from ganlab.ui.i18n import t

VARIABLE = "GANLAB_PRESENTER_KEY"
LEAST = 8  # characters; fewer could be guessed
HOURS = 12  # that a pass holds: a forgotten browser is a visitor's the next day
_TRIES, _EVERY = 5, 6.0  # at once, and the seconds after which there is another: 14,000 a day, by all together
_CLAIM = 60.0  # seconds in which a browser fetches its cookie
_LONGEST = 1_000  # characters; nothing longer is looked at

_key: str | None = None
_passes: dict[str, float] = {}  # and until when each holds
_claims: dict[str, tuple[str, float]] = {}
_guard = threading.Lock()


@dataclass
class Tries:
    """How often a key may be tried: some times at once, and again one after a while, by all visitors together.

    Attributes:
        left: Tries that may be made now.
        since: When that was true, in seconds of a clock that only goes forward.
    """

    left: float = _TRIES
    since: float = field(default_factory=lambda: time.monotonic())  # noqa: PLW0108 - tests have a clock of their own

    def wait(self) -> int:
        """Take a try and return 0, or return the seconds until there is one."""
        now = time.monotonic()
        self.left, self.since = min(_TRIES, self.left + (now - self.since) / _EVERY), now
        if self.left < 1:
            return math.ceil((1 - self.left) * _EVERY)
        self.left -= 1
        return 0


_tries = Tries()


def take_key() -> None:
    """Take the key out of the environment; for the app's start."""
    global _key  # noqa: PLW0603 - one key a process
    _key = os.environ.pop(VARIABLE, None)


def is_wanted() -> bool:
    """Return whether a key was given at the start, be it one that can be used or not."""
    return _key is not None


def is_usable() -> bool:
    """Return whether there is a key that is long enough."""
    return _key is not None and len(_key) >= LEAST


def enter(given: str) -> str:
    """Return a pass for a key.

    Raises:
        NotAllowed: It is another one, or too many were tried just now.
    """
    with _guard:
        if wait := _tries.wait():
            raise NotAllowed(t("rights.wait", seconds=wait))
        if not (is_usable() and hmac.compare_digest(_digest(given[:_LONGEST]), _digest(_key))):
            raise NotAllowed(t("rights.wrong_key"))
        _tries.left = min(_TRIES, _tries.left + 1)  # whoever knows it takes none from the others
        _forget()
        made = secrets.token_urlsafe(32)
        _passes[made] = time.monotonic() + HOURS * 3_600
        return made


def holds(made: str | None) -> bool:
    """Return whether a pass is one, and still holds."""
    with _guard:
        return made is not None and _passes.get(made, 0.0) > time.monotonic()


def leave(made: str | None) -> None:
    """End a pass, in all tabs that have it."""
    with _guard:
        _passes.pop(made, None)


def claim(made: str) -> str:
    """Return a word by which a browser can fetch this pass as a cookie, once and soon."""
    word = secrets.token_urlsafe(32)
    with _guard:
        _forget()
        _claims[word] = made, time.monotonic() + _CLAIM
    return word


def awaits(word: str) -> bool:
    """Return whether the cookie of a word was not fetched yet, and still can be."""
    with _guard:
        _forget()
        return word in _claims


def claimed(word: str) -> str | None:
    """Return the pass that a word stands for, and forget the word."""
    with _guard:
        _forget()
        return _claims.pop(word, (None, 0.0))[0]


def _forget() -> None:
    """Drop what has ended."""
    now = time.monotonic()
    for name in [name for name, until in _passes.items() if until <= now]:
        del _passes[name]
    for word in [word for word, (_, until) in _claims.items() if until <= now]:
        del _claims[word]


def _digest(text: str) -> bytes:
    # Of one length, so that the comparison takes the same time whatever was given.
    return hashlib.sha256(text.encode(errors="replace")).digest()
