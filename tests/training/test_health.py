"""Health: histories with one thing wrong each; tests/runs holds real trainings that must and must not alarm."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlab.data import load_dataset
from ganlab.spec import MemberSpec
from ganlab.training import train
from ganlab.training.events import Step
from ganlab.training.health import POINTS, findings, recent

PICTURES = MemberSpec(network="mlp", objective="nonsaturating")
TOY = MemberSpec(dataset="ring8", network="toy", objective="nonsaturating")
CALM = {
    "critic_loss": 0.9,
    "generator_loss": 1.5,
    "real_score": 0.7,
    "fake_score": 0.3,
    "generator_gradient": 2.0,
    "critic_gradient": 2.0,
}
WITH = {"event": "scoring", "extractor": "digits-classifier", "real_diversity": 10.0, "real_modes": 10}


def curve(points=80, **changes):
    return [{"event": "step", "step": 10 * (i + 1), "seconds": i / 10} | CALM | changes for i in range(points)]


def scores(count=None, **measures):
    """Rows of scores from lists of equal lengths; what is not given is as in a good run."""
    count = count or len(next(iter(measures.values())))
    usual = {"fid": [100 * 0.7**i for i in range(count)], "diversity": [9.0] * count, "modes": [9.0] * count}
    columns = usual | measures
    return [
        {"event": "scored", "step": 100 * (i + 1)} | {name: values[i] for name, values in columns.items()}
        for i in range(count)
    ]


def kinds(*rows, spec=PICTURES):
    return [finding.kind for finding in findings([WITH, *(row for part in rows for row in part)], spec)]


def test_opens_without_torch():
    asked = "import sys, ganlab.training.health; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


def test_a_good_run_is_quiet():
    (quiet,) = findings([WITH, *curve(), *scores(8)], PICTURES)
    assert (quiet.kind, quiet.text, quiet.advice) == ("healthy", "Nothing alarming: FID 8.24, 9 of 10 classes.", "")
    (quiet,) = findings([WITH, *curve(), *scores(modes=[3, 6, 8, 8])], TOY)
    assert quiet.text.endswith("8 of 10 heaps.")


@pytest.mark.parametrize("rows", [[], curve(3), [*curve(3), *scores(1)], [{"event": "started", "step": 0}]])
def test_the_beginning_is_quiet(rows):
    (quiet,) = findings(rows, PICTURES)
    assert (quiet.kind, quiet.text) == ("healthy", "Nothing is wrong so far.")


@pytest.mark.parametrize("name", ["modes", "diversity"])
def test_modes_or_diversity_that_fall_are_a_collapse(name):
    fallen = {name: [1.0, 5.0, 8.0, 8.0, 3.0, 3.0]}
    assert kinds(curve(), scores(**fallen)) == ["collapse"]
    assert kinds(curve(), scores(**{name: fallen[name][:5]})) == ["healthy"], "one low score is no collapse"
    assert kinds(curve(), scores(**{name: [1.0, 5.0, 8.0, 8.0, 6.0, 6.0]})) == ["healthy"]
    assert kinds(curve(), scores(**{name: [1.0, 2.0, 1.0, 1.0]})) == ["healthy"], "there was nothing to fall from"


def test_a_collapse_says_what_fell_and_what_to_try():
    (found,) = findings([WITH, *scores(modes=[2, 8, 3, 2])], PICTURES)
    assert found.text == "Mode collapse: it draws 2 of 10 classes, and drew 8 before."
    assert "lower learning rate for the generator" in found.advice
    (found,) = findings([WITH, *scores(modes=[2, 8, 3, 2])], MemberSpec(network="mlp", objective="elbo"))
    assert "smaller beta" in found.advice, "it has no critic"
    for options, advised in [
        ({}, True),
        ({"pack": 2}, False),
        ({"conditional": True}, False),
        ({"objective": "vaegan"}, False),
        ({"objective": "elbo"}, False),
    ]:
        (found,) = findings([WITH, *scores(modes=[2, 8, 3, 2])], MemberSpec(network="mlp", **options))
        assert ("pack 2, " in found.advice) == advised, options
    (found,) = findings([WITH, *scores(diversity=[2.0, 8.0, 3.0, 2.0])], PICTURES)
    assert found.text == "Mode collapse: its pictures have 20% of the diversity of real ones, and had 80%."


def test_pictures_that_never_were_diverse_are_a_collapse_once_the_beginning_is_over():
    alike = {"modes": [1.0] * 6, "diversity": [0.9, 0.8, 0.8, 0.7, 0.8, 0.8]}
    assert kinds(scores(**alike)) == ["collapse"]
    assert kinds(scores(**{name: values[:5] for name, values in alike.items()})) == ["healthy"]
    assert kinds(scores(modes=[1.0] * 6, diversity=[0.2, 0.3, 0.4, 0.5, 0.7, 0.9])) == ["healthy"], "it is rising"


def test_heaps_drawn_well_but_few_are_a_collapse():
    few = {"modes": [2.0] * 6, "high_quality": [0.9] * 6, "fid": [None] * 6, "diversity": [None] * 6}
    assert kinds(scores(**few), spec=TOY) == ["collapse"]
    assert kinds(scores(**few | {"high_quality": [0.1] * 6}), spec=TOY) == ["healthy"], (
        "it has not arrived anywhere yet"
    )


def test_a_sure_critic_wins():
    flat, sure = [50.0, 50.0, 51.0, 52.0], {"critic_loss": 0.001, "real_score": 0.999, "fake_score": 0.001}
    assert kinds(curve(**sure), scores(fid=flat)) == ["critic"]
    assert kinds(curve(**sure)) == ["critic"], "the curves tell, where nothing is scored"
    assert kinds(curve(30, **sure), scores(fid=flat)) == ["healthy"], "too few points to tell"
    assert kinds(curve(**sure), scores(4)) == ["healthy"], "the generator gets better all the same"
    assert kinds(curve(**sure | {"critic_loss": None, "generator_loss": None})) == ["healthy"], "nobody learns"
    surer = {"critic_loss": 0.1, "real_score": 0.97, "fake_score": 0.02}
    assert kinds(curve(**surer), scores(fid=[50.0, 51, 52, 53])) == ["healthy"]
    assert kinds(curve(**surer), scores(fid=[50.0, 51, 52, 53, 54])) == ["critic"]


def test_the_loss_of_a_wasserstein_critic_says_nothing_of_the_kind():
    spec = MemberSpec(network="mlp", objective="wasserstein")
    assert kinds(curve(critic_loss=-0.001), spec=spec) == ["healthy"]


def test_a_vanished_gradient_is_told():
    sure = {"critic_loss": 0.0, "real_score": 1.0, "fake_score": 0.0}
    spec = MemberSpec(network="mlp", objective="minimax")
    (found,) = findings(curve(**sure, generator_gradient=1e-4), spec)
    assert "(D(x) 1.00, D(G(z)) 0.00); the generator's gradient has all but vanished" in found.text
    assert "'nonsaturating'" in found.advice
    (found,) = findings(curve(**sure), spec)
    assert "vanished" not in found.text


def test_swings_without_gain_are_told():
    swinging = [90.0, 30.0, 60.0, 35.0, 70.0, 40.0, 65.0, 38.0, 66.0]
    assert kinds(curve(), scores(fid=swinging)) == ["oscillation"]
    assert kinds(curve(), scores(fid=[*swinging[:-1], 20.0])) == ["healthy"], "the last is the best"
    steady = [90.0, 30.0, 31.0, 30.5, 31.0, 30.5, 31.0, 30.5, 31.0]
    assert kinds(curve(), scores(fid=steady)) == ["healthy"]
    near = {"high_quality": [1 / value for value in swinging], "fid": [None] * 9, "diversity": [None] * 9}
    assert kinds(scores(**near, modes=[8.0] * 9), spec=TOY) == ["oscillation"]


def test_copies_are_told():
    assert kinds(scores(nearness=[1.4, 1.2, 0.4, 0.3])) == ["copying"]
    assert kinds(scores(nearness=[1.4, 1.2, 1.1, 0.3])) == ["healthy"]
    assert kinds(scores(nearness=[1.4, 1.2, 0.9, 0.8])) == ["healthy"]


def test_a_long_time_without_gain_is_told():
    assert kinds(scores(fid=[30.0, 20.0, *[20.5] * 10])) == ["standstill"]
    assert kinds(scores(fid=[30.0, 20.0, *[20.5] * 9])) == ["healthy"]
    (found,) = findings([WITH, *scores(fid=[30.0, 20.0, *[20.5] * 10])], PICTURES)
    assert found.text == "No better score since step 200, 10 scores ago."


VAE = MemberSpec(network="mlp", objective="elbo", warmup=100)


def code(divergence, points=80, **changes):
    """The curves of a VAE."""
    parts = {"generator_loss": 20 + divergence, "reconstruction_loss": 20.0, "divergence": divergence}
    return [{"event": "step", "step": 10 * (i + 1), "seconds": i / 10} | parts | changes for i in range(points)]


def test_a_code_that_says_nothing_is_a_posterior_collapse():
    (found,) = findings(code(0.02), VAE)
    assert (found.kind, found.text[:56]) == (
        "posterior",
        "Posterior collapse: the code holds 0.02 nats a picture, ",
    )
    assert found.advice == "Try a smaller beta, or a longer warmup."
    assert kinds(code(3.0), spec=VAE) == ["healthy"]
    assert kinds(code(0.02, points=30), spec=VAE) == ["healthy"], "too few points to tell"
    assert kinds(code(0.02), spec=MemberSpec(network="mlp", objective="elbo", warmup=600)) == ["healthy"], "it warms up"
    assert kinds(code(0.02), spec=MemberSpec(network="mlp", objective="vaegan")) == ["posterior"]
    assert kinds(curve(), spec=VAE) == ["healthy"], "no divergence, no finding"
    waking = [row | {"divergence": 0.001 * place} for place, row in enumerate(code(0.0))]
    assert kinds(waking, spec=VAE) == ["healthy"], "codes are silent at first"


def test_nobody_without_a_critic_is_told_of_one():
    swinging = [90.0, 30.0, 60.0, 35.0, 70.0, 40.0, 65.0, 38.0, 66.0]
    rows = [*code(0.02), *scores(fid=swinging, nearness=[0.3] * 9, modes=[8, 8, 8, 8, 8, 8, 8, 2, 1])]
    told = findings([WITH, *rows], VAE)
    assert [each.kind for each in told] == ["collapse", "posterior", "oscillation", "copying"]
    (still,) = findings([WITH, *code(3.0), *scores(fid=[30.0, 20.0, *[20.5] * 10])], VAE)
    assert still.kind == "standstill"
    for word in ("critic", "spectral", "for both"):
        assert not any(word in each.advice for each in (*told, still))


def test_a_critic_that_learns_alone_is_bound_to_win():
    """As in a VAE-GAN's second stage, or by hand."""
    sure = {"critic_loss": 0.001, "real_score": 0.999, "fake_score": 0.001}
    flat = scores(fid=[50.0, 50.0, 51.0, 52.0])
    spec = MemberSpec(network="mlp", objective="vaegan")
    assert kinds(curve(**sure), flat, spec=spec) == ["critic"]
    assert kinds(curve(**sure | {"generator_loss": None}), flat, spec=spec) == ["healthy"]


