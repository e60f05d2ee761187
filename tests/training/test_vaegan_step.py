"""The four stages of a VAE-GAN: who learns in each, from which loss, and in which order they come."""

import pytest
import torch
from fakes import data_for, tiny_spec
from torch.nn.functional import softplus

from ganlab.errors import SpecError
from ganlab.objectives import OBJECTIVES
from ganlab.spec import MemberSpec
from ganlab.training import Checkpoint, member_at, train
from ganlab.training.events import Controls, Finished, Saved, Stage
from ganlab.training.vae import VAE
from ganlab.training.vaegan import VAEGAN

SHARES = {"pretrain": 0.0, "join": 0.0, "adversarial": 0.0, "joint": 0.0}


def trainer_of(stage, kind=VAEGAN, **changes):
    usual = {"network": "dcgan", "width": 2, "critic_width": 2, "dropout": 0.0, "ema": 0.0, "batch_size": 8}
    usual |= {"optimizer": "sgd", "learning_rate_generator": 1e-3, "learning_rate_critic": 1e-3}
    shares = {**SHARES, stage: 1.0} if kind is VAEGAN else {}
    objective = "vaegan" if kind is VAEGAN else "elbo"
    spec = tiny_spec(**(usual | {"objective": objective} | shares | changes)).resolved()
    images = torch.randint(0, 256, (20, *spec.shape), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    return kind(spec, images, torch.device("cpu"))


def weights_of(trainer):
    return {role: [each.detach().clone() for each in net.parameters()] for role, net in trainer.networks.items()}


def moved(trainer, before):
    return {role for role, now in weights_of(trainer).items() if not all(map(torch.equal, now, before[role]))}


@pytest.mark.parametrize(
    ("stage", "players", "learning"),
    [
        ("pretrain", "both", {"encoder", "generator"}),
        ("join", "both", {"critic"}),
        ("adversarial", "both", {"generator", "critic"}),
        ("adversarial", "critic", {"critic"}),
        ("adversarial", "generator", {"generator"}),
        ("joint", "both", {"encoder", "generator", "critic"}),
        ("joint", "critic", {"critic"}),
        ("joint", "generator", {"encoder", "generator"}),
    ],
)
def test_only_those_learn_whose_turn_it_is(stage, players, learning):
    trainer = trainer_of(stage)
    before, states = weights_of(trainer), {role: dict(net.named_buffers()) for role, net in trainer.networks.items()}
    kept = {role: {name: value.clone() for name, value in each.items()} for role, each in states.items()}
    trainer.step(players, measure_gradients=True)
    assert moved(trainer, before) == learning
    for role in trainer.networks.keys() - learning:  # nor do statistics of who stands still
        assert all(torch.equal(value, kept[role][name]) for name, value in states[role].items())
    assert (trainer.steps, trainer.stage(0)) == (1, stage)


def test_the_first_stage_is_a_variational_autoencoder():
    one, other = trainer_of("pretrain"), trainer_of("", VAE)
    other.networks["encoder"].load_state_dict(one.networks["encoder"].state_dict())  # drawn after a critic there
    for trainer in (one, other):
        trainer.step("both", measure_gradients=False)
    for role in ("encoder", "generator"):
        assert all(map(torch.equal, weights_of(one)[role], weights_of(other)[role]))
    wanted = other.tally.means()
    del wanted["generator_loss"]  # the name of the game's in a VAE-GAN, and it is not played yet
    assert one.tally.means() == wanted


def test_the_last_stage_goes_down_the_losses_of_the_paper():
    trainer, twin = trainer_of("joint", likeness=0.3, beta=2.0), trainer_of("joint", likeness=0.3, beta=2.0)
    nets, rate = {role: net.train() for role, net in twin.networks.items()}, 1e-3
    x = twin.batches.draw(twin.rng)[0]
    mean, log_variance = nets["encoder"](x).chunk(2, 1)
    z, prior = (torch.randn(8, 6, generator=twin.rng) for _ in range(2))
    rebuilt, drawn = nets["generator"](mean + (log_variance / 2).exp() * z), nets["generator"](prior)
    fakes = torch.cat([rebuilt, drawn])
    critic_loss = softplus(-nets["critic"](x)).mean() + softplus(nets["critic"](fakes.detach())).mean()
    gradients = {"critic": torch.autograd.grad(critic_loss, list(nets["critic"].parameters()))}
    with torch.no_grad():  # the critic learns first
        for weight, gradient in zip(nets["critic"].parameters(), gradients["critic"], strict=True):
            weight -= rate * gradient
    hidden = nets["critic"][:-2]
    like = (hidden(x).detach() - hidden(rebuilt)).square().sum(1).mean() / 2
    divergence = (mean**2 + log_variance.exp() - 1 - log_variance).sum(1).mean() / 2
    losses = {
        "encoder": like + 2 * divergence,
        "generator": 0.3 * like + softplus(-nets["critic"](fakes)).mean(),
    }
    for role, loss in losses.items():
        gradients[role] = torch.autograd.grad(loss, list(nets[role].parameters()), retain_graph=True)
    trainer.step("both", measure_gradients=False)
    for role, network in trainer.networks.items():
        for after, before, gradient in zip(network.parameters(), nets[role].parameters(), gradients[role], strict=True):
            wanted = before if role == "critic" else before - rate * gradient
            assert torch.allclose(after, wanted, atol=1e-6), role


def test_stages_come_in_order_each_with_a_checkpoint_to_keep_a_member_from():
    shares = {"pretrain": 2.0, "join": 1.0, "adversarial": 0.0, "joint": 1.0}
    spec = tiny_spec(objective="vaegan", steps=8, checkpoint_every=3, **shares).resolved()
    events = list(train(spec, data_for(spec, 20)))
    stages = [event for event in events if isinstance(event, Stage)]
    assert [(each.step, each.name, each.ended) for each in stages] == [
        (0, "pretrain", None),
        (4, "join", "pretrain"),
        (6, "joint", "join"),
    ]
    saved = {event.step: event.checkpoint for event in events if isinstance(event, Saved)}
    assert sorted(saved) == [3, 4, 6, 8]
    assert [event.step for event in events if isinstance(event, Saved)] == sorted(saved)  # none twice
    for each in stages[1:]:
        assert events[: events.index(each)][-1].step == each.step
        member = member_at(spec, Checkpoint.from_bytes(saved[each.step].to_bytes()))
        assert member.card.steps == each.step
    final = next(event.member for event in events if isinstance(event, Finished))
    assert set(final.networks) == {"generator", "critic", "encoder"}
    assert final.encode(final.sample(3, seed=0)).shape == (3, 6)


def test_a_stage_is_told_once_though_it_is_saved_at_its_beginning():
    spec, controls, told = tiny_spec(objective="vaegan", steps=8).resolved(), Controls(), []
    for event in train(spec, data_for(spec, 20), controls=controls):
        told.append(event)
        controls.save = isinstance(event, Stage) and len(told) < 20
    stages = [event.name for event in told if isinstance(event, Stage)]
    assert len(stages) == len(set(stages)) > 1
    assert sum(isinstance(event, Saved) and event.step == 0 for event in told) == 1


@pytest.mark.parametrize("steps", [1, 7, 1000])
def test_shares_of_any_size_fill_the_run(steps):
    ends = OBJECTIVES["vaegan"].load()(pretrain=3, join=0, adversarial=1, joint=2).ends(steps)
    assert list(ends.values()) == sorted(ends.values())
    assert ends["joint"] == steps
    assert ends["join"] == ends["pretrain"] == round(steps / 2)


def test_a_run_without_any_stage_is_refused():
    with pytest.raises(SpecError, match="pretrain, join, adversarial, joint are all 0"):
        MemberSpec.read({"objective": "vaegan", **SHARES})
