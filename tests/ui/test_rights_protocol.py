"""A class as its cleverest visitor meets it: by a program of its own, that presses what it was never shown."""

import http.client
import json
import threading
import time
from urllib.parse import urlsplit

import pytest
from conftest import running
from fakes import keep_member
from protocol import visit
from websockets.exceptions import InvalidStatus

from ganlab import runs
from ganlab.files import write_json
from ganlab.members import store
from ganlab.runs import Run, State
from ganlab.spec import MemberSpec

pytestmark = pytest.mark.browser  # not for a browser's sake: one app at a time is enough for the machine
KEY = "a-key-for-the-class"
MEMBER = {"gallery__member": "anna"}
_PATIENCE = 60
_ENTER = "FormSubmitter:app.presenter-Become the presenter"


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    """The app, started for a class."""
    with running(tmp_path_factory.mktemp("class"), GANLAB_PRESENTER_KEY=KEY) as started:
        clock, deadline = threading.Event(), time.monotonic() + _PATIENCE
        with visit(started.url) as first:
            while any(kind == "skeleton" for kind, _ in first.open("fuse").elements()):  # torch is on its way
                assert time.monotonic() < deadline
                clock.wait(0.2)
        yield started


@pytest.fixture
def workspace(classroom, monkeypatch):
    """What the running app keeps: a member of its own, a run that waits, one that ended."""
    monkeypatch.setenv("GANLAB_HOME", str(classroom.home))
    keep_member("anna", dataset="glyphs")
    for number, state in ((1, "interrupted"), (2, "finished")):
        run = Run(classroom.home / "runs" / f"{number:04d}-mlp-digits")
        spec = MemberSpec(dataset="digits", network="mlp").resolved()
        write_json(run.folder / "spec.json", spec.model_dump())
        run.write_state(State(state=state, step=6, steps=6, device="cpu"))
    yield
    for run in runs.all_runs():
        run.delete()
    for entry in [entry for entry in store.catalogue() if not entry.shipped]:
        store.delete(entry.name)


def there():
    """What a visitor could have changed."""
    own = [entry.name for entry in store.catalogue() if not entry.shipped]
    return own, [(run.name, run.written_state().state) for run in runs.all_runs()]


def become_presenter(visit):
    visit.open("gallery")
    visit.type("app.presenter_key", KEY)
    visit.press(_ENTER)
    assert visit.has("app.leave")


# Of each deed: the page that offers it, and the buttons that do it there.
OFFERED = [
    ("train", {}, ["train.start"]),
    ("train", {"train__run": "0001-mlp-digits"}, ["train.stop", "train.resume", "train.delete_now"]),
    ("train", {"train__run": "0002-mlp-digits"}, ["train.delete_now"]),
    ("gallery", MEMBER, ["gallery.rename_now", "gallery.delete_now", "gallery.density_now"]),
    ("fuse", {}, ["fuse.keep_now", "fuse.measure", "fuse.learned"]),
    ("versus", {"versus__view": "train"}, ["versus.train_now"]),
    ("ensembles", {}, ["ensembles.start"]),
    ("plane", {}, ["plane.keep"]),
]


def test_a_visitor_changes_nothing_whatever_it_presses(classroom, workspace):
    before, pressed = there(), 0
    with visit(classroom.url) as teacher, visit(classroom.url) as pupil:
        become_presenter(teacher)
        for page, query, names in OFFERED:
            teacher.open(page, **query)
            pupil.open(page, **query)
            offered = [name for name in names if teacher.has(name)]
            for name in offered:
                assert not pupil.has(name)
                pupil.ids[name] = teacher.ids[name]  # the same for all visits: no secret
                pupil.press(name)
                pressed += 1
            assert "exception" not in {kind for kind, _ in pupil.elements()}
    assert pressed >= 9
    assert there() == before