@pytest.mark.parametrize(("changes", "found"), [({"beta": 30.0}, "posterior"), ({}, "healthy")])
def test_a_real_vae_with_too_large_a_beta_is_found_and_a_usual_one_left_in_peace(changes, found):
    spec = MemberSpec(
        network="mlp-relu", objective="elbo", latent_dim=8, batch_size=32, steps=300, log_every=5, ema=0.9, **changes
    )
    events = train(spec, load_dataset("digits"))
    rows = [{"event": "step", "step": each.step} | each.values for each in events if isinstance(each, Step)]
    assert [each.kind for each in findings(rows, spec)] == [found]


points_and_scores = st.lists(
    st.one_of(
        st.just({"event": "step"} | CALM),
        st.builds(lambda modes: scores(modes=[modes])[0], st.integers(0, 9)),
        st.sampled_from([WITH, {"event": "preview"}, {"event": "saved"}]),
    ),
    max_size=200,
)


@given(points_and_scores, st.integers(0, 200))
def test_looking_now_and_then_finds_what_looking_once_finds(told, at):
    """The live view keeps only the rows that count."""
    told = [row | {"step": step} for step, row in enumerate(told)]
    in_parts = recent([*recent(told[:at]), *told[at:]])
    assert in_parts == recent(told)
    assert findings(in_parts, PICTURES) == findings(told, PICTURES)
    assert sum(row["event"] == "step" for row in in_parts) <= POINTS


def test_a_resumption_takes_back_what_came_after():
    fallen = scores(modes=[2, 8, 3, 2])
    assert kinds(fallen) == ["collapse"]
    assert kinds(fallen, [{"event": "resumed", "step": 200}]) == ["healthy"]
