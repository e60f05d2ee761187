"""Measuring from end to end: pictures stream, features are kept by content, and what cannot be measured is said."""

import json
import math

import numpy as np
import pytest
from fakes import keep_member

from ganlab.errors import MetricError
from ganlab.members.card import Measurement
from ganlab.members.loading import load_network
from ganlab.metrics import MEASURES, evaluate, looking
from ganlab.metrics.evaluate import Progress, Source, evaluating, of_images, of_member, quick
from ganlab.metrics.reference import Reference

OF_POINTS = {"high_quality", "reverse_kl", "log_likelihood"}
OF_HELD_OUT = {"reconstruction", "feature_error", "bound", "tighter_bound"}


def everything(path):
    return sorted(str(each.relative_to(path)) for each in path.rglob("*") if each.is_file())


def counted(images, drawn, name="counted"):
    """Pictures that note which rows were asked for."""

    def draw(start, stop):
        drawn.append((start, stop))
        return images[start:stop]

    return Source(name, len(images), draw, of_images(images, name).digest)


def bad_numbers(measured):
    values = [measured.floors, *(number.model_dump() for number in measured.numbers.values())]
    flat = {f"{index}.{key}": value for index, each in enumerate(values) for key, value in each.items()}
    shares = dict(enumerate((*measured.class_shares, *measured.real_shares)))
    return {key: value for key, value in (flat | shares).items() if value is not None and not math.isfinite(value)}


def test_real_pictures_are_good_and_noise_is_not(extractor, reference, pictures, noise):
    real = evaluate.evaluate(of_images(pictures("train"), "real"), extractor, reference)
    poor = evaluate.evaluate(of_images(noise, "noise"), extractor, reference)
    assert set(real.numbers) == ({each.name for each in MEASURES} | {"kid_std"}) - OF_POINTS - OF_HELD_OUT
    assert bad_numbers(real) == bad_numbers(poor) == {}
    for name, entry in ((each.name, each) for each in MEASURES if each.name in real.numbers):
        a, b = real.numbers[name].value, poor.numbers[name].value
        if entry.facts["better"] == "lower":
            assert a < b, name
        elif entry.facts["better"] == "higher":
            assert a > b, name
    assert real.numbers["modes"].value == 10
    assert real.numbers["nearness"].value < 0.05  # they are training pictures themselves
    assert poor.numbers["nearness"].value > 1
    assert poor.numbers["sharpness"].value > 1.5 * real.numbers["sharpness"].value
    assert (real.extractor, real.split, real.seed, real.n_fake, real.n_real) == (extractor.name, "test", 0, 1437, 180)


def test_every_number_lies_within_its_interval(extractor, reference, noise):
    measured = evaluate.evaluate(of_images(noise, "noise"), extractor, reference)
    for name, number in measured.numbers.items():
        if number.low is not None:
            assert number.low <= number.value <= number.high, name
    assert sum(measured.class_shares) == pytest.approx(1)
    assert sum(measured.real_shares) == pytest.approx(1)


def test_one_class_alone_is_one_mode_and_recalls_little(extractor, reference, digits, pictures):
    labels = digits.split("train")[1].numpy()
    alone = evaluate.evaluate(of_images(pictures("train")[labels == 3], "threes"), extractor, reference)
    whole = evaluate.evaluate(of_images(pictures("train", 300), "all"), extractor, reference)
    assert alone.numbers["modes"].value == 1
    assert alone.class_shares[3] > 0.95
    assert alone.numbers["class_kl"].value == pytest.approx(-math.log(alone.real_shares[3]), abs=0.2)
    assert alone.numbers["inception_score"].value < 1.5
    assert whole.numbers["inception_score"].value > 7
    assert alone.numbers["recall"].value < 0.3
    assert whole.numbers["recall"].value > 0.6
    assert alone.numbers["precision"].value > 0.6
    assert alone.numbers["diversity"].value < 0.7 * whole.numbers["diversity"].value


def test_half_of_the_classes_dropped_halves_coverage(extractor, reference, digits, pictures):
    labels = digits.split("train")[1].numpy()
    half = evaluate.evaluate(of_images(pictures("train")[labels < 5], "half"), extractor, reference)
    whole = evaluate.evaluate(of_images(pictures("train")[: (labels < 5).sum()], "whole"), extractor, reference)
    assert half.numbers["modes"].value == 5
    assert half.numbers["coverage"].value == pytest.approx(whole.numbers["coverage"].value / 2, abs=0.08)


def test_one_picture_again_and_again_gives_numbers_and_a_note(extractor, reference, pictures):
    # 750 of them: the last batch is of another size, and features of equal pictures may differ in their last digit.
    alike = np.repeat(pictures("train", 1), 750, axis=0)
    measured = evaluate.evaluate(of_images(alike, "collapsed"), extractor, reference)
    assert bad_numbers(measured) == {}
    assert measured.numbers["modes"].value == 1
    assert measured.numbers["diversity"].value == pytest.approx(0, abs=1e-3)
    assert measured.numbers["recall"].value < 0.02
    assert measured.numbers["ms_ssim"].value == pytest.approx(1, abs=1e-4)
    assert any("the same one: complete mode collapse" in note for note in measured.notes)
    for name, number in measured.numbers.items():
        assert number.low is None or number.low <= number.value <= number.high, name
    blank = evaluate.evaluate(of_images(np.zeros((200, 8, 8, 1), np.uint8), "blank"), extractor, reference)
    assert bad_numbers(blank) == {}
    assert blank.numbers["sharpness"].value == 0


