"""Measures of held-out real pictures, for members that encode: how well they are rebuilt, how likely they are.

They need the pictures themselves, so they are taken only where the dataset is at hand.
"""

import numpy as np
import torch
from torch import Tensor

from ganlab import seeds
from ganlab.choice import choose
from ganlab.data import load_here
from ganlab.images import to_uint8
from ganlab.members import rebuild
from ganlab.members.card import Measurement, Number
from ganlab.members.member import Member, NetworkMember
from ganlab.metrics.extractor import Extractor
from ganlab.metrics.interval import Interval, of_mean
from ganlab.objectives import evidence

PICTURES, DRAWS = 1_000, 20
_CHUNK = 100


def add(measured: Measurement, member: Member, extractor: Extractor) -> Measurement:
    """Return a measurement with what held-out pictures say of a member, if it encodes and they are at hand.

    ``reconstruction`` is the squared error of a pixel, in squares of [-1, 1]; ``feature_error`` the squared distance
    of features; both of encode-then-generate, and lower is better.  ``bound`` is the evidence bound of a variational
    autoencoder with its own likelihood, in nats a picture, and ``tighter_bound`` the importance-weighted one.
    """
    data = load_here(member.card.dataset, member.shape) if member.encodes else None
    if data is None:
        return measured
    images = data.split(measured.split)[0]
    # In the order of the file some sets begin with easier pictures.
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    images = images[order[:PICTURES]]
    found = rebuilt(member, images, extractor)
    if member.card.kind == "vae" and member.card.density is None:  # of another prior there is no bound here
        found |= bounds(member, images, measured.seed)
    added = {name: Number(value=each.value, low=each.low, high=each.high) for name, each in found.items()}
    note = f"Rebuilding errors and bounds: of {len(images):,} real pictures of the {measured.split} split."
    return measured.model_copy(update={"numbers": measured.numbers | added, "notes": (*measured.notes, note)})


def rebuilt(member: Member, images: Tensor, extractor: Extractor) -> dict[str, Interval]:
    """Return both errors of encode-then-generate for pictures uint8 [n, C, H, W]."""
    real = _floats(images)
    again, errors = rebuild.rebuilt(member, real)
    seen, seen_again = (extractor.features(to_uint8(each)) for each in (real, again))
    return {
        "reconstruction": of_mean(errors.double().numpy(), 0),
        "feature_error": of_mean(np.square(seen_again - seen, dtype=np.float64).sum(1), 0),
    }


@torch.inference_mode()
def bounds(member: NetworkMember, images: Tensor, seed: int, draws: int = DRAWS) -> dict[str, Interval]:
    """Return the evidence bound and the importance-weighted one, in nats a picture, by ``draws`` codes a picture.

    Of a conditional member with the class that its encoder finds, log p(x) >= log p(x|y) + log p(y).
    """
    likelihood, plain, tight = member.card.spec.likelihood, [], []
    real = _floats(images)
    variance = None
    if likelihood == "gaussian":
        variance = evidence.best_variance(real, rebuild.rebuilt(member, real)[0])
    noise = torch.from_numpy(seeds.standard_normal(len(images) * draws, member.walk_dim, seed, "bounds"))
    for start in range(0, len(real), _CHUNK):
        part = real[start : start + _CHUNK]
        mean, log_variance = (each.cpu() for each in member.posterior(part))
        eps = noise[start * draws : (start + len(part)) * draws].view(draws, len(part), -1)
        codes = evidence.draw(mean, log_variance, eps)
        choice = member.encode(part)[:, member.walk_dim :].cpu()
        drawn = (member.generate(torch.cat([z, choice], 1)).cpu() for z in codes)
        each = torch.stack([evidence.log_likelihood(part, again, likelihood, variance) for again in drawn])
        if member.conditional:
            shares = member.networks["generator"].shares.cpu()
            each = each + shares[choose(choice[:, 0], shares)].log()
        plain.append(each.mean(0) - evidence.divergence(mean, log_variance))
        tight.append(evidence.importance_bound(each, codes, mean, log_variance))
    return {
        name: of_mean(torch.cat(rows).double().numpy()) for name, rows in (("bound", plain), ("tighter_bound", tight))
    }


def _floats(images: Tensor) -> Tensor:
    return images.float().div(127.5).sub(1)
