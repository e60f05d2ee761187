"""Laws of the augmentation measurement, on the embedded digits."""

import numpy as np
import pytest
import torch
from fakes import card_for, points, rng, tiny_spec
from fakes import pictures as noise_set
from torch.nn.modules.module import register_module_forward_pre_hook
from torch.optim.optimizer import register_optimizer_step_post_hook

from ganlab.data.dataset import Dataset
from ganlab.errors import MetricError, SpecError
from ganlab.members.card import Card
from ganlab.members.member import Member
from ganlab.metrics import augment
from ganlab.metrics.augment import ARMS, augmenting, mean
from ganlab.metrics.evaluate import Progress


class Honest(Member):
    """Asked for a class, it shows a training picture of it."""

    def __init__(self, data):
        self.device, self.data, self.asked = torch.device("cpu"), data, []
        facts = {"dataset": data.name, "shape": data.shape, "latent_dim": 1, "parameters": 0}
        self.card = Card(name="honest", kind="rule-based", conditional=True, **facts)

    def generate(self, z, labels=None):
        self.asked.append(labels)
        examples, known = self.data.split("train")
        rows = [(known == label).nonzero()[:, 0] for label in labels]
        chosen = [each[int(abs(number) * 1e6) % len(each)] for each, number in zip(rows, z[:, 0], strict=True)]
        return examples[torch.stack(chosen)].float() / 127.5 - 1


class Noise(Member):
    """Draws grey noise and knows no classes."""

    def __init__(self, data):
        self.device = torch.device("cpu")
        self.card = card_for(tiny_spec(), "noise", dataset=data.name)

    def generate(self, z, labels=None):
        assert labels is None
        return torch.rand(len(z), *self.shape, generator=rng(int(abs(z[0, 0]) * 1e6))) * 2 - 1


def found(member, data, **options):
    *progress, result = augmenting(member, data, **options)
    assert all(isinstance(step, Progress) for step in progress)
    return result


@pytest.fixture
def short(monkeypatch):
    """A few steps, where it does not matter what is learned."""
    monkeypatch.setattr(augment, "STEPS", 6)


def test_real_pictures_with_their_labels_help(digits, global_chance):
    result = found(Honest(digits), digits, per_class=2, added=500, repeats=5)
    assert result.helps
    assert result.gain("added").low > 0.05  # 2 a class against 50: measured 0.15 give or take 0.05
    assert (result.labels, result.fair) == ("asked", True)


def test_noise_does_not_help(digits):
    result = found(Noise(digits), digits, per_class=5, added=500)
    assert not result.helps
    assert (result.labels, result.fair) == ("few", True)


def test_a_conditional_member_is_asked_for_all_classes_alike(digits, short):
    member = Honest(digits)
    found(member, digits, added=200)
    asked = torch.cat(member.asked)
    assert asked.bincount().tolist() == [60] * 10  # 200 pictures for each of three seeds


def test_an_extractor_that_knows_all_labels_is_called_unfair(digits, extractor, short):
    result = found(Noise(digits), digits, added=50, teacher=extractor)
    assert (result.labels, result.extractor, result.fair) == ("extractor", "digits-classifier", False)


def test_all_arms_take_equal_steps_of_equal_batches(digits, short):
    steps, sizes, kept = {}, [], []

    def count(optimiser, *_):
        steps[id(optimiser)] = steps.get(id(optimiser), 0) + 1
        kept.append(optimiser)  # so that no id is used twice

    def measure(network, given):
        if isinstance(network, torch.nn.Sequential) and not torch.is_inference_mode_enabled():
            sizes.append(len(given[0]))

    hooks = [register_optimizer_step_post_hook(count), register_module_forward_pre_hook(measure)]
    try:
        found(Noise(digits), digits, added=50)
    finally:
        for hook in hooks:
            hook.remove()
    assert list(steps.values()) == [6] * 9  # three arms for each of three seeds
    assert [size for size in sizes if size > 1] == [64] * 54  # one picture alone tells how wide the network is


def test_the_labeller_is_the_network_that_learned_from_the_same_few_alone(digits, monkeypatch):
    monkeypatch.setattr(augment, "STEPS", 30)
    usual, right = augment._drawn, []
    images, answers = digits.split("test")

    def drawn(member, classes, count, seed, labeller):
        right.append(float((augment._answers(labeller, images) == answers).double().mean()))
        return usual(member, classes, count, seed, labeller)

    monkeypatch.setattr(augment, "_drawn", drawn)
    assert found(Noise(digits), digits, added=50).accuracies["few"] == tuple(right)


