"""Forward passes in half precision and as compiled code: what is kept, and how far the training goes another way."""

import pytest
import torch
from fakes import data_for, tiny_spec

from ganlab import device as devices
from ganlab.objectives.wasserstein import WassersteinGP
from ganlab.training import TRAINERS

CPU = torch.device("cpu")
SMALL = {"network": "dcgan", "width": 4, "critic_width": 4, "ema": 0.0}
SPECS = {
    "hinge": {**SMALL, "objective": "hinge"},
    "spectral norm": {**SMALL, "spectral_norm": True, "objective": "nonsaturating"},
    "wasserstein_gp": {**SMALL, "objective": "wasserstein_gp", "n_critic": 2},
    "relativistic": {**SMALL, "objective": "relativistic"},
    "dense": {"network": "mlp", "dropout": 0.3},
    "conditional": {**SMALL, "conditional": True},
    "vae": {**SMALL, "objective": "elbo"},
    "vaegan": {**SMALL, "objective": "vaegan", "pretrain": 1.0, "join": 1.0, "adversarial": 1.0, "joint": 1.0},
    "toy": {"network": "toy", "dataset": "ring8"},
}
every = pytest.mark.parametrize("changes", SPECS.values(), ids=SPECS)


def made(**changes):
    spec = tiny_spec(**changes).resolved()
    examples, labels = data_for(spec).split("train")
    if spec.conditional:
        labels = torch.arange(len(examples)) % 10
    return TRAINERS[spec.kind].load()(spec, examples, CPU, labels)


def after(trainer, steps=4):
    """The weights of all networks after some steps, and the means of what was told on the way."""
    for _ in range(steps):
        trainer.step("both", measure_gradients=False)
    weights = [value.flatten() for network in trainer.networks.values() for value in network.parameters()]
    return torch.cat(weights).detach(), trainer.tally.means()


def dtypes(trainer, role):
    """A set that fills with the types of what the first layer of a network makes."""
    found = set()
    layer = next(
        each for each in trainer.networks[role].modules() if isinstance(each, torch.nn.Linear | torch.nn.Conv2d)
    )
    layer.register_forward_hook(lambda *passed: found.add(passed[2].dtype))
    return found


@every
def test_half_precision_keeps_whole_weights_and_goes_nearly_the_same_way(changes):
    whole, half = made(**changes), made(**changes, precision="bfloat16")
    first = torch.cat([value.flatten() for network in whole.networks.values() for value in network.parameters()])
    (weights, told), (near, told_near) = after(whole), after(half)
    assert {value.dtype for value in half.checkpoint().tensors.values() if value.is_floating_point()} == {torch.float32}
    assert not torch.equal(near, weights)
    # Eight bits of a number are kept: losses agree to two digits, and steps mostly go the same way.
    assert told_near == pytest.approx(told, rel=0.05, abs=0.05)
    assert torch.cosine_similarity(near - first, weights - first, dim=0) > 0.85


def test_networks_pass_on_half_precision_and_losses_and_penalties_see_whole():
    trainer = made(**SPECS["wasserstein_gp"], precision="bfloat16")
    drawn, judged, seen = dtypes(trainer, "generator"), dtypes(trainer, "critic"), set()

    class Listening(WassersteinGP):
        def critic_loss(self, *logits):
            seen.update(each.dtype for each in logits)
            return WassersteinGP.critic_loss(self, *logits)

        def generator_loss(self, *logits):
            seen.add(logits[0].dtype)
            return WassersteinGP.generator_loss(self, *logits)

        def regularise(self, *given):
            assert judged == {torch.bfloat16}
            judged.clear()
            slope = super().regularise(*given)
            assert judged == {torch.float32}
            judged.clear()
            seen.add(slope.dtype)
            return slope

    trainer.objective = Listening()
    after(trainer, 1)
    assert drawn == {torch.bfloat16}
    assert judged == {torch.bfloat16}
    assert seen == {torch.float32}


@pytest.mark.filterwarnings("ignore")  # of the compiler's own code
@pytest.mark.parametrize("name", ["wasserstein_gp", "dense", "conditional", "vaegan"])
def test_compiled_passes_train_the_same_networks_under_the_same_names(name):
    torch.compiler.reset()
    changes = SPECS[name]
    plain, compiled = made(**changes), made(**changes)
    passes = []
    compiled.compile(backend=lambda graph, _: passes.append(graph) or graph.forward)
    (weights, told), (same, told_same) = after(plain), after(compiled)
    assert passes
    torch.testing.assert_close(same, weights)
    assert told_same == pytest.approx(told)
    assert compiled.checkpoint().tensors.keys() == plain.checkpoint().tensors.keys()
    assert [type(each) for each in compiled.drawing().values()] == [type(each) for each in plain.drawing().values()]
    plain.restore(compiled.checkpoint())  # either goes on where the other broke off
    assert torch.equal(after(plain, 0)[0], same)


def test_compiling_is_off_until_the_environment_says_otherwise(monkeypatch):
    monkeypatch.delenv("GANLAB_COMPILE", raising=False)
    assert not devices.compiles()
    for value, wanted in (("1", True), ("0", False), ("", False)):
        monkeypatch.setenv("GANLAB_COMPILE", value)
        assert devices.compiles() is wanted
