"""Joint training: one of each is a plain GAN, losses and weights as the papers have them, resumed to the bit."""

import copy
import math

import pytest
import torch
from fakes import data_for, tiny_spec
from torch.nn import functional

from ganlab.objectives import OBJECTIVES
from ganlab.training import member_at, train
from ganlab.training.checkpoint import Checkpoint
from ganlab.training.events import Finished, Saved
from ganlab.training.gan import GAN
from ganlab.training.joint import Joint, Weighing, critics_weights

CPU = torch.device("cpu")
ADVERSARIAL = [each.name for each in OBJECTIVES if each.facts["kind"] == "gan"]


def spec_of(**changes):
    small = {} if "network" in changes else {"network": "dcgan", "width": 2, "critic_width": 2}
    return tiny_spec(**(small | changes)).resolved()


def made(kind=Joint, spec=None, **options):
    spec = spec or spec_of()
    return kind(spec, data_for(spec).split("train")[0], CPU, **options)


def values(trainer):
    return {f"{role}.{name}": each for role, net in trainer.networks.items() for name, each in net.state_dict().items()}


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(
    "changes",
    [
        *({"objective": name, "n_critic": 2} for name in ADVERSARIAL),
        {"objective": "relativistic", "pack": 2, "diffaugment": "translation"},
        {"objective": "hinge", "spectral_norm": True, "optimizer": "sgd"},
        {"dataset": "ring8", "network": "toy"},
    ],
    ids=lambda value: " ".join(map(str, value.values())),
)
def test_one_of_each_is_a_plain_gan_to_the_bit(changes):
    plain, joint = (
        made(kind, spec_of(**changes), **options) for kind, options in ((GAN, {}), (Joint, {"generators": 1}))
    )
    for players in ("both", "generator", "critic", "both"):
        for trainer in (plain, joint):
            trainer.step(players, measure_gradients=True)
        told, expected = joint.tally.means(), plain.tally.means()
        assert told == pytest.approx(expected, rel=1e-6)  # norms are added up in another order
    assert same(values(plain), values(joint))
    assert same(plain.averages["generator"].network.state_dict(), joint.averages["generator"].network.state_dict())


def test_weights_of_critics_are_from_the_mean_to_the_harshest():
    losses = torch.tensor([1.0, 3.0, 2.0], dtype=torch.float64)
    assert critics_weights(losses, 0.0).tolist() == pytest.approx([1 / 3] * 3)
    assert critics_weights(losses, 1e9).tolist() == [0, 1, 0]
    by_hand = [math.exp(0.7 * loss) for loss in losses.tolist()]
    assert critics_weights(losses, 0.7).tolist() == pytest.approx([each / sum(by_hand) for each in by_hand])
    assert critics_weights(losses + 1e4, 0.7).tolist() == pytest.approx(critics_weights(losses, 0.7).tolist())


def test_the_generators_losses_are_those_of_the_papers():
    """One generator step of three against two, told again pair by pair."""
    spec = spec_of(objective="nonsaturating", network="mlp")
    joint = made(spec=spec, generators=3, critics=2, softness=5.0, diversity=0.3)
    nets = copy.deepcopy(joint.networks)
    z = torch.randn(spec.batch_size, spec.latent_dim, generator=torch.Generator().manual_seed(spec.seed + 2**32))
    joint.step("generator", measure_gradients=False)
    told = joint.tally.means()
    for net in nets.values():
        net.train()
    drawn = [nets[role](z) for role in ("generator", "generator_2", "generator_3")]
    nets["critic"].eval(), nets["critic_2"].eval()
    loss = {
        (m, k): functional.softplus(-critic(x)).mean().item()
        for m, critic in enumerate((nets["critic"], nets["critic_2"]))
        for k, x in enumerate(drawn)
    }
    before = [sum(loss[m, k] for k in range(3)) / 3 for m in range(2)]
    odds = [math.exp(5.0 * each) for each in before]
    weights = [each / sum(odds) for each in odds]
    for k in range(3):
        expected = sum(weights[m] * loss[m, k] for m in range(2))
        assert told[f"generator_loss_{k + 1}"] == pytest.approx(expected, rel=1e-5)
        assert told[f"share_{k + 1}"] == pytest.approx(1 / 3)
    for m in range(2):
        assert told[f"critic_weight_{m + 1}"] == pytest.approx(weights[m], rel=1e-4)
    assert told["generator_loss"] == pytest.approx(
        sum(w * each for w, each in zip(weights, before, strict=True)), rel=1e-5
    )
    who = torch.cat([nets["critic_head"](nets["critic"][:-2](x)).log_softmax(1)[:, k] for k, x in enumerate(drawn)])
    assert told["confusion"] == pytest.approx(-who.mean().item(), rel=1e-5)


