"""``members encoder`` and ``members density`` as people call them."""

import io
import json

import pytest
from cli.conftest import start
from fakes import card_for, keep_fused, keep_member, rng, tiny_spec

from ganlab.cli import exits
from ganlab.members import store
from ganlab.members.loading import load_network
from ganlab.members.networks import build, to_bytes

QUICK = ("--steps", 5, "--device", "cpu")


def card(name="anna"):
    return store.catalogue()[name].card


def test_a_gan_is_given_an_encoder_and_its_card_says_so(call):
    before, *_ = keep_member("anna")
    code, out, err = call("members", "encoder", "anna", *QUICK, "--seed", 3, "--json")
    assert code == 0
    told = json.loads(out)
    assert (told["member"], told["encoder"]["steps"], told["encoder"]["seed"]) == ("anna", 5, 3)
    assert "'anna' finds latents now. Measure how well: python -m ganlab evaluate anna" in err
    assert card().encoder.model_dump(mode="json") == told["encoder"]
    assert card().digest() == before.card.digest()
    assert load_network(store.catalogue()["anna"]).encodes
    shown = json.loads(call("members", "show", "anna", "--json")[1])
    assert shown["encoder"]["steps"] == 5


@pytest.mark.parametrize(("answer", "code", "kept"), [("y\n", 0, 1), ("n\n", 130, 0), ("", 2, 0)])
def test_another_takes_its_place_only_when_somebody_agrees(call, monkeypatch, answer, code, kept):
    keep_member("anna")
    call("members", "encoder", "anna", *QUICK)
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    given, _, err = call("members", "encoder", "anna", *QUICK, "--seed", 1)
    assert given == code
    assert "'anna' has an encoder already. Fit another in its place? [y/N]" in err
    assert card().encoder.seed == kept
    assert call("members", "encoder", "anna", *QUICK, "--seed", 2, "--yes")[0] == 0
    assert card().encoder.seed == 2


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["ana"], exits.UNKNOWN, "No member is called 'ana'. Did you mean 'anna'?"),
        (["anna", "--steps", "0"], exits.USAGE, "steps is 0; allowed: 1 to 1,000,000."),
        (["anna", "--seed", "-1"], exits.USAGE, "seed is -1; allowed:"),
        (["anna", "--device", "gpu"], exits.USAGE, "No device 'gpu'"),
        (["anna", "--progress", "xml"], exits.USAGE, "--progress is 'xml'; allowed: json."),
        (["both"], exits.BROKEN, "'both' has no network of its own: encoders are fitted to GANs."),
        (["mnist-vae"], exits.BROKEN, "'mnist-vae' comes with ganlab as it is: encoders are fitted to your own GANs."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_can_be_mended_is_one_sentence(call, words, code, sentence):
    keep_member("anna")
    keep_member("otto", seed=1)
    keep_fused("both", "anna", "otto")
    given, out, err = call("members", "encoder", *words)
    assert (given, out) == (code, "")
    assert sentence in err
    assert err.count("\n") == 1


def keep_vae(name="zoe"):
    spec = tiny_spec(network="mlp", objective="elbo").resolved()
    data, weights = to_bytes(build(spec, rng()))
    return store.keep(card_for(spec, name, weights, kind="vae"), data)


def test_an_autoencoder_becomes_another_member_that_draws_from_gaussians(call):
    keep_vae()
    code, out, err = call("members", "density", "zoe", "zoe-gmm", "--components", 2, "--seed", 3, "--json")
    assert code == 0
    told = json.loads(out)
    assert (told["member"], told["density"]["components"], told["density"]["seed"]) == ("zoe-gmm", 2, 3)
    assert "'zoe-gmm' is a member now: 'zoe' with 2 Gaussians for its codes." in err
    assert card("zoe-gmm").density.model_dump(mode="json") == told["density"]
    assert card("zoe-gmm").made_of == {"zoe": card("zoe").digest()}
    assert load_network(store.catalogue()["zoe-gmm"]).sample(3, seed=0).shape == (3, 1, 8, 8)
    code, _, err = call("members", "density", "zoe-gmm", "more")
    assert (code, "draws from a density of codes already" in err) == (exits.BROKEN, True)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["zo", "new"], exits.UNKNOWN, "No member is called 'zo'. Did you mean 'zoe'?"),
        (["zoe", "zoe"], exits.BROKEN, "There is a member called 'zoe' already: choose another name."),
        (["zoe", "A b"], exits.BROKEN, "'A b' is no name for a member"),
        (["anna", "new"], exits.BROKEN, "'anna' is no autoencoder: a density is fitted to the codes of a VAE"),
        (["zoe", "new", "--components", "0"], exits.USAGE, "components is 0; allowed: 1 to 200."),
        (["zoe", "new", "--seed", "-1"], exits.USAGE, "seed is -1; allowed:"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_density_that_cannot_be_is_one_sentence(call, words, code, sentence):
    keep_member("anna")
    keep_vae()
    given, out, err = call("members", "density", *words)
    assert (given, out) == (code, "")
    assert sentence in err
    assert err.count("\n") == 1
    assert "new" not in store.catalogue()


def test_ending_it_leaves_the_member_as_it_was():
    entry, *_ = keep_member("anna")
    before = {path.name: path.read_bytes() for path in entry.folder.iterdir()}
    process = start("-m", "ganlab", "members", "encoder", "anna", "--steps", "1000000", "--progress", "json")
    try:
        told = json.loads(process.stderr.readline())
        while told["doing"] != "fitting an encoder":
            told = json.loads(process.stderr.readline())
        assert told["member"] == "anna"
        process.terminate()
        process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait(60)
    assert process.returncode == 143
    assert {path.name: path.read_bytes() for path in entry.folder.iterdir()} == before
