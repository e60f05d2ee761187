"""Who may start from whom, in words, and who descends from whom."""

import pytest
from fakes import card_for, keep_fused, keep_member, tiny_spec

from ganlab.errors import MemberError, UnknownName
from ganlab.members import baseline, origins, store
from ganlab.members.card import Card, Weights
from ganlab.spec import MemberSpec

SMALL = {"network": "dcgan", "width": 2, "critic_width": 2}


def named(name, **changes):
    """A card whose weights nobody else has."""
    return card_for(tiny_spec(**SMALL, **changes), name, Weights(sha256=name.encode().hex().zfill(64), size=1))


def descendant(name, *ancestors, **changes):
    card = named(name, **changes)
    start = ancestors[0] if ancestors else None
    return card.model_copy(update={"lineage": origins.descent(card.spec, start)})


def test_members_are_relatives_where_their_lineages_meet():
    anna, otto = descendant("anna", seed=0), descendant("otto", seed=1)
    assert not origins.are_relatives(anna, otto)
    emil, ida = descendant("emil", anna, seed=2), descendant("ida", anna, seed=3)
    paul = descendant("paul", ida, seed=4)
    for one, other in [(anna, emil), (emil, ida), (anna, paul), (emil, paul), (anna, anna)]:
        assert origins.are_relatives(one, other), (one.name, other.name)
        assert origins.are_relatives(other, one)
    assert not origins.are_relatives(otto, paul)


def test_cards_from_before_lineages_have_that_of_their_spec():
    old, late = named("old", seed=5), named("late", seed=5)
    assert old.lineage == ()
    assert origins.lineage(old) == (origins.identity(old.spec),)
    assert origins.are_relatives(old, late), "two members of one run"
    assert origins.are_relatives(old, descendant("young", old, seed=6))
    assert not origins.are_relatives(old, named("other", seed=6))
    assert Card.read(old.model_dump_json(exclude={"lineage"})) == old


@pytest.mark.parametrize(
    "changes", [{"objective": "nonsaturating"}, {"seed": 8}, {"steps": 7}, {"augment": "shift"}, {"start": "anna"}]
)
def test_runs_that_differ_in_anything_have_other_identities(changes):
    spec = tiny_spec(**SMALL)
    assert origins.identity(spec) == origins.identity(spec.resolved()) == origins.identity(tiny_spec(**SMALL))
    assert origins.identity(tiny_spec(**(SMALL | changes))) != origins.identity(spec)
    assert origins.identity(spec, named("anna")) != origins.identity(spec, named("otto"))


@pytest.mark.parametrize(
    "changes", [{"ema": 0.5}, {"log_every": 1}, {"score_every": 3}, {"checkpoint_every": 1}], ids=str
)
def test_a_run_is_the_same_whatever_is_averaged_or_told_on_its_way(changes):
    assert origins.identity(tiny_spec(**(SMALL | changes))) == origins.identity(tiny_spec(**SMALL))


def test_what_has_no_networks_is_nobodys_relative(workspace):
    keep_member("anna")
    keep_member("otto", seed=1)
    fused, noise = keep_fused("both", "anna", "otto").card, baseline.card("noise", "digits", (1, 8, 8), "noise")
    assert not origins.are_relatives(fused, noise)
    assert not origins.are_relatives(noise, noise.model_copy(update={"name": "more"}))
    # Not kept yet, so nothing is known of their weights:
    alone = card_for(tiny_spec(**SMALL, seed=3), "alone"), card_for(tiny_spec(**SMALL, seed=4), "too")
    assert not origins.are_relatives(*alone)


def test_a_start_of_such_networks_is_allowed():
    card = named("anna", objective="hinge", augment="shift")
    for changes in ({"seed": 9}, {"objective": "wasserstein_gp"}, {"dropout": 0.5}, {"steps": 3}, {"batch_size": 8}):
        origins.check_start(tiny_spec(**SMALL, **changes), card)
    vaegan = named("vaegan", objective="vaegan")
    for objective in ("hinge", "elbo", "vaegan"):
        origins.check_start(tiny_spec(**SMALL, objective=objective), vaegan)
    growing = named("growing", grow=0.5)
    origins.check_start(tiny_spec(**SMALL, grow=0.2), growing)
    elbo = named("elbo", objective="elbo")
    origins.check_start(tiny_spec(**SMALL | {"critic_width": 9}, objective="elbo"), elbo)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"network": "resnet"},
            "start 'anna' has network 'dcgan', and the training asks for 'resnet': ask for 'dcgan'",
        ),
        ({"width": 3}, "has width 2, and the training asks for 3"),
        ({"critic_width": 3}, "has critic_width 2"),
        ({"latent_dim": 7}, "has latent_dim 6, and the training asks for 7"),
        ({"conditional": True}, "has conditional False, and the training asks for True"),
        ({"dataset": "mnist"}, "has shape 1x8x8, and the training asks for 1x28x28"),
        ({"spectral_norm": True}, "has spectral_norm False"),
        ({"attention": True}, "has attention False"),
        ({"grow": 0.5}, "has grow 0.0, and the training asks for 0.5"),
        ({"minibatch_discrimination": 3}, "has minibatch_discrimination 0"),
        ({"pack": 2}, "has pack 1, and the training asks for 2"),
        ({"objective": "elbo"}, "has no encoder, which objective 'elbo' trains: start from a vae or vaegan"),
        ({"objective": "vaegan"}, "has no encoder"),
    ],
    ids=str,
)
def test_what_differs_is_told_in_a_sentence(changes, told):
    with pytest.raises(MemberError) as refusal:
        origins.check_start(tiny_spec(**(SMALL | changes)), named("anna"))
    assert told in str(refusal.value)
    assert str(refusal.value).endswith(".")


def test_a_vae_has_no_critic_to_start_from():
    with pytest.raises(MemberError, match="has no critic, which objective 'hinge' trains: start from a gan or vaegan"):
        origins.check_start(tiny_spec(**SMALL), named("anna", objective="elbo"))


def test_another_number_of_classes_is_refused():
    card = named("anna", conditional=True)
    card = card.model_copy(update={"spec": card.spec.model_copy(update={"dataset": "cifar10"})})
    spec = tiny_spec(**SMALL, conditional=True)
    origins.check_start(spec, named("anna", conditional=True))
    with pytest.raises(MemberError, match="has shape 3x32x32"):
        origins.check_start(spec, card)


def test_a_start_is_looked_up_in_the_store(workspace):
    keep_member("anna")
    keep_member("otto", seed=1)
    keep_fused("both", "anna", "otto")
    origins.check_origins(tiny_spec(**SMALL))
    origins.check_origins(tiny_spec(**SMALL, start="anna"))
    with pytest.raises(UnknownName, match="No member is called 'ann'"):
        origins.check_origins(tiny_spec(**SMALL, start="ann"))
    with pytest.raises(MemberError, match="'both' has no trained networks of its own: start from a GAN"):
        origins.check_origins(tiny_spec(**SMALL, start="both"))
    assert {"anna", "otto"} == set(origins.starts("dcgan", (1, 8, 8)))
    assert origins.starts("dcgan", (2,)) == origins.starts("resnet", (1, 8, 8)) == []


def test_a_start_is_a_name():
    assert MemberSpec(start="anna").start == "anna"
    with pytest.raises(ValueError, match="is no name for a member"):
        MemberSpec(start="An na")


def test_a_run_that_cannot_start_is_not_made(workspace):
    from ganlab import runs

    with pytest.raises(UnknownName):
        runs.create(tiny_spec(**SMALL, start="nobody"))
    assert runs.all_runs() == []
    assert list(store.catalogue()) is not None