def test_shares_move_to_those_whom_critics_take_for_real():
    spec = spec_of(network="mlp", optimizer="sgd", learning_rate_generator=0.5, objective="nonsaturating")
    joint = made(spec=spec, generators=3)
    with torch.no_grad():
        for role, factor in (("critic", 4.0), ("generator_2", 2.0), ("generator_3", 3.0)):
            for weight in joint.networks[role].parameters():
                weight.mul_(factor)  # so that losses differ
    joint.step("generator", measure_gradients=False)
    told = joint.tally.means()
    losses = [told[f"generator_loss_{k}"] for k in (1, 2, 3)]
    # Gradient descent on sum_k s_k L_k with s = softmax(a): a_k moves by -rate s_k (L_k - mean L).
    moves = [-0.5 * (each - sum(losses) / 3) / 3 for each in losses]
    assert max(map(abs, moves)) > 1e-3
    assert joint.weighing.logits.tolist() == pytest.approx(moves, rel=1e-3, abs=1e-6)
    assert joint.shares.sum().item() == pytest.approx(1)


def test_generators_soften_towards_critics_that_differ_more_than_is_paid_for():
    weighing = Weighing(2, 2.0)
    assert (weighing.softness.item(), weighing.shares.tolist()) == (2.0, [0.5, 0.5])
    assert Weighing(2, 0.0).softness.item() == 0.0
    joint = made(spec=spec_of(optimizer="sgd", learning_rate_generator=0.5), generators=1, critics=3, softness=2.0)
    with torch.no_grad():
        for weight in joint.networks["critic_2"].parameters():
            weight.mul_(3.0)  # it judges harder than the others
    joint.step("generator", measure_gradients=False)
    told = joint.tally.means()
    assert len({round(told[f"critic_weight_{m}"], 6) for m in (1, 2, 3)}) > 1
    assert joint.weighing.softness.item() != 2.0
    still = made(generators=1, critics=3, softness=0.0)
    still.step("both", measure_gradients=False)
    assert still.weighing.softness.item() == 0.0


def test_a_head_learns_who_drew_and_generators_are_paid_for_it():
    torch.manual_seed(3)
    state = torch.get_rng_state()
    joint = made(spec=spec_of(dataset="ring8", network="toy", batch_size=32), generators=3, diversity=0.5)
    assert "critic_head" in joint.networks
    first = None
    for _ in range(150):
        joint.step("both", measure_gradients=False)
        first = first or joint.tally.means()["confusion"]
        last = joint.tally.means().get("confusion")
    assert last < 0.9 * first
    assert first == pytest.approx(math.log(3), abs=0.3)  # at first it is a guess
    assert torch.equal(torch.get_rng_state(), state)
    assert "critic_head" not in made(generators=3, diversity=0.0).networks
    assert "critic_head" not in made(generators=1, critics=2).networks


def test_gradients_are_told_and_networks_move_together():
    joint = made(generators=2, critics=2)
    before = copy.deepcopy(values(joint))
    joint.step("both", measure_gradients=True)
    told = joint.tally.means()
    assert told["generator_gradient"] > 0
    assert told["critic_gradient"] > 0
    assert {"critic_loss_1", "critic_loss_2", "generator_loss_2", "share_2", "critic_weight_2"} <= told.keys()
    after = values(joint)
    for role in ("generator", "generator_2", "critic", "critic_2", "critic_head"):
        assert any(not torch.equal(before[name], after[name]) for name in after if name.startswith(f"{role}."))
    joint.set_rate("critic", 0.125)
    rates = {player: each.param_groups[0]["lr"] for player, each in joint.optimizers.items()}
    assert {player for player, rate in rates.items() if rate == 0.125} == {"critic", "critic_2", "critic_head"}
    joint.set_rate("generator", 0.25)
    moved = {player for player, each in joint.optimizers.items() if each.param_groups[0]["lr"] == 0.25}
    assert moved == {"generator", "generator_2", "weighing"}


def test_first_weights_of_the_first_ones_are_a_plain_gans():
    plain, joint = made(GAN), made(generators=3, critics=2)
    assert all(torch.equal(each, values(joint)[name]) for name, each in values(plain).items())
    assert not same(joint.generator[0].state_dict(), joint.generator[1].state_dict())
    assert not same(joint.critic[0].state_dict(), joint.critic[1].state_dict())


def test_broken_off_and_resumed_it_is_the_same_and_each_number_has_its_own():
    spec = spec_of(checkpoint_every=2, steps=4)
    options = {"generators": 3, "critics": 2}

    def trainer(number):
        return lambda *given: Joint(*given, **options, number=number)

    events = list(train(spec, data_for(spec), trainer=trainer(1)))
    saved = [Checkpoint.from_bytes(each.checkpoint.to_bytes()) for each in events if isinstance(each, Saved)]
    ended = {number: list(train(spec, data_for(spec), saved[-1], trainer=trainer(number)))[-1] for number in (1, 2, 3)}
    again = list(train(spec, data_for(spec), saved[0], trainer=trainer(1)))[-1]
    assert all(isinstance(each, Finished) for each in (events[-1], again, *ended.values()))
    networks = {number: each.member.networks for number, each in ended.items()}
    for one in (events[-1].member, again.member, member_at(spec, saved[-1])):
        for role in ("generator", "critic"):
            assert same(one.networks[role].state_dict(), networks[1][role].state_dict())
    assert not same(networks[1]["generator"].state_dict(), networks[2]["generator"].state_dict())
    assert not same(networks[1]["critic"].state_dict(), networks[2]["critic"].state_dict())
    assert same(networks[1]["critic"].state_dict(), networks[3]["critic"].state_dict())  # two critics for three
