"""The store under keeping, renaming, deleting, packing and taking in, in any order, by any names: a dict knows it."""

import shutil
import tempfile
from pathlib import Path
from unittest.mock import patch

import pytest
from fakes import card_for, keep_member, tiny_spec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ganlab.errors import GanlabError
from ganlab.fusion.arrivals import receive
from ganlab.members import archive, store
from ganlab.members.card import Weights

NAMES = st.sampled_from(["anna", "berta", "carl", "a.b-c_1", "../x", "", "A", ".", "a\n", "x" * 65, "\u202ea"])
RIGHT = {"anna", "berta", "carl", "a.b-c_1"}


class Store(RuleBasedStateMachine):
    """``expected`` is what is in the store: digests by name; ``zips`` what was packed."""

    @initialize()
    def begin(self):
        self.home = Path(tempfile.mkdtemp())
        self.patches = [
            patch.dict("os.environ", {"GANLAB_HOME": str(self.home / "workspace")}),
            patch.object(store, "shipped_folder", lambda: self.home / "pretrained"),
        ]
        for each in self.patches:
            each.start()
        made = keep_member("made")[0]
        self.weights = (made.folder / store.WEIGHTS).read_bytes()
        self.stated: Weights = made.card.weights
        store.delete("made")
        self.expected: dict[str, str] = {}
        self.zips: list[tuple[bytes, dict[str, str]]] = []
        self.made = 0

    def teardown(self):
        for each in getattr(self, "patches", ()):
            each.stop()
        shutil.rmtree(getattr(self, "home", ""), ignore_errors=True)

    def tried(self, right, what, *arguments):
        """Do it; it must succeed exactly if it should."""
        if right:
            return what(*arguments)
        with pytest.raises(GanlabError) as caught:
            what(*arguments)
        assert str(caught.value).endswith((".", "?"))
        return None

    @rule(name=NAMES, kind=st.sampled_from([0, 1]))
    def keep(self, name, kind):
        spec = tiny_spec(network="dcgan", width=2, critic_width=2).resolved()
        card = card_for(spec, "anna", self.stated).model_copy(update={"name": name})
        if kind:  # one that learned nothing
            facts = {"kind": "noise", "spec": None, "weights": None, "parameters": 0, "critic_parameters": 0}
            card = card.model_copy(update=facts | {"latent_dim": 100, "walk_dim": 100})
        right = name in RIGHT and name not in self.expected
        self.tried(right, store.keep, card, None if kind else self.weights)
        if right:
            self.expected[name] = card.digest()

    @rule(old=NAMES, new=NAMES)
    def rename(self, old, new):
        right = old in self.expected and (new == old or (new in RIGHT and new not in self.expected))
        self.tried(right, store.rename, old, new)
        if right:
            self.expected[new] = self.expected.pop(old)

    @rule(name=NAMES)
    def delete(self, name):
        self.tried(name in self.expected, store.delete, name)
        self.expected.pop(name, None)

    @rule(names=st.lists(NAMES, min_size=1, max_size=3))
    def pack(self, names):
        right = set(names) <= self.expected.keys()
        self.tried(right, archive.pack, names, self.home / "x.zip")
        if right:
            self.zips.append(((self.home / "x.zip").read_bytes(), {name: self.expected[name] for name in names}))

    @precondition(lambda self: self.zips)
    @rule(data=st.data())
    def take_in(self, data):
        packed, held = data.draw(st.sampled_from(self.zips))
        called = data.draw(st.dictionaries(st.sampled_from(sorted(held)) | NAMES, NAMES, max_size=2))
        new = {name: called.get(name, name) for name in held if name in called or self.expected.get(name) != held[name]}
        right = (
            called.keys() <= held.keys()
            and set(new.values()) <= RIGHT - self.expected.keys()
            and len(set(new.values())) == len(new)
        )
        arrived = self.tried(right, receive, packed, called)
        if right:
            assert {entry.name for entry in arrived.entries} == set(new.values())
            assert set(arrived.there) == held.keys() - new.keys()
            self.expected |= {new[name]: held[name] for name in new}

    @invariant()
    def the_store_holds_what_it_should(self):
        if not hasattr(self, "expected"):
            return
        found = store.catalogue()
        assert {entry.name: entry.card.digest() for entry in found} == self.expected
        assert found.refused == ()
        inside = {path.name for path in (self.home / "workspace" / "members").iterdir()}
        assert inside == self.expected.keys()
        assert {path.name for path in self.home.iterdir()} <= {"workspace", "x.zip"}


Store.TestCase.settings = settings(max_examples=12, stateful_step_count=12, derandomize=True, deadline=None)
TestStore = Store.TestCase
