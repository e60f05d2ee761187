"""Who may do what, without a network: the key and its passes, and what makes a visit whose."""

import itertools
import os
from types import SimpleNamespace

import pytest
from parts_visit import PAGE, healthy
from streamlit.testing.v1 import AppTest

from ganlab.errors import NotAllowed
from ganlab.ui import presenter, rights
from ganlab.ui.i18n import texts

KEY = "Schlüssel-42"
PAGES = ("gallery", "fuse", "explore", "versus", "plane", "train", "ensembles")


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes when it is told to."""
    now = [1_000.0]
    monkeypatch.setattr(presenter, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def go(seconds):
        now[0] += seconds

    return go


@pytest.fixture
def key(monkeypatch, clock):
    """An app that was started with a key."""
    for name, value in {"_passes": {}, "_claims": {}, "_tries": presenter.Tries(), "_key": None}.items():
        monkeypatch.setattr(presenter, name, value)
    monkeypatch.setenv(presenter.VARIABLE, KEY)
    presenter.take_key()
    return KEY


# ---- the key ----
def test_the_key_leaves_the_environment_and_opens(key):
    assert presenter.VARIABLE not in os.environ
    made = presenter.enter(key)
    assert presenter.holds(made)
    assert not any(presenter.holds(other) for other in (None, "", "guessed", made[:-1]))


@pytest.mark.parametrize("given", ["", "wrong", KEY[:-1], KEY + " ", KEY.upper(), "\ud800", "x" * 100_000])
def test_another_key_opens_nothing(key, given):
    with pytest.raises(NotAllowed, match="not the presenter's key"):
        presenter.enter(given)
    assert presenter._passes == {}


@pytest.mark.parametrize("short", ["", "seven77"])
def test_a_key_that_could_be_guessed_is_none(key, monkeypatch, short):
    monkeypatch.setattr(presenter, "_key", short)
    assert presenter.is_wanted()
    assert not presenter.is_usable()
    with pytest.raises(NotAllowed):
        presenter.enter(short)


def test_too_many_tries_wait_also_those_of_the_right_key_and_are_told_how_long(key, clock):
    for _ in range(5):
        with pytest.raises(NotAllowed, match="not the presenter's"):
            presenter.enter("guess")
    for given in ("guess", key):
        with pytest.raises(NotAllowed, match=r"again in 6 seconds"):
            presenter.enter(given)
    clock(4.5)
    with pytest.raises(NotAllowed, match=r"again in 2 seconds"):
        presenter.enter(key)
    clock(1.5)
    assert presenter.holds(presenter.enter(key))


def test_in_an_hour_six_hundred_keys_can_be_tried_and_some_at_the_start(key, clock):
    tried = 0
    for _ in range(3_600):
        clock(1)
        for _ in range(3):
            try:
                presenter.enter("guess")
            except NotAllowed as refusal:
                tried += "not the presenter's" in str(refusal)
    assert 600 <= tried <= 605


def test_a_pass_ends_by_itself_and_when_it_is_left(key, clock):
    one, other = presenter.enter(key), presenter.enter(key)
    presenter.leave(one)
    assert (presenter.holds(one), presenter.holds(other)) == (False, True)
    clock(presenter.HOURS * 3_600)
    assert not presenter.holds(other)


def test_a_cookie_is_fetched_once_and_soon(key, clock):
    made = presenter.enter(key)
    word = presenter.claim(made)
    assert presenter.awaits(word)
    assert (presenter.claimed(word), presenter.claimed(word)) == (made, None)
    late = presenter.claim(made)
    clock(61)
    assert not presenter.awaits(late)
    assert presenter.claimed(late) is None


# ---- roles ----
WHO = "from ganlab.ui import rights\nimport streamlit as st\nst.write(rights.role())"


def role(**state):
    at = AppTest.from_string(WHO)
    for name, value in state.items():
        at.session_state[name] = value
    return at.run().markdown[0].value


def test_alone_unless_a_key_or_a_list_of_presenters_was_given(key, monkeypatch):
    assert role() == "visitor"
    monkeypatch.setattr(presenter, "_key", None)
    assert role() == "alone"
    monkeypatch.setattr(rights, "presenters", lambda: frozenset({"teacher@school.edu"}))
    assert role() == "visitor"


@pytest.mark.parametrize("address", [None, "0.0.0.0", "::", "192.168.1.5", "lab.school.edu", "unix:/tmp/ganlab.sock"])
def test_an_app_that_listens_on_the_network_has_visitors_only(monkeypatch, address):
    known = rights.st.get_option
    monkeypatch.setattr(rights.st, "get_option", lambda name: address if name == "server.address" else known(name))
    assert role() == "visitor"
    assert not rights.is_open_to_presenters()


def test_a_pass_makes_a_presenter_and_nothing_else_does(key):
    made = presenter.enter(key)
    assert role(**{rights.PASS: made}) == "presenter"
    assert role(**{rights.PASS: made + "x"}) == "visitor"
    presenter.leave(made)
    assert role(**{rights.PASS: made}) == "visitor"


LISTED = {"is_logged_in": True, "email": "teacher@school.edu"}


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        (LISTED, "presenter"),
        (LISTED | {"email": " Teacher@School.edu "}, "presenter"),
        (LISTED | {"email_verified": True}, "presenter"),
        (LISTED | {"email_verified": "true"}, "presenter"),
        (LISTED | {"email_verified": False}, "visitor"),
        (LISTED | {"email_verified": None}, "visitor"),
        (LISTED | {"is_logged_in": False}, "visitor"),
        (LISTED | {"is_logged_in": "yes"}, "visitor"),
        (LISTED | {"email": "pupil@school.edu"}, "visitor"),
        (LISTED | {"email": None}, "visitor"),
        ({"email": "teacher@school.edu"}, "visitor"),  # nobody vouches for it
        ({}, "visitor"),
    ],
)
def test_a_login_makes_a_presenter_of_who_is_listed(monkeypatch, user, expected):
    class User:
        def to_dict(self):
            return dict(user)

    monkeypatch.setattr(rights, "presenters", lambda: frozenset({"teacher@school.edu"}))
    monkeypatch.setattr(rights.st, "user", User())
    assert role() == expected


def test_a_proxy_that_is_trusted_may_vouch(monkeypatch):
    class User:
        def to_dict(self):
            return {"email": "teacher@school.edu"}

    known = rights.st.get_option
    trusted = {"server.trustedUserHeaders": {"X-Forwarded-Email": "email"}}
    monkeypatch.setattr(rights, "presenters", lambda: frozenset({"teacher@school.edu"}))
    monkeypatch.setattr(rights.st, "user", User())
    monkeypatch.setattr(rights.st, "get_option", lambda name: trusted.get(name) or known(name))
    assert role() == "presenter"


def test_every_right_has_its_sentence(monkeypatch):
    monkeypatch.setattr(rights, "role", lambda: "visitor")
    told = {name for name in texts("rights") if name.startswith("refused.")}
    assert told == {f"refused.{right}" for right in rights.Right.__args__}
    for right in rights.Right.__args__:
        with pytest.raises(NotAllowed, match="Only the presenter"):
            rights.demand(right)


# ---- what a visitor is shown ----
@pytest.mark.parametrize("page", PAGES)
def test_a_visitor_s_page_has_nothing_of_the_presenter_s(workspace, monkeypatch, page):
    from ganlab.ui import engine

    engine.warm()
    assert engine.READY.wait(60)
    monkeypatch.setattr(rights, "role", lambda: "visitor")
    at = healthy(AppTest.from_string(PAGE.format(page), default_timeout=60).run())
    theirs = "train.start ensembles.start fuse.keep_now fuse.learned plane.keep versus.train_now gallery.delete_now"
    there = {each.key for each in itertools.chain(at.button, at.text_input)}
    assert there.isdisjoint(theirs.split())
    assert not at.get("file_uploader")


def test_who_presents_sees_it_and_can_stop(workspace, key):
    from parts_visit import visit

    at = visit()
    at.session_state[rights.PASS] = presenter.enter(key)
    at = healthy(at.run())
    assert "Presenter" in at.markdown[0].value
    at = healthy(at.sidebar.button(key="app.leave").click().run())
    assert presenter._passes == {}
    assert at.sidebar.text_input(key="app.presenter_key").value == ""


def test_the_key_is_typed_in_the_sidebar_and_not_kept(workspace, key):
    from parts_visit import visit

    at = visit()
    at.sidebar.text_input(key="app.presenter_key").set_value("guess")
    at = at.sidebar.button[0].click().run()
    assert [each.value for each in at.error] == ["That is not the presenter's key\\."]
    at.sidebar.text_input(key="app.presenter_key").set_value(KEY)
    at = healthy(at.sidebar.button[0].click().run())
    assert at.sidebar.button[0].key == "app.leave"
    assert KEY not in repr(at.session_state)


@pytest.mark.parametrize(("given", "told"), [(None, "GANLAB_PRESENTER_KEY"), ("short", "fewer than 8")])
def test_nobody_can_present_says_what_to_do(workspace, key, monkeypatch, given, told):
    from parts_visit import visit

    monkeypatch.setattr(presenter, "_key", given)
    monkeypatch.setattr(rights, "_is_this_machine", lambda: False)
    at = healthy(visit())
    assert told in "".join(each.value for each in at.info)
    assert not at.sidebar.text_input