def ask(url, method, path, body=b"", **headers):
    """Return status and cookie of an answer."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    cookie = answer.getheader("Set-Cookie", "")
    connection.close()
    return answer.status, cookie


def claim_of(visit):
    """The word by which the page lets a browser fetch its cookie."""
    (told,) = [told for kind, told in visit.elements() if kind == "bidi_component" and "app.who" in told.id]
    return json.loads(told.json)["claim"]


def test_a_browser_s_cookie_makes_its_other_tabs_the_presenter_s_until_one_stops(classroom, workspace):
    before = there()
    with visit(classroom.url) as teacher:
        become_presenter(teacher)
        word = claim_of(teacher)
        foreign = {"Origin": "http://evil.example"}
        assert ask(classroom.url, "POST", "/api/presenter", word.encode(), **foreign)[0] == 403
        status, cookie = ask(classroom.url, "POST", "/api/presenter", word.encode(), Origin=classroom.url)
        assert status == 204
        assert all(each in cookie for each in ("ganlab_presenter=", "HttpOnly", "SameSite=strict", "Max-Age=43200"))
        assert ask(classroom.url, "POST", "/api/presenter", word.encode())[0] == 403  # once
        assert ask(classroom.url, "POST", "/api/presenter", b"x" * 10_000)[0] == 413
        with visit(classroom.url, Cookie=cookie.split(";")[0]) as tab:
            tab.open("versus", versus__view="train")
            assert tab.has("versus.train_now")
            assert put(classroom.url, tab.session) == 204
            teacher.press("app.leave")
            # The tab's page still shows the button, whose callback runs before the page could take it away.
            tab.press("versus.train_now")
            assert "Only the presenter starts trainings here\\." in tab.shown("alert")
            assert not tab.has("versus.train_now")
            assert put(classroom.url, tab.session) == 403
    with visit(classroom.url, Cookie=cookie.split(";")[0]) as later:
        assert not later.open("gallery").has("app.leave")
    assert there() == before


def put(url, session):
    body = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f.png"\r\n\r\ndata\r\n--x--\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    token = f"2|{'0' * 8}|{'0' * 32}|1700000000"  # whoever makes both the cookie and the word has the right one
    kind |= {"X-Xsrftoken": token, "Cookie": f"_streamlit_xsrf={token}"}
    return ask(url, "PUT", f"/_stcore/upload_file/{session}/one", body, **kind)[0]


def test_a_visitor_sends_no_file(classroom):
    with visit(classroom.url) as pupil:
        pupil.open("explore")
        assert put(classroom.url, pupil.session) == 403
        assert put(classroom.url, "another-session") == 403


# ---- alone, and not ----
@pytest.mark.parametrize(
    ("headers", "alone"),
    [
        ({}, True),
        ({"called": "127.0.0.1"}, True),
        ({"called": "evil.example"}, False),  # its owner let that name lead here
        ({"X-Forwarded-For": "127.0.0.1"}, False),
        ({"Forwarded": "for=127.0.0.1"}, False),
        ({"X-Real-IP": "10.0.0.7"}, False),
    ],
)
def test_whoever_comes_from_elsewhere_is_not_alone(app, headers, alone):
    with visit(app.url, **headers) as someone:
        someone.open("train")
        assert someone.has("train.start") is alone
        assert any("GANLAB_PRESENTER_KEY" in told for told in someone.shown("alert")) is not alone


def test_a_page_of_another_site_gets_no_socket(app):
    with pytest.raises(InvalidStatus) as refused, visit(app.url, Origin="http://evil.example"):
        pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("name", ["..", "../..", "..%2f..", "%2e%2e%2f0001", "/etc", "0001-mlp-digits/../.."])
def test_no_name_of_a_run_leads_out_of_the_workspace(classroom, workspace, name):
    assert ask(classroom.url, "GET", f"/api/runs/{name}/previews/0")[0] in (400, 404)  # by Streamlit, or by us
    with visit(classroom.url) as pupil:
        pupil.open("train", train__run=name)
        assert "exception" not in {kind for kind, _ in pupil.elements()}
        assert any(told.startswith("No ") and "is called" in told for told in pupil.shown("alert"))
