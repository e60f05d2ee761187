"""A whole fusion as one network in another library."""

import json

import numpy as np
import onnx
import onnxruntime
import pytest
from fakes import keep_member
from fusion.conftest import MERGING, NAMES, WEIGHING, fit_of, fused, of

from ganlab.errors import MemberError
from ganlab.fusion import RULES, fuse, load
from ganlab.members.card import Card
from ganlab.members.onnx import CARD, IR, OPSET, RECIPE, export, to_onnx
from ganlab.spec import Recipe

REFUSED = [entry.name for entry in RULES if "no_network" in entry.facts]
EXPORTED = [name for name in NAMES if name not in REFUSED]
_WEIGHTS, _OTHERS = (0.2, 0.5, 0.3), (3.0, 0.0, 1.0)


def loud(name):
    """A member whose pictures differ by more than any tolerance: untrained ones are all but grey."""
    member = load(name)
    gain = 40 if len(member.shape) == 3 else 2
    for network in member.networks.values():
        for weight in network.parameters():
            weight.mul_(gain if weight.ndim >= 2 else 1)
    return member


def session_of(member):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # that an input has a usual value is meant so
    return onnxruntime.InferenceSession(to_onnx(member), options)


def agrees(session, member, others=None):
    """Float32 sums in another order; a pixel step of 8 bits is 80 times the tolerance."""
    for n in (1, 9):
        z = member.latents(n, seed=n)
        given = {"latent": z} if others is None else {"latent": z, "weights": np.float32(others)}
        (drawn,) = session.run(["images"], given)
        np.testing.assert_allclose(drawn, member.generate(z).numpy(), rtol=0, atol=1e-4)
    assert member.sample(40, 0).std(0).mean() > 0.02, "pictures differ by more than the tolerance"


@pytest.mark.parametrize("rule", EXPORTED)
def test_every_rule_that_says_so_draws_the_same_there(rule):
    """With its own weights, and where the rule has an input of them, with others given there."""
    names = of(rule, "anna", "ida" if rule in MERGING else "conv", "ida" if rule not in MERGING else "otto")
    plain = [load(name) for name in names]
    weights = _WEIGHTS if rule in WEIGHING else ()
    fit = fit_of(plain, rule, weights) if RULES[rule].facts.get("fitted") else None
    members = [loud(name) for name in names]
    made = fuse(members, rule, weights, fit=fit)
    session = session_of(made)
    agrees(session, made)
    if "weights" in {each.name for each in session.get_overridable_initializers()}:
        assert rule in WEIGHING
        agrees(session, fuse(members, rule, _OTHERS, fit=fit), _OTHERS)
    else:
        assert rule not in WEIGHING or rule in MERGING


@pytest.mark.parametrize("rule", REFUSED)
def test_what_is_no_one_network_is_refused(rule):
    with pytest.raises(MemberError, match=f"made by '{rule}', which is no one network: .* export the mixture"):
        to_onnx(fused("anna", "otto", rule=rule))


def test_experts_that_mix_do_too():
    options = {"gate": "mix"}
    fit = fit_of([load("anna"), load("conv")], "experts", options=options)
    made = fuse([loud("anna"), loud("conv")], "experts", options=options, fit=fit)
    agrees(session_of(made), made)


def test_a_rule_that_makes_one_network_gives_one_of_that_size():
    made, alone = to_onnx(fused("anna", "otto", "ida", rule="parameters")), to_onnx(load("anna"))
    sizes = [
        sum(len(each.raw_data) for each in onnx.load_model_from_string(data).graph.initializer)
        for data in (made, alone)
    ]
    assert sizes[0] == sizes[1] > 0


def test_who_draws_again_what_an_anchor_draws_does_too(own_home):
    """Encoders are in the graph: a plain one, and one of a member with classes."""
    keep_member("vae", seed=3, objective="elbo")
    keep_member("asked", seed=4, objective="elbo", conditional=True, latent_dim=9)
    members = [loud("anna"), loud("vae"), loud("asked")]
    made = fuse(members, "weighted_average", _WEIGHTS, options={"anchor": "anna"})
    session = session_of(made)
    agrees(session, made)
    agrees(session, fuse(members, "weighted_average", _OTHERS, options={"anchor": "anna"}), _OTHERS)


def test_plain_members_do_too():
    agrees(session_of(loud("conv")), loud("conv"))


def test_members_of_unequal_latents_and_nested_fusions_too():
    inner = fuse([loud("anna"), loud("wide")], "mixture", (0.3, 0.7), name="inner")
    made = fuse([inner, loud("ida")], "mixture", (0.6, 0.4))
    agrees(session_of(made), made)


def test_points_too():
    made = fuse([loud("plane"), loud("plane2")], "weighted_sum", weights=(0.5, 1.0))
    agrees(session_of(made), made)


def test_members_that_choose_a_class_do_too(own_home):
    keep_member("asked", conditional=True)
    agrees(session_of(loud("asked")), loud("asked"))


def test_the_file_tells_whose_it_is_and_nothing_of_this_machine():
    made = fused("anna", "otto", rule="mixture", weights=(1, 3))
    made.members[0].networks["generator"].train()
    data = to_onnx(made)
    assert made.members[0].networks["generator"].training, "a server's member stays as it is"
    model = onnx.load_model_from_string(data)
    onnx.checker.check_model(model, full_check=True)
    told = {each.key: each.value for each in model.metadata_props}
    assert Card.read(told[CARD]) == made.card
    assert Recipe.read(told[RECIPE]) == made.card.recipe
    assert (model.ir_version, [(each.domain, each.version) for each in model.opset_import]) == (IR, [("", OPSET)])
    assert {node.domain for node in model.graph.node} == {""}, "the standard's own operators"
    assert not model.functions
    assert b".py" not in data
    assert b"pkg.torch" not in data
    assert json.loads(told[RECIPE])["weights"] == [1.0, 3.0]


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("ganlab.members.onnx.to_onnx", lambda member: b"")
    (tmp_path / "file").write_text("")
    with pytest.raises(MemberError, match="cannot be written"):
        export(load("plane"), tmp_path / "file" / "x.onnx")
