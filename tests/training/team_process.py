"""One process of a team, or a lone one: ``python team_process.py OUT``; writes curves and weights.

With RANK in the environment it is one of several, of which the first writes.
"""

import os
import sys
from pathlib import Path

import safetensors.torch
import torch
from fakes import data_for, tiny_spec

from ganlab.training import TRAINERS
from ganlab.training.events import Step
from ganlab.training.loop import train
from ganlab.training.team import Team

STEPS = 20
SPECS = {
    "penalty": {"dataset": "ring8", "network": "toy", "objective": "wasserstein_gp", "n_critic": 2, "pack": 2},
    "convolutions": {"network": "dcgan", "objective": "hinge", "dropout": 0.0, "diffaugment": "translation+cutout"},
    "augmented": {"network": "resnet", "objective": "relativistic", "augment": "shift", "conditional": True},
    "vae": {"network": "mlp", "objective": "elbo"},
    "vaegan": {"network": "dcgan", "objective": "vaegan", "dropout": 0.0},
}


def spec_of(name):
    return tiny_spec(steps=STEPS, batch_size=16, log_every=1, score_every=0, **SPECS[name]).resolved()


def trained(name, team):
    """Return the curves and the last weights of a training, by name; nothing where another process leads."""
    spec = spec_of(name)
    data = data_for(spec)
    if team and team.rank:
        trainer = TRAINERS[spec.kind].load()(spec, data.split("train")[0], torch.device("cpu"), data.split("train")[1])
        team.join(trainer)
        team.follow(trainer)
        return {}
    rows, member = [], None
    for event in train(spec, data, team=team):
        if isinstance(event, Step):
            told = {key: value for key, value in event.values.items() if key != "images_per_second"}
            rows.append([told[key] for key in sorted(told)])
        member = getattr(event, "member", member)
    weights = {
        f"{role}.{key}": value for role, net in member.networks.items() for key, value in net.state_dict().items()
    }
    width = max(len(row) for row in rows)
    curves = torch.tensor([row + [0.0] * (width - len(row)) for row in rows])
    return {f"{name}/{key}": value.contiguous() for key, value in ({"curves": curves} | weights).items()}


if __name__ == "__main__":
    torch.set_num_threads(1)
    mine = Team() if "RANK" in os.environ else None
    found = {key: value for name in SPECS for key, value in trained(name, mine).items()}
    if found:
        safetensors.torch.save_file(found, Path(sys.argv[1]))
    if mine:
        mine.close()