def test_a_seed_repeats_and_seeds_count_on(digits, short):
    first = found(Noise(digits), digits, added=50, repeats=4, seed=7)
    again = found(Noise(digits), digits, added=50, repeats=4, seed=7)
    later = found(Noise(digits), digits, added=50, repeats=3, seed=8)
    assert first == again
    assert first.seeds == (7, 8, 9, 10)
    assert {arm: values[1:] for arm, values in first.accuracies.items()} == later.accuracies
    assert len({*first.accuracies["few"]}) > 1


def test_arms_of_a_seed_share_pictures_and_first_weights(digits, monkeypatch):
    """Without a step taken, all arms are one network; accuracy is then a tenth or so for all of them."""
    monkeypatch.setattr(augment, "STEPS", 1)
    monkeypatch.setattr(augment, "_RATE", 0.0)
    result = found(Noise(digits), digits, added=50)
    assert result.accuracies["few"] == result.accuracies["shifted"] == result.accuracies["added"]
    assert set(result.accuracies) == set(ARMS)
    assert len({*result.accuracies["few"]}) > 1  # each seed has first weights of its own


def test_accuracy_is_that_on_the_whole_test_split(digits, short):
    result = found(Noise(digits), digits, added=50)
    assert result.n_test == len(digits.splits["test"]) == 180
    for values in result.accuracies.values():
        assert [round(value * 180, 6) % 1 for value in values] == [0, 0, 0]


def test_progress_grows_to_the_end(digits, monkeypatch):
    monkeypatch.setattr(augment, "STEPS", 20)
    *progress, _ = augmenting(Noise(digits), digits, added=50)
    shares = [step.share for step in progress]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert progress[-1].left == 0


def test_it_can_be_left_at_any_moment(digits):
    work = augmenting(Noise(digits), digits, added=50)
    next(work)
    work.close()


def test_the_interval_is_students(digits):
    interval = mean([0.5, 0.6, 0.7], 0, 1)
    # 97.5 % of Student's t with two degrees of freedom lie below 4.302653 (printed tables).
    assert interval.value == pytest.approx(0.6)
    assert interval.high - 0.6 == pytest.approx(4.302653 * 0.1 / np.sqrt(3), rel=1e-6)
    assert (mean([0.0, 0.1, 0.9], 0, 1).low, mean([1.0, 0.1, 0.9], 0, 1).high) == (0, 1)


@pytest.mark.parametrize(
    ("added", "helps"), [((0.6, 0.61, 0.62), True), ((0.6, 0.5, 0.62), False), ((0.4, 0.41, 0.42), False)]
)
def test_it_helps_only_if_the_whole_interval_of_the_gain_lies_above_zero(added, helps):
    accuracies = {"few": (0.5, 0.51, 0.52), "shifted": (0.6, 0.61, 0.62), "added": added}
    facts = {"member": "anna", "dataset": "digits", "per_class": 20, "added": 50, "labels": "few", "extractor": None}
    result = augment.Augmentation(**facts, n_test=180, seeds=(0, 1, 2), accuracies=accuracies)
    assert result.helps is helps
    assert result.gain("shifted").low == pytest.approx(0.1)  # pair by pair, so that seeds' own luck goes out


def unlabelled(data):
    return Dataset("digits", data.examples, None, (), data.splits)


def few_tests(data):
    return Dataset("digits", data.examples, data.labels, data.classes, data.splits | {"test": torch.arange(99)})


@pytest.mark.parametrize(
    ("change", "options", "error", "sentence"),
    [
        (lambda data: data, {"per_class": 0}, SpecError, "per_class is 0; allowed: 1 to"),
        (lambda data: data, {"added": 5}, SpecError, "added is 5; allowed: 10 to"),
        (lambda data: data, {"repeats": 2}, SpecError, "seeds is 2; allowed: 3 to"),
        (lambda data: data, {"per_class": 500}, MetricError, "training pictures: 500 a class cannot be picked."),
        (unlabelled, {}, MetricError, "'digits' has no labels"),
        (lambda data: unlabelled(noise_set()), {}, MetricError, "'digits' has no labels"),
        (lambda data: points(), {}, MetricError, "'ring8' holds points"),
        (few_tests, {}, MetricError, "has 99 test pictures; at least 100"),
    ],
)
def test_what_cannot_be_told_is_refused(digits, change, options, error, sentence):
    with pytest.raises(error, match=sentence):
        found(Noise(digits), change(digits), **options)


def test_a_teacher_of_other_classes_is_refused(digits, extractor):
    extractor.card = extractor.card.model_copy(update={"dataset": "mnist"})
    with pytest.raises(MetricError, match="does not know the classes of 'digits'"):
        found(Noise(digits), digits, teacher=extractor)
