"""The fast step against the papers' own, written out in float64."""

import pytest
import torch
from fakes import pictures, tiny_spec
from references.gan_step import Optimiser, gan_step

from ganlab.data.batches import Batches
from ganlab.objectives import OBJECTIVES
from ganlab.training.gan import GAN

CPU = torch.device("cpu")
OPTIMIZERS = {
    "adam": {"optimizer": "adam", "learning_rate_generator": 1e-3, "learning_rate_critic": 2e-3},
    "sgd": {"optimizer": "sgd", "momentum": 0.5, "learning_rate_generator": 0.02, "learning_rate_critic": 0.01},
    "rmsprop": {
        "optimizer": "rmsprop",
        "momentum": 0.5,
        "learning_rate_generator": 1e-4,
        "learning_rate_critic": 2e-4,
    },
}
ADVERSARIAL = [each.name for each in OBJECTIVES if each.facts["kind"] == "gan"]
CASES = [
    *((objective, "sgd", 2, {}) for objective in ADVERSARIAL),
    ("hinge", "adam", 1, {}),
    ("nonsaturating", "rmsprop", 1, {}),
    ("wasserstein_gp", "adam", 3, {}),
    *((objective, "sgd", 2, {"pack": 2}) for objective in ADVERSARIAL),
    ("nonsaturating", "sgd", 2, {"feature_matching": 3.0}),
    ("relativistic", "sgd", 1, {"feature_matching": 3.0, "pack": 4}),
    # Losses that bend: in a linear one what real and fake would have in common cancels.
    ("nonsaturating", "sgd", 2, {"minibatch_discrimination": 3}),
    ("least_squares", "sgd", 1, {"minibatch_discrimination": 2, "feature_matching": 0.5, "pack": 2}),
]


@pytest.fixture(autouse=True)
def double_precision():
    """Both sides count in float64, so that only the order of additions differs."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


class DoubleBatches(Batches):
    def draw(self, rng):
        return tuple(each.double() for each in super().draw(rng))


def made(spec, examples):
    gan = GAN(spec, examples, CPU)
    gan.batches = DoubleBatches(examples, spec.batch_size, spec.seed, CPU)
    return gan


def chance_of(spec, examples, steps):
    """The chance of a training, told again: for each critic step noise, then the next batch, then places."""
    rng = torch.Generator().manual_seed(spec.seed + 2**32)
    batches = DoubleBatches(examples, spec.batch_size, spec.seed, CPU)
    for _ in range(steps):
        yield [
            (
                torch.randn(spec.batch_size, spec.latent_dim, generator=rng),
                batches.draw(rng)[0].flatten(1),
                torch.rand(spec.batch_size // spec.pack, 1, generator=rng)
                if spec.objective == "wasserstein_gp"
                else None,
            )
            for _ in range(spec.n_critic)
        ]


def lists(gan):
    return [[w.detach().clone() for w in net.parameters()] for net in (gan.generator, gan.critic)]


@pytest.mark.parametrize(("objective", "optimizer", "n_critic", "options"), CASES)
def test_two_steps_are_those_of_the_papers(objective, optimizer, n_critic, options):
    smoothing = {"label_smoothing": 0.1} if "label_smoothing" in OBJECTIVES[objective].facts["options"] else {}
    spec = tiny_spec(
        objective=objective,
        n_critic=n_critic,
        dropout=0.0,
        seed=7,
        **OPTIMIZERS[optimizer],
        **smoothing,
        **options,
    ).resolved()
    examples = pictures(40).examples
    gan = made(spec, examples)
    generator, critic = lists(gan)
    first = generator, critic
    memory = {name: getattr(spec, name) for name in ("beta1", "beta2", "momentum")}
    optimisers = {
        player: Optimiser(optimizer, getattr(spec, f"learning_rate_{player}"), **memory)
        for player in ("generator", "critic")
    }
    for chance in chance_of(spec, examples, steps=2):
        generator, critic = gan_step(spec, generator, critic, optimisers, chance)
        gan.step("both", measure_gradients=False)
    for mine, theirs, before in zip(lists(gan), (generator, critic), first, strict=True):
        moved = max((wanted - start).abs().max() for wanted, start in zip(theirs, before, strict=True))
        assert moved > 0
        for w, wanted in zip(mine, theirs, strict=True):
            # gradients agree to about 1e-13; Adam and RMSprop divide those of nearly 0 by their own size (plus 1e-8)
            assert (w - wanted).abs().max() <= 1e-6 * moved


def test_the_reference_is_no_copy():
    """It fails where it should: another rate, another objective or another order of chance is another step."""
    spec = tiny_spec(dropout=0.0, optimizer="sgd", seed=7).resolved()
    examples = pictures(40).examples
    gan = made(spec, examples)
    generator, critic = lists(gan)
    (chance,) = chance_of(spec, examples, steps=1)
    for change in ({"learning_rate_critic": 3e-4}, {"objective": "wasserstein"}):
        other = tiny_spec(**({"dropout": 0.0, "optimizer": "sgd", "seed": 7} | change)).resolved()
        rates = {
            p: Optimiser("sgd", getattr(other, f"learning_rate_{p}"), momentum=0.0) for p in ("generator", "critic")
        }
        _, moved = gan_step(other, generator, critic, rates, chance)
        fresh = made(spec, examples)
        fresh.step("both", measure_gradients=False)
        steps = [(a - b, c - b) for a, b, c in zip(lists(fresh)[1], critic, moved, strict=True)]
        assert any((a - c).abs().max() > 0.1 * c.abs().max() for a, c in steps)
