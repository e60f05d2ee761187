"""The step of a variational autoencoder against its formula by hand, and what a short training brings."""

import pytest
import torch
from fakes import tiny_spec

from ganlab.data import load_dataset
from ganlab.objectives import evidence
from ganlab.training import train
from ganlab.training.events import Finished, Step
from ganlab.training.vae import VAE


def trainer_of(**changes):
    usual = {"objective": "elbo", "optimizer": "sgd", "learning_rate_generator": 1e-4, "ema": 0.0, "warmup": 4}
    spec = tiny_spec(**(usual | changes)).resolved()
    images = torch.randint(0, 256, (20, *spec.shape), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    return VAE(spec, images, torch.device("cpu"))


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_a_step_goes_down_the_weighed_bound(likelihood):
    trainer, twin = trainer_of(likelihood=likelihood), trainer_of(likelihood=likelihood)
    images = twin.batches.draw(twin.rng)[0]
    mean, log_variance = twin.networks["encoder"](images).chunk(2, 1)
    z = mean + (log_variance / 2).exp() * torch.randn(mean.shape, generator=twin.rng)
    drawn = twin.networks["generator"](z)
    cost = -evidence.log_likelihood(images, drawn, likelihood).mean()
    divergence = 0.5 * (mean**2 + log_variance.exp() - log_variance - 1).sum(1).mean()
    (cost + divergence / 4).backward()  # the first of four steps of warming up
    trainer.step("both", measure_gradients=False)
    values = trainer.tally.means()
    assert values["reconstruction_loss"] == pytest.approx(cost.item(), rel=1e-5)
    assert values["divergence"] == pytest.approx(divergence.item(), rel=1e-5)
    assert values["generator_loss"] == pytest.approx((cost + divergence).item(), rel=1e-5)
    for role, network in twin.networks.items():
        for (name, before), after in zip(network.named_parameters(), trainer.networks[role].parameters(), strict=True):
            assert torch.allclose(after, before - 1e-4 * before.grad, atol=1e-6), f"{role}.{name}"


@pytest.mark.parametrize(("step", "weight"), [(0, 0.5), (1, 1.0), (2, 1.5), (3, 2.0), (900, 2.0)])
def test_the_divergence_warms_up(step, weight):
    assert evidence.Evidence(beta=2.0, warmup=4).weight(step) == weight
    assert evidence.Evidence(beta=2.0).weight(step) == 2.0


def test_the_bound_rises_and_pictures_are_rebuilt():
    spec = tiny_spec(
        objective="elbo", latent_dim=12, batch_size=64, steps=500, log_every=50, learning_rate_generator=1e-3, ema=0.9
    )
    data = load_dataset("digits")
    events = list(train(spec, data))
    losses = [event.values["generator_loss"] for event in events if isinstance(event, Step)]
    assert losses[-1] < 0.9 * losses[0]
    member = next(event.member for event in events if isinstance(event, Finished))
    assert (member.card.kind, member.encodes) == ("vae", True)
    images = data.split("test")[0].float() / 127.5 - 1
    z = member.encode(images)
    assert z.shape == (len(images), 12)
    rebuilt = (member.generate(z) - images).square().mean()
    assert rebuilt < 0.5 * images.var(0).mean()
