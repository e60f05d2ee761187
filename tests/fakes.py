"""Small real things for tests: datasets of a few pictures, specs that train in a second, members in a store."""

import torch

from ganlab.data import DATASETS
from ganlab.data.dataset import Dataset
from ganlab.members import store
from ganlab.members.card import Card
from ganlab.members.networks import build, parameters, to_bytes
from ganlab.spec import MemberSpec, Recipe


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def pictures(n=40, shape=(1, 8, 8), name="digits", seed=0):
    """A dataset of noise pictures, four fifths of them for training; those of a set with classes are labelled."""
    examples = torch.randint(0, 256, (n, *shape), dtype=torch.uint8, generator=rng(seed))
    classes = DATASETS[name].facts["classes"] if name in DATASETS else ()
    labels = torch.arange(n) % len(classes) if classes else None
    return Dataset(name, examples, labels, classes, _splits(n))


def points(n=40, name="ring8", seed=0):
    """A dataset of points around (2, -1)."""
    return Dataset(name, torch.randn(n, 2, generator=rng(seed)) + torch.tensor([2.0, -1.0]), None, (), _splits(n))


def data_for(spec, n=40):
    return pictures(n, spec.shape, spec.dataset) if len(spec.shape) == 3 else points(n, spec.dataset)


def tiny_spec(**changes):
    """A spec that takes a few steps of a few pictures on 8x8 digits."""
    usual = {"network": "mlp", "latent_dim": 6, "batch_size": 4, "steps": 6, "log_every": 2}
    return MemberSpec(**(usual | changes))


def card_for(spec, name="anna", weights=None, **changes):
    """An honest card of a member trained by ``spec``."""
    spec = spec.resolved()
    sizes = parameters(spec)
    facts = {
        "name": name,
        "kind": spec.kind,
        "dataset": spec.dataset,
        "shape": spec.shape,
        "latent_dim": spec.latent_dim + spec.conditional,
        "walk_dim": spec.latent_dim,
        "conditional": spec.conditional,
        "parameters": sizes["generator"],
        "critic_parameters": sizes.get("critic", 0),
        "spec": spec,
        "weights": weights,
    }
    return Card(**(facts | changes))


def keep_member(name="anna", seed=0, half=False, lineage=(), **changes):
    """Put an untrained member into the workspace's store; returns its entry and its two networks."""
    small = {} if "network" in changes else {"network": "dcgan", "width": 2, "critic_width": 2}
    spec = tiny_spec(**(small | changes)).resolved()
    networks = build(spec, rng(seed))
    data, weights = to_bytes(networks, half=half)
    return store.keep(card_for(spec, name, weights, lineage=lineage), data), *(
        network.eval() for network in networks.values()
    )


def keep_fused(name, *members, rule="average"):
    """Put a recipe into the workspace's store, its card written by hand."""
    first = store.catalogue()[members[0]].card
    card = Card(
        name=name,
        kind="fused",
        dataset=first.dataset,
        shape=first.shape,
        latent_dim=first.latent_dim,
        walk_dim=first.walk_dim,
        conditional=all(store.catalogue()[member].card.conditional for member in members),
        parameters=first.parameters * len(members),
        recipe=Recipe(members=members, rule=rule),
        made_of={member: store.catalogue()[member].card.digest() for member in members},
    )
    return store.keep(card)


def _splits(n):
    order = torch.arange(n)
    return {"train": order[: n * 4 // 5], "validation": order[n * 4 // 5 : n * 9 // 10], "test": order[n * 9 // 10 :]}


def shelve_digits():
    """Put an extractor of the digits that learned for a second on the workspace's shelf."""
    from ganlab.data import load_dataset
    from ganlab.metrics import shelf
    from ganlab.metrics.make import make

    digits = load_dataset("digits")
    *_, extractor = make(digits, "digits-classifier", "classifier", 4)
    shelf.keep(extractor, digits, shelf.own_folder() / extractor.name)
