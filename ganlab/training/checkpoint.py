"""Checkpoints: tensors and plain facts, one safetensors file, nothing to unpickle."""

import json
from dataclasses import dataclass
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from ganlab.errors import RunError


@dataclass(frozen=True)
class Checkpoint:
    """The state of a training: ``tensors`` by name, and ``facts`` that JSON can hold."""

    tensors: dict[str, Tensor]
    facts: dict[str, Any]

    def to_bytes(self) -> bytes:
        """Return one safetensors file with the facts in its header."""
        tensors = {name: value.detach().cpu().contiguous() for name, value in self.tensors.items()}
        return safetensors.torch.save(tensors, {"ganlab": json.dumps(self.facts, allow_nan=False)})

    @staticmethod
    def from_bytes(data: bytes) -> "Checkpoint":
        """Read what ``to_bytes`` wrote.

        Raises:
            RunError: It is something else, or truncated.
        """
        try:
            tensors = safetensors.torch.load(data)
            length = int.from_bytes(data[:8], "little")
            facts = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["ganlab"])
        except (safetensors.SafetensorError, KeyError, ValueError) as error:
            raise RunError(f"The checkpoint cannot be read ({error}). Start the run again from its spec.") from None
        return Checkpoint(tensors, facts)


def pack(prefix: str, part: nn.Module | Optimizer) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return a network's or optimiser's state as named tensors and plain facts."""
    if isinstance(part, nn.Module):
        return {f"{prefix}.{key}": value.clone() for key, value in part.state_dict().items()}, {}
    state = part.state_dict()
    tensors, plain = {}, {}
    for index, values in state["state"].items():
        for key, value in values.items():
            if isinstance(value, Tensor):
                tensors[f"{prefix}.{index}.{key}"] = value.clone()
            elif value is not None:
                plain[f"{index}.{key}"] = value
    rates = [group["lr"] for group in state["param_groups"]]
    return tensors, {f"{prefix}.kind": type(part).__name__, f"{prefix}.rates": rates, f"{prefix}.plain": plain}


def unpack(prefix: str, part: nn.Module | Optimizer, checkpoint: Checkpoint) -> None:
    """Put back what ``pack`` took, in place.

    Raises:
        RunError: The checkpoint is that of another spec.
    """
    own = {
        key.removeprefix(f"{prefix}."): value
        for key, value in checkpoint.tensors.items()
        if key.startswith(f"{prefix}.")
    }
    try:
        if isinstance(part, nn.Module):
            part.load_state_dict(own)
            return
        if (kind := checkpoint.facts[f"{prefix}.kind"]) != type(part).__name__:
            raise ValueError(f"it holds {kind}'s memory, not that of {type(part).__name__}")
        state = part.state_dict()
        weights = [weight for group in part.param_groups for weight in group["params"]]
        values: dict[int, dict[str, Any]] = {}
        for key, value in [*own.items(), *checkpoint.facts[f"{prefix}.plain"].items()]:
            index, name = key.split(".", 1)
            like, kept = weights[int(index)], value
            if isinstance(value, Tensor) and value.shape == like.shape:
                # Fused optimisers walk raw memory: moments must lie as their weights do (channels last).
                kept = torch.empty_like(like, requires_grad=False).copy_(value)
            values.setdefault(int(index), {})[name] = kept
        for group, rate in zip(state["param_groups"], checkpoint.facts[f"{prefix}.rates"], strict=True):
            group["lr"] = rate
        part.load_state_dict({"state": values, "param_groups": state["param_groups"]})
    except (RuntimeError, ValueError, KeyError) as error:
        raise RunError(f"The checkpoint does not fit the spec ({error}). Start the run again from its spec.") from None


def all_finite(network: nn.Module) -> bool:
    """Return whether every weight is finite."""
    return bool(torch.stack([weight.isfinite().all() for weight in network.parameters()]).all())
