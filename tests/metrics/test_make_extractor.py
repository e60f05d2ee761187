"""Extractors are trained here: good enough, on a fixed scale, the same from the same seed, and refused in words."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from fakes import pictures as some_pictures
from fakes import points

from ganlab.errors import MetricError
from ganlab.metrics.extractor import FEATURES, Extractor, classifier, inpainter, read_network
from ganlab.metrics.make import _BATCH, Progress, _loss, _view, make, quick_epochs, usual_kind
from ganlab.metrics.reference import Reference, refer


def made(data, kind, epochs, seed=0):
    *steps, extractor = make(data, f"{data.name}-{kind}", kind, epochs, seed=seed)
    assert all(isinstance(step, Progress) for step in steps)
    return extractor


def weights(extractor):
    return torch.cat([each.double().flatten() for each in extractor.network.state_dict().values()])


def test_digits_are_told_apart_after_seconds(extractor, digits, pictures):
    right = extractor.probabilities(extractor.features(pictures("test"))).argmax(1) == digits.split("test")[1].numpy()
    assert right.mean() >= 0.95
    assert extractor.card.accuracy == pytest.approx(right.mean(), abs=0.01)  # judged before weights were rounded
    assert extractor.card.classes == digits.classes
    assert extractor.card.pictures >= 12 * 1437


def test_an_inpainter_sees_more_than_the_mean_picture(digits):
    found = made(digits, "inpainter", 6)
    assert 0 < found.card.error < 0.5  # 1 would be the variance itself
    assert found.card.accuracy is None
    assert found.card.classes == ()
    assert found.probabilities(np.zeros((3, FEATURES), np.float32)) is None


def test_contrast_knows_pictures_again_that_it_never_saw(digits):
    plain = replace(digits, labels=None, classes=())
    found = made(plain, "contrast", 30)
    assert found.card.accuracy > 0.5  # 1 in 127 by chance
    assert made(plain, "contrast", 0.1).card.accuracy < 0.35
    assert (found.card.error, found.card.classes) == (None, ())
    assert found.probabilities(np.zeros((3, FEATURES), np.float32)) is None


def test_contrast_descends_the_loss_of_the_paper():
    """Equation 1 of arXiv:2002.05709, pair by pair."""
    images = torch.rand(_BATCH // 2, 1, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1
    network = classifier((1, 8, 8), FEATURES).eval()
    found = _loss("contrast", network, images, None, torch.Generator().manual_seed(3))
    rng = torch.Generator().manual_seed(3)
    z = network.head(network.body(torch.cat([_view(images, rng) for _ in range(2)]))).detach().double().numpy()
    cosine = [[a @ b / np.linalg.norm(a) / np.linalg.norm(b) for b in z] for a in z]
    half, costs = len(images), []
    for i in range(2 * half):
        j = (i + half) % (2 * half)
        rest = sum(np.exp(cosine[i][k] / 0.2) for k in range(2 * half) if k != i)
        costs.append(-np.log(np.exp(cosine[i][j] / 0.2) / rest))
    assert found.item() == pytest.approx(np.mean(costs), rel=1e-5)


def test_a_view_is_most_of_a_picture_with_a_square_blanked():
    ramp = torch.linspace(-0.9, 0.9, 32).expand(200, 1, 32, 32)
    seen = _view(ramp, torch.Generator().manual_seed(0))
    assert seen.shape == ramp.shape
    blank = (seen == 0).flatten(1).float().mean(1)
    assert ((blank > 0.2) & (blank < 0.3)).all()  # a square of half the side
    across = torch.where(seen == 0, torch.nan, seen).nanmean(2)[:, 0]
    spread = torch.stack([row[~row.isnan()].max() - row[~row.isnan()].min() for row in across])
    assert spread.min() > 0.7 * 1.8 / 2  # where a side is blanked, half of a crop of three quarters is left
    assert spread.max() <= 1.8
    assert across.std(0).nan_to_num().max() > 0.05  # at another place in each


@pytest.mark.parametrize("kind", ["classifier", "contrast", "inpainter"])
def test_features_of_training_pictures_have_mean_zero_and_mean_variance_one(digits, pictures, kind):
    features = made(digits, kind, 1).features(pictures("train")).astype(np.float64)
    np.testing.assert_allclose(features.mean(0), 0, atol=1e-4)
    assert features.var(0).mean() == pytest.approx(1, rel=1e-3)


@pytest.mark.parametrize("network", [classifier((1, 8, 8), 10), inpainter((1, 8, 8))], ids=["classifier", "inpainter"])
def test_fixing_the_scale_changes_features_and_no_answer(network):
    network.eval()
    images = torch.rand(50, 1, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.inference_mode():
        before = network.read(network(images))
    for _ in range(2):  # the second time from a scale that is fixed already
        with torch.inference_mode():
            features = network(images)
        network.fix_scale(features)
        with torch.inference_mode():
            features = network(images)
            torch.testing.assert_close(network.read(features), before, rtol=1e-4, atol=1e-4)
        assert float(features.var(0).mean()) == pytest.approx(1, rel=1e-3)
        assert float(features.mean(0).abs().max()) < 1e-4


@pytest.mark.parametrize("kind", ["classifier", "contrast", "inpainter"])
def test_equal_seeds_give_equal_weights_and_no_global_chance_is_used(digits, kind, global_chance):
    one, same, other = (made(digits, kind, 0.5, seed) for seed in (3, 3, 4))
    assert torch.equal(weights(one), weights(same))
    assert not torch.equal(weights(one), weights(other))
    first, second = (next(each.network.parameters()).flatten() for each in (one, other))
    assert (
        float(torch.corrcoef(torch.stack([first, second]))[0, 1]) < 0.5
    )  # other first weights, not another order only


@pytest.mark.parametrize("shape", [(1, 4, 4), (3, 9, 9), (1, 28, 28), (3, 32, 32), (3, 64, 64)])
@pytest.mark.parametrize("build", [lambda shape: classifier(shape, 3), inpainter], ids=["classifier", "inpainter"])
def test_pictures_of_every_size_have_features(build, shape):
    network = build(shape).eval()
    with torch.inference_mode():
        features = network(torch.zeros(2, *shape))
        answer = network.read(features)
    assert features.shape == (2, FEATURES)
    assert answer.shape in ((2, 3), (2, *shape))
    assert FEATURES <= 128


def test_progress_counts_pictures_up_to_all(digits):
    *steps, _ = make(digits, "x", "classifier", 2)
    assert [step.done for step in steps] == sorted({step.done for step in steps})
    assert steps[-1].done == steps[-1].total
    assert {step.total for step in steps} == {steps[0].total}


def test_what_is_made_in_passing_takes_less_than_a_minute():
    """30 seconds for 48,000 pictures of 28x28 on two cores; other sizes by their area."""
    for count, side in ((40, 8), (60_000, 28), (2_000, 64)):
        data = some_pictures(count, (1, side, side))
        seen = quick_epochs(data) * len(data.splits["train"])
        assert seen * side * side <= 48_000 * 28 * 28 * 1.001
        assert quick_epochs(data) <= 30


def test_the_usual_kind_is_a_classifier_where_there_are_classes_else_contrast(digits):
    assert usual_kind(digits) == "classifier"
    assert usual_kind(some_pictures(name="cats64")) == "contrast"


@pytest.mark.parametrize(
    ("data", "kind", "told"),
    [
        (points(), "classifier", "'ring8' holds points: they are measured against their exact density"),
        (some_pictures(20), "inpainter", "has 16 training pictures; an extractor needs at least 20"),
        (
            some_pictures(40, name="cats64"),
            "classifier",
            "'cats64' has no classes to tell apart: make 'contrast' of it",
        ),
    ],
)
def test_what_cannot_be_learned_from_is_refused_with_a_sentence(data, kind, told):
    with pytest.raises(MetricError, match=told):
        list(make(data, "x", kind, 1))


def test_a_set_without_a_test_split_has_no_accuracy(digits):
    empty = replace(digits, splits=digits.splits | {"test": torch.empty(0, dtype=torch.int64)})
    assert made(empty, "classifier", 0.1).card.accuracy is None
    with pytest.raises(MetricError, match="The test split of 'digits' is empty"):
        refer(made(empty, "classifier", 0.1), empty).split("test")


def test_features_come_in_order_whatever_the_batch(extractor, pictures):
    images = pictures("train", 700)
    whole = extractor.features(images)
    assert whole.dtype == np.float32
    parts = np.concatenate([extractor.features(part) for part in np.array_split(images, 7)])
    np.testing.assert_allclose(whole, parts, atol=1e-4)
    assert extractor.features(images[:0]).shape == (0, FEATURES)
    assert extractor.probabilities(whole).sum(1) == pytest.approx(1)


def test_a_reference_holds_what_the_extractor_sees(extractor, reference, pictures):
    for name in ("train", "validation", "test"):
        ours, theirs = extractor.features(pictures(name)), reference.split(name)
        assert ours.shape == theirs.shape
        # In another order, and rounded to half precision: one part in 2,048.
        np.testing.assert_allclose(np.sort(ours, axis=0), np.sort(theirs, axis=0), rtol=1e-3, atol=1e-3)
    again = Reference.from_bytes("digits", reference.to_bytes())
    assert again.pixels == reference.pixels
    assert all((again.split(name) == reference.split(name)).all() for name in reference.features)


@pytest.mark.parametrize("harm", [lambda data: data[:-100], lambda _: b"", lambda _: b"x", lambda data: data[100:]])
def test_a_broken_reference_is_refused_with_a_sentence(reference, harm):
    with pytest.raises(MetricError, match="The stored features of 'digits' cannot be read: delete the file"):
        Reference.from_bytes("digits", harm(reference.to_bytes()))


def test_at_most_ten_thousand_of_a_split_are_looked_at(digits, monkeypatch):
    from ganlab.metrics import reference as module

    monkeypatch.setattr(module, "MOST", 50)
    found = refer(made(digits, "classifier", 0.1), digits)
    assert {name: len(rows) for name, rows in found.features.items()} == dict.fromkeys(digits.splits, 50)


def test_weights_of_another_network_are_refused(extractor, tmp_path):
    import safetensors.torch

    path = tmp_path / "weights.safetensors"
    path.write_bytes(safetensors.torch.save({"x": torch.zeros(1)}))
    for harm in (None, b"no tensors"):
        if harm:
            path.write_bytes(harm)
        with pytest.raises(
            MetricError, match="'digits-classifier' cannot be used: its weights do not fit its card"
        ) as caught:
            read_network(extractor.card, path)
        assert "\n" not in str(caught.value)


def test_an_extractor_is_frozen(extractor):
    assert isinstance(extractor, Extractor)
    assert not extractor.network.training
    assert not any(each.requires_grad for each in extractor.network.parameters())
