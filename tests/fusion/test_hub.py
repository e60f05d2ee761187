"""Members to a hub and back, by the Hub's own client over real HTTP; and what does not come in."""

import io
import json
import re
import sys

import pytest
import torch
import yaml
from fakes import keep_member
from fusion.hub_server import TOKEN, running

from ganlab import cli
from ganlab.errors import GanlabError, HubError, MemberError, NameTaken
from ganlab.fusion import fuse, hub, keep, load
from ganlab.fusion.model_card import readme
from ganlab.members import store
from ganlab.members.card import Card, Measurement

# The Hub's own client uses what its own HTTP library calls outdated.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
ALL = ["anna", "both", "otto"]
HOSTILE = "<script>alert(1)</script>\n---\nlicense: mit\n[x](http://evil.example) `b` | c"


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A hub, its token in hand, and an empty store."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)  # so that files go by LFS
    monkeypatch.setenv("GANLAB_HOME", str(tmp_path))
    with running() as found:
        monkeypatch.setenv("HF_ENDPOINT", found.url)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield found


@pytest.fixture
def pushed(server, tmp_path, monkeypatch):
    """The hub with a fusion of two on it, and a store elsewhere that has none of them."""
    for seed, name in enumerate(("anna", "otto")):
        keep_member(name, seed=seed)
    keep(fuse(["anna", "otto"], "mixture", (0.25, 0.75)), "both")
    wanted = load("both").sample(3, 0)
    hub.push("both", "me/both")
    monkeypatch.setenv("GANLAB_HOME", str(tmp_path / "elsewhere"))
    return wanted


def names():
    return [entry.name for entry in store.catalogue() if not entry.shipped]


def spoiled(server, **files):
    """A repository like the pushed one, with other files."""
    there = dict(server.commits["me/both"][-1])
    there |= {path.replace("__", "/").replace("_dot_", "."): data for path, data in files.items()}
    server.put("me/bad", there)


def test_a_fusion_goes_there_and_comes_back_with_all_it_is_made_of(server, pushed):
    pulled = hub.pull("me/both")
    assert names() == ALL
    assert torch.equal(load("both").sample(3, 0), pushed)
    assert pulled.commit == server.sha("me/both", -1)
    again = hub.pull("me/both")
    assert (again.arrived.entries, sorted(again.arrived.there)) == ((), ALL)
    hub.pull("me/both", "mine")
    assert names() == sorted([*ALL, "mine"])
    files = server.commits["me/both"][-1]
    assert files["preview.png"].startswith(b"\x89PNG")
    assert {path for path in files if path.startswith("parts/")} == {
        f"parts/{name}/{file}" for name in ("anna", "otto") for file in ("card.json", "weights.safetensors")
    }
    assert len(server.stored) == 2, "weights went by LFS"


def test_a_pull_is_of_one_commit_whatever_is_pushed_meanwhile(server, pushed):
    first = server.sha("me/both", -1)
    server.put("me/both", {"card.json": b"{}"})
    with pytest.raises(MemberError, match="'me/both' on the Hub"):
        hub.pull("me/both")
    assert names() == []
    server.asked.clear()
    hub.pull("me/both", revision=first)
    assert names() == ALL
    fetched = [line for line in server.asked if "/resolve/" in line]
    assert len(fetched) >= 5
    assert all(f"/resolve/{first}/" in line for line in fetched)


def test_a_taken_name_is_left_to_its_owner(server, pushed):
    keep_member("anna", seed=9)
    with pytest.raises(NameTaken):
        hub.pull("me/both")
    hub.pull("me/both", {"anna": "anna-2"})
    assert load("both").card.recipe.members == ("anna-2", "otto")


def card_of(server, **changes):
    return json.dumps(json.loads(server.commits["me/both"][-1]["card.json"]) | changes).encode()


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"card_dot_json": b"\x00\xff"}, "JSON"),
        ({"card_dot_json": b'{"a": ' * 10_000}, "JSON"),
        ({"card_dot_json": b" " * 1_000_001}, "is too large"),
        ({"parts__anna__weights.safetensors": b"\x80\x04pickle."}, "its weights.safetensors has 9 bytes"),
        ({"parts__anna__fit.safetensors": b"x"}, "its card does not state its fit.safetensors"),
        ({"parts__both__card_dot_json": b"{}"}, "and so is one of its parts"),
    ],
)
def test_what_cannot_be_a_member_changes_nothing(server, pushed, files, told):
    spoiled(server, **files)
    with pytest.raises(GanlabError, match=told):
        hub.pull("me/bad")
    assert names() == []


def test_other_files_are_never_fetched(server, pushed):
    spoiled(server, **{"pytorch_model_dot_bin": b"pickle", "parts__..__card_dot_json": b"{}", "setup_dot_py": b"x"})
    hub.pull("me/bad")
    assert names() == ALL
    fetched = {line.split("/resolve/")[1].split("/", 1)[1] for line in server.asked if "/resolve/" in line}
    assert all(path.startswith(("card", "parts/anna/", "parts/otto/")) for path in fetched)


