"""What the studio was told on a page, and what it shows of it, as the library would."""

import json

import numpy as np
import torch

from ganlab.fusion import RULES
from ganlab.images import from_uint8, to_uint8
from ganlab.ui import engine, frames


def studio(at):
    """All that the component was told."""
    told = [json.loads(each.proto.json) for each in at.get("bidi_component")]
    (found,) = [each for each in told if "members" in each and "turn" in each]
    return found


def drawn(at):
    """What each member draws, uint8 [n, H, W, C] by name."""
    told = studio(at)
    found = {member["name"]: engine.published(member["url"].split("/")[-1])[0] for member in told["members"]}
    return {name: np.frombuffer(bytearray(pixels), np.uint8).reshape(told["shape"]) for name, pixels in found.items()}


def shown(at):
    """The fused pictures, uint8 [n, H, W, C]: by the library's rule, of the bytes that the browser has."""
    told = studio(at)
    weights = told["weights"] if told["weighs"] else []
    if not told["painted"]:
        return frames._ways[told["frames"].split("/")[-1]][0]({"weights": weights}).pixels
    pictures = torch.stack([from_uint8(pixels) for pixels in drawn(at).values()])
    coins = torch.special.ndtri(torch.tensor(told["coins"], dtype=torch.float64))[:, None]
    return to_uint8(RULES[told["rule"]].load()(tuple(weights)).combine(pictures, coins))


def close(one, other):
    """Whether two sets of pictures differ by at most one grey level, as 8 bits allow."""
    return np.abs(one.astype(int) - other.astype(int)).max() <= 1


def weigh(at, *weights):
    """Let the address say other weights, as a link does."""
    at.query_params["fuse.weights"] = ",".join(map(str, weights))
    return at.run()