def test_streaming_is_the_same_as_all_at_once(extractor, reference, pictures, monkeypatch):
    images = pictures("train", 700)
    streamed = evaluate.evaluate(of_images(images, "x"), extractor, reference, keep=False)
    for chunk in (10_000, 64):
        monkeypatch.setattr(looking, "CHUNK", chunk)
        again = evaluate.evaluate(of_images(images, "x"), extractor, reference, keep=False)
        for name, number in streamed.numbers.items():
            # Batches of other sizes round float32 sums in another order.
            assert again.numbers[name].value == pytest.approx(number.value, rel=1e-3, abs=1e-4), name


def test_no_more_pictures_exist_at_once_than_a_chunk(extractor, reference, pictures):
    drawn = []
    evaluate.evaluate(counted(pictures("train"), drawn), extractor, reference)
    assert drawn == [(0, 500), (500, 1000), (1000, 1437)]


def test_features_are_kept_by_content(extractor, reference, pictures, noise, workspace):
    drawn, images = [], pictures("train", 200)
    first = evaluate.evaluate(counted(images, drawn), extractor, reference)
    assert len(drawn) == 1
    assert evaluate.evaluate(counted(images, drawn, "another name"), extractor, reference) == first
    assert len(drawn) == 1
    evaluate.evaluate(counted(images, drawn), extractor, reference, keep=False)
    assert len(drawn) == 2
    evaluate.evaluate(counted(noise[:200], drawn), extractor, reference)
    assert len(drawn) == 3
    other = type(extractor)(extractor.card.model_copy(update={"weights_sha256": "0" * 64}), extractor.network)
    evaluate.evaluate(counted(images, drawn), other, reference)
    assert len(drawn) == 4
    evaluate.evaluate(counted(images, drawn), extractor, reference, "validation")
    assert len(drawn) == 4  # against other reals the same features serve