def test_what_is_too_much_is_not_fetched(server, pushed, monkeypatch):
    monkeypatch.setattr("ganlab.members.archive.MOST_BYTES", 1_000)
    with pytest.raises(HubError, match=r"bytes; at most 1,000 are fetched"):
        hub.pull("me/both")
    assert not [line for line in server.asked if "/resolve/" in line]


@pytest.mark.parametrize(
    ("repo", "revision", "told"),
    [
        ("me/nothing", None, "There is no 'me/nothing' on the Hub, or your token may not see it"),
        ("me/both", "1" * 40, "'me/both' on the Hub has no such revision"),
        ("me/empty", None, "'me/empty' on the Hub is no member of ganlab: it has no card.json"),
        ("no such name", None, "'no such name' is no name of a repository"),
    ],
)
def test_what_is_not_there_is_told(server, pushed, repo, revision, told):
    server.put("me/empty", {"README.md": b"# something else"})
    with pytest.raises(HubError, match=told):
        hub.pull(repo, revision=revision)


def test_without_token_network_or_library_one_sentence(server, monkeypatch):
    keep_member("anna")
    with pytest.raises(HubError, match="may not write to 'you/anna'"):
        hub.push("anna", "you/anna")
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(HubError, match="wants to know who you are: log in by `hf auth login`"):
        hub.push("anna", "me/anna")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(HubError, match=r"The Hub at .* cannot be reached"):
        hub.pull("me/anna")
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(HubError, match=r"pip install 'ganlab\[hub\]'"):
        hub.pull("me/anna")


def test_a_private_one_is_seen_by_its_owner_alone(server, monkeypatch):
    keep_member("anna")
    hub.push("anna", "me/anna", private=True)
    assert server.private == {"me/anna"}
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(HubError, match="There is no 'me/anna' on the Hub, or your token may not see it"):
        hub.pull("me/anna")


def front(text):
    return yaml.safe_load(text.split("\n---\n")[0].removeprefix("---\n"))


def test_the_readme_tells_every_number_with_what_measured_it(server):
    keep_member("anna")
    numbers = {"fid": {"value": 6.5, "low": 6.0, "high": 7.0}, "diversity": {"value": 9.25}}
    told = {"extractor": "digits-classifier", "n_fake": 10_000, "n_real": 360, "split": "test", "seed": 3}
    card = store.catalogue()["anna"].card
    card = card.model_copy(
        update={
            "metrics": (Measurement.read(told | {"numbers": numbers}),),
            "licence": "EuroSAT: MIT, Copernicus Sentinel data.",
        }
    )
    text = readme(card, "me/anna")
    facts = front(text)
    assert (facts["license"], facts["library_name"]) == ("mit", "ganlab")
    assert facts["tags"] == ["ganlab", "gan", "dcgan", "hinge"]
    (result,) = facts["model-index"][0]["results"]
    assert result["dataset"]["split"] == "test"
    assert result["metrics"][0]["type"] == "fid-digits-classifier"
    assert result["metrics"][0]["args"] == {
        "extractor": "digits-classifier", "n_drawn": 10_000, "n_real": 360, "interval_95": [6.0, 7.0],
    }  # fmt: skip
    assert "| fid | 6.5 [6, 7] |" in text
    assert "10,000 drawn against 360 real ones of the test split, seed 3" in text
    assert "## Limits and misuse" in text


def test_texts_of_a_card_from_elsewhere_stay_texts(server):
    keep_member("anna")
    card = store.catalogue()["anna"].card.model_copy(update={"licence": HOSTILE, "dataset": HOSTILE})
    text = readme(Card.model_construct(**dict(card)), "me/anna")
    assert (front(text)["license"], front(text)["datasets"]) == ("other", [HOSTILE])
    shown = re.sub("`[^`]*`", "", text.split("\n---\n", 1)[1])  # but for code, which is shown as it is
    assert "alert" in shown
    assert "<script" not in shown
    assert "](http://evil" not in shown
    assert "\nlicense: mit" not in shown


def test_the_verbs_ask_first_and_say_what_came(server, capsys, monkeypatch):
    keep_member("anna")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert cli.main(["hub", "push", "anna", "me/anna"]) == 2
    assert "everybody can see it" in capsys.readouterr().err
    assert cli.main(["hub", "push", "anna", "me/anna", "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["commit"].startswith(server.url)
    assert cli.main(["hub", "pull", "me/anna", "anna-2", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["members"], told["commit"]) == (["anna-2"], server.sha("me/anna", -1))
    assert cli.main(["hub", "pull", "me/anna", "anna-2"]) == 4
    assert cli.main(["hub", "pull", "me/none"]) == 4
