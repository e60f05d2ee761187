"""A density of the codes of a finished autoencoder: it draws what its decoder learned, not what the prior asks for.

A Gaussian mixture with full covariances is fitted by expectation and maximisation to one code q(z|x) draws for each
training picture: to draws and not means, for the decoder was trained on draws.  How many Gaussians, the likelihood of
the validation pictures' codes says.  (Fitted afterwards: Ghosh et al. 2020, arXiv:1903.12436; a second autoencoder
instead of the mixture: Dai & Wipf 2019, arXiv:1903.05789.)
"""

import time
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ganlab import seeds
from ganlab.data.dataset import Dataset
from ganlab.errors import MemberError, SpecError
from ganlab.members.card import CodeDensity, now
from ganlab.members.density import Density
from ganlab.members.fitting import check_density
from ganlab.members.member import NetworkMember
from ganlab.metrics.evaluate import Progress
from ganlab.objectives import evidence

if TYPE_CHECKING:
    from sklearn.mixture import GaussianMixture

MOST = 200  # Gaussians
_TRIED = (1, 5, 10, 20)
_ROUNDS, _ITERATIONS = 12, 5  # of expectation and maximisation, between two reports
_CHUNK = 500


def fit(
    member: NetworkMember, data: Dataset, components: int | None = None, *, seed: int = 0
) -> Iterator[Progress | NetworkMember]:
    """Fit a density to the codes of an autoencoder, whose networks stay as they are.

    Args:
        member: A VAE or VAE-GAN.
        data: What it was trained on.
        components: Gaussians; by default as many as the codes of validation pictures are most likely under.
        seed: Of the codes drawn and of the first Gaussians.

    Yields:
        Progress; at the end the new member, under the name of the old one.

    Raises:
        MemberError: The member is no plain autoencoder, or there are fewer pictures than Gaussians.
        SpecError: The data are not what it draws.
    """
    check_density(member.card)
    if data.shape != member.shape:
        raise SpecError(f"{member.name!r} draws {member.shape}, but dataset {data.name!r} holds {data.shape}.")
    codes, held = (_codes(member, data.split(split)[0], seed) for split in ("train", "validation"))
    tried = (components,) if components else [count for count in _TRIED if count * (member.walk_dim + 1) <= len(codes)]
    if not tried or tried[0] > len(codes):
        many = f"{components} Gaussians" if components else "a density of codes"
        raise MemberError(f"{data.name!r} has {len(codes):,} training pictures, too few for {many}.")
    best, likelihood, done, whole = None, -np.inf, 0, sum(tried) * _ROUNDS
    started = time.perf_counter()
    for count in tried:
        for step in _fitted(codes, count, seed):
            mixture, done = step, done + count
            spent = time.perf_counter() - started
            share = done / whole
            yield Progress(f"fitting {count} Gaussian{'s' * (count > 1)}", share, spent, spent / share * (1 - share))
        found = float(mixture.score(held if len(held) else codes))
        if found <= likelihood:
            break
        best, likelihood = mixture, found
    density = Density.of(*(torch.from_numpy(each) for each in (best.weights_, best.means_, best.covariances_)))
    facts = CodeDensity(
        components=best.n_components, seed=seed, log_likelihood=likelihood, seconds=time.perf_counter() - started
    )
    changes = {"density": facts, "latent_dim": member.latent_dim + 1, "made_of": {member.name: member.card.digest()}}
    changes |= {"weights": None, "metrics": (), "created": now()}
    yield NetworkMember(member.card.model_copy(update=changes), member.networks | {"density": density}, member.device)


def _codes(member: NetworkMember, examples: Tensor, seed: int) -> np.ndarray:
    """Return a code of each example, drawn from q(z|x), float64 [N, d]."""
    if len(examples) == 0:
        return np.empty((0, member.walk_dim))
    noise = torch.from_numpy(seeds.standard_normal(len(examples), member.walk_dim, seed, "codes"))
    drawn = []
    for rows, eps in zip(examples.split(_CHUNK), noise.split(_CHUNK), strict=True):
        images = rows.float().div(127.5).sub(1) if rows.dtype == torch.uint8 else rows
        mean, log_variance = (each.cpu() for each in member.posterior(images))
        drawn.append(evidence.draw(mean, log_variance, eps).double().numpy())
    return np.concatenate(drawn)


def _fitted(codes: np.ndarray, count: int, seed: int) -> "Iterator[GaussianMixture]":
    """Yield a mixture after every few iterations until it has settled, but at most ``_ROUNDS`` times."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    chance = np.random.RandomState(np.random.MT19937(np.random.SeedSequence([seed, count])))
    mixture = GaussianMixture(count, max_iter=_ITERATIONS, random_state=chance, reg_covar=1e-4, warm_start=True)
    for _ in range(_ROUNDS):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            mixture.fit(codes)
        yield mixture
        if mixture.converged_:
            return