def test_a_broken_file_of_features_or_floors_is_made_anew(extractor, reference, pictures, workspace):
    images = of_images(pictures("train", 200), "x")
    first = evaluate.evaluate(images, extractor, reference)
    files = list((workspace / "cache").rglob("*.npz"))
    assert len(files) == 2
    for harm in (lambda data: data[: len(data) // 2], lambda _: b"", lambda _: b"no archive at all"):
        for path in files:
            path.write_bytes(harm(path.read_bytes()))
        assert evaluate.evaluate(images, extractor, reference) == first


def test_only_the_newest_features_are_kept(extractor, reference, noise, workspace, monkeypatch):
    monkeypatch.setattr(looking, "_MOST_CACHED", 2)
    for first in (0, 10, 20, 30):
        evaluate.evaluate(of_images(noise[first : first + 100], "x"), extractor, reference)
    assert len(list((workspace / "cache" / "features").iterdir())) == 2


def test_members_are_told_apart_by_weights_and_seed(extractor, reference):
    anna, otto = (load_network(keep_member(name, seed=seed)[0]) for seed, name in enumerate(("anna", "otto")))
    sources = [of_member(anna, 120, 0), of_member(anna, 120, 1), of_member(otto, 120, 0)]
    assert len({each.digest for each in sources}) == 3
    assert of_member(anna, 120, 0).digest == sources[0].digest
    assert (sources[0].draw(0, 120) == of_member(anna, 200, 0).draw(0, 120)).all()
    first, second, third = (evaluate.evaluate(each, extractor, reference) for each in sources)
    assert len({each.numbers["fid"].value for each in (first, second, third)}) == 3
    assert evaluate.evaluate(of_member(anna, 120, 0), extractor, reference, keep=False) == first


def test_equal_seeds_give_equal_numbers_and_no_global_chance_is_used(extractor, reference, noise, global_chance):
    source = of_images(noise, "x")
    one, same = (evaluate.evaluate(source, extractor, reference, seed=3, keep=False) for _ in range(2))
    other = evaluate.evaluate(source, extractor, reference, seed=4, keep=False)
    assert one == same
    assert one.numbers["fid"].value == other.numbers["fid"].value
    assert one.numbers["fid"].low != other.numbers["fid"].low


@pytest.mark.parametrize("keep", [True, False])
def test_progress_rises_to_one(extractor, reference, pictures, keep):
    source = of_images(pictures("train"), "x")
    for _ in range(2):  # the second time from kept features
        *steps, last = evaluating(source, extractor, reference, keep=keep)
        assert isinstance(last, Measurement)
        assert all(isinstance(step, Progress) for step in steps)
        shares = [step.share for step in steps]
        assert shares == sorted(shares)
        assert 0 < shares[0] < 0.9
        assert shares[-1] == pytest.approx(1)
        assert all(step.left is None or step.left >= 0 for step in steps)
        assert [step.seconds for step in steps] == sorted(step.seconds for step in steps)
    assert steps[-1].left == pytest.approx(0)
    assert not any(step.doing.startswith("real pictures") for step in steps)  # known from the first time


def test_the_first_measuring_says_that_it_measures_real_pictures_too(extractor, reference, noise):
    *steps, _ = evaluating(of_images(noise, "x"), extractor, reference)
    assert steps[-1].doing == "real pictures: classes"
    assert [step.share for step in steps] == sorted(step.share for step in steps)
    assert steps[-1].share == pytest.approx(1)


@pytest.mark.parametrize("stop", [1, 2, 3, 5, 8])
def test_stopping_midway_leaves_nothing_half_written(extractor, reference, pictures, workspace, stop):
    source = of_images(pictures("train", 1200), "x")
    going = evaluating(source, extractor, reference)
    for _ in range(stop):
        next(going)
    going.close()
    kept = everything(workspace) if workspace.exists() else []
    assert not any("part" in path for path in kept)
    assert (kept != []) == (stop > 3)  # whole features stay from the moment they are there: three chunks
    again = evaluate.evaluate(source, extractor, reference)
    assert again == evaluate.evaluate(source, extractor, reference, keep=False)


def test_a_picture_that_cannot_be_drawn_leaves_nothing_behind(extractor, reference, pictures, workspace):
    def draw(start, stop):
        if start:
            raise MetricError("No more.")
        return pictures("train", 500)

    with pytest.raises(MetricError, match="No more"):
        evaluate.evaluate(Source("x", 1000, draw, "0"), extractor, reference)
    assert not workspace.exists() or everything(workspace) == []


def test_floors_are_those_of_real_training_pictures(extractor, reference, pictures, noise):
    measured = evaluate.evaluate(of_images(noise, "x"), extractor, reference)
    rows = reference.features["train"][: len(noise)]
    wanted = evaluate.frechet.fid(rows, reference.split("test")).value
    assert measured.floors["fid"] == pytest.approx(wanted)
    assert set(measured.floors) == set(measured.numbers) - {"nearness"}
    assert measured.floors["modes"] == 10
    assert measured.floors["sharpness"] == pytest.approx(reference.pixels["sharpness"])
    assert evaluate.floors(extractor, reference, 300, "train") == {}  # train against itself is no floor
    shipped = extractor.card.model_copy(update={"floors": {"test-300": {"fid": 0.25}}})
    known = type(extractor)(shipped, extractor.network)
    assert evaluate.floors(known, reference, 300, "test") == {"fid": 0.25}
    assert evaluate.floors(known, reference, 200, "test") != {"fid": 0.25}


def test_quick_agrees_with_the_whole(extractor, reference, pictures, workspace):
    source = of_images(pictures("train", 700), "x")
    found = quick(source, extractor, reference, "validation")
    whole = evaluate.evaluate(source, extractor, reference, "validation", keep=False)
    assert set(found) == {"fid", "diversity", "modes"}
    for name, value in found.items():
        assert value == pytest.approx(whole.numbers[name].value, rel=1e-6), name


def test_quick_keeps_nothing(extractor, reference, noise, workspace):
    quick(of_images(noise, "x"), extractor, reference, "validation")
    assert not workspace.exists()


def test_small_samples_and_lent_extractors_are_said(extractor, reference, pictures, noise):
    source = of_images(pictures("train", 200), "x")
    few = evaluate.evaluate(source, extractor, reference)
    (note,) = few.notes
    assert note == "With 200 against 180 pictures FID is too large: compare it with what real ones reach."
    alone = Reference("digits", reference.features | {"train": reference.features["train"][:50]}, reference.pixels)
    (note,) = evaluate.evaluate(source, extractor, alone).notes
    most = evaluate.frechet.bias(np.cov(reference.split("test"), rowvar=False), 200, 180)
    assert (
        note == f"With 200 against 180 pictures FID is too large: for two clouds like the real one by about {most:.2g}."
    )
    shorter = Reference("digits", reference.features | {"train": reference.features["train"][:150]}, reference.pixels)
    assert evaluate.evaluate(source, extractor, shorter).notes[1] == (
        "Real ones are measured by the 150 training pictures there are, not by 200."
    )
    lent = evaluate.evaluate(source, extractor, Reference("cats", reference.features, reference.pixels))
    assert lent.notes[0].startswith("digits-classifier was not trained on cats: numbers compare only among themselves")
    assert not {"modes", "class_kl"} & set(lent.numbers)  # its classes are not theirs


def test_a_measurement_comes_back_from_json_as_it_was(extractor, reference, noise):
    measured = evaluate.evaluate(of_images(noise, "x"), extractor, reference)
    assert Measurement.read(measured.model_dump_json()) == measured
    assert Measurement.read(json.loads(json.dumps(measured.model_dump(mode="json"), allow_nan=False))) == measured
