"""Ratios known before anything is drawn: a small network learns from latents what another ratio says of pictures.

    log r(z) = f(z),   f = argmin mean (f(z) - log r(G(z)))^2
    r(z) = exp(a f(z)),   a = argmax mean r(G(z)) log r(z) - log mean r(z) on latents that were held out

Rejection of latents (Issenhuth et al. 2021, arXiv:2110.10484, learn such weights adversarially): a candidate costs
two small products, and only what is kept is drawn.  The steepness ``a`` takes back what the network is too sure of.
Weakness: which latents go wrong is hard to say without drawing them; expect a part of what the other ratio brings.
"""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from ganlab.fusion.selection.ratio import LARGEST, Known, Ratio, divided

_WIDTH, _EPOCHS, _BATCH, _RATE, _DECAY, _DROPPED = 256, 20, 256, 2e-3, 0.1, 0.2
_STEEPNESS = np.linspace(0, 2, 21)
_LAYERS = ("first", "second", "last")


class Latents(Ratio):
    """A network of two hidden layers."""

    name = "latents"
    fields = tuple(f"{layer}_{part}" for layer in _LAYERS for part in ("weight", "bias"))

    @staticmethod
    def raw(arrays: Mapping[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
        """Return exp f(z)."""
        weights = [torch.from_numpy(arrays[name]) for name in Latents.fields]
        found = _through(weights, torch.from_numpy(np.asarray(rows, np.float32)))
        return np.exp(np.clip(found.double().numpy(), -np.log(LARGEST), np.log(LARGEST)))


def learn(latents: np.ndarray, ratios: np.ndarray, seed: int = 0) -> Latents:
    """Learn ratios of what is drawn from latents; a fifth of them is held out.

    Args:
        latents: Rows [n, d].
        ratios: Of their pictures, [n].
        seed: Of the division, the first weights and the batches.
    """
    fitted, held = divided(len(latents), seed)
    rows = np.asarray(latents, np.float32)
    logs = np.log(np.clip(ratios, 1 / LARGEST, LARGEST))
    arrays = _descended(torch.from_numpy(rows[fitted]), torch.from_numpy(logs[fitted].astype(np.float32)), seed)
    steepness = _steepness(np.log(Latents.raw(arrays, rows[held])), ratios[held])
    for part in ("weight", "bias"):
        arrays[f"last_{part}"] = (arrays[f"last_{part}"] * steepness).astype(np.float32)
    drawn = Latents.raw(arrays, rows[held])
    drawn = drawn / drawn.mean()
    # What real pictures' latents would be: those held out, as often as their pictures are real (Rubin 1988).
    rng = np.random.default_rng(seed)
    real = rng.choice(drawn, len(drawn), p=ratios[held] / ratios[held].sum())
    return Latents(arrays, 1 / float(Latents.raw(arrays, rows[held]).mean()), Known(real, drawn))


def _steepness(found: np.ndarray, ratios: np.ndarray) -> float:
    """Return the factor of logs [n] under which they explain ratios [n] best; 0 says that they know nothing."""

    def gain(factor: float) -> float:
        return float((ratios * factor * found).mean() / ratios.mean() - np.log(np.exp(factor * found).mean()))

    return float(max(_STEEPNESS, key=gain))


def _descended(rows: Tensor, wanted: Tensor, seed: int) -> dict[str, np.ndarray]:
    rng = torch.Generator().manual_seed(seed)
    weights: list[Tensor] = []
    for ins, outs in ((rows.shape[1], _WIDTH), (_WIDTH, _WIDTH), (_WIDTH, 1)):
        weights += [torch.randn(outs, ins, generator=rng) / ins**0.5, torch.zeros(outs)]
    for weight in weights:
        weight.requires_grad_()
    optimizer = torch.optim.AdamW(weights, lr=_RATE, weight_decay=_DECAY)
    batch = min(_BATCH, len(rows))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2 * _RATE, total_steps=_EPOCHS * (len(rows) // batch))
    middle = wanted.mean()
    for _ in range(_EPOCHS):
        for some in torch.randperm(len(rows), generator=rng)[: len(rows) // batch * batch].split(batch):
            loss = (_through(weights, rows[some], rng) - (wanted[some] - middle)).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return {name: weight.detach().numpy().copy() for name, weight in zip(Latents.fields, weights, strict=True)}


def _through(weights: list[Tensor], rows: Tensor, rng: torch.Generator | None = None) -> Tensor:
    """Return f [n] of rows [n, d]; with a source of chance a fifth of all hidden numbers is left out."""
    for place in range(0, len(weights) - 2, 2):
        rows = torch.nn.functional.silu(rows @ weights[place].T + weights[place + 1])
        if rng is not None:
            rows = rows * (torch.rand(rows.shape, generator=rng) >= _DROPPED) / (1 - _DROPPED)
    return (rows @ weights[-2].T + weights[-1])[:, 0]
