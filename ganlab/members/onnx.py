"""Export to ONNX: a generator, or a whole fusion, as a file that other programs can run.

The graph takes ``latent`` [n, latent_dim], standard normal, and gives ``images`` [n, *shape] in [-1, 1] for any n.
A fusion whose rule weighs its members takes ``weights`` [K], too; they may be left out, and are then those of the
recipe.  Only operators of the standard's own domain are used, of a version that runtimes of some years know.  The
card and, of a fusion, the recipe lie in the file as JSON.
"""

import copy
import io
import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from ganlab import __version__, files
from ganlab.errors import MemberError
from ganlab.members.member import Member

if TYPE_CHECKING:
    from onnx import ModelProto

OPSET, IR = 18, 8  # of December 2022: onnxruntime 1.14 and the browser's runtime know them
LATENT, WEIGHTS, IMAGES = "latent", "weights", "images"
CARD, RECIPE = "ganlab.card", "ganlab.recipe"


def export(member: Member, path: Path) -> None:
    """Write a member as an ONNX file that is whole or not there.

    Raises:
        MemberError: It is no one network, or the file cannot be written.
    """
    data = to_onnx(member)
    try:
        files.write_bytes(path, data)
    except OSError as error:
        raise MemberError(f"{str(path)!r} cannot be written ({error.strerror}).") from None


def to_onnx(member: Member) -> bytes:
    """Return a member as the bytes of an ONNX file.

    Raises:
        MemberError: It is no one network.
    """
    from onnx import load_model_from_string

    network = copy.deepcopy(member.network()).cpu().eval()  # a server's member stays where it draws
    weights = getattr(network, "weights", None)
    names = [LATENT] if weights is None else [LATENT, WEIGHTS]
    values = [torch.zeros(2, member.latent_dim)] + ([] if weights is None else [weights])
    buffer = io.BytesIO()
    with warnings.catch_warnings():  # the exporter warns of its own deprecations
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            network,
            tuple(values),
            input_names=names,
            output_names=[IMAGES],
            dynamic_shapes=({0: torch.export.Dim("n")}, {})[: len(values)],  # by place: networks name it as they like
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
        program.save(buffer)
    model = load_model_from_string(buffer.getvalue())
    if weights is not None:
        _make_optional(model, weights)
    _tell(model, member)
    return model.SerializeToString(deterministic=True)


def _make_optional(model: "ModelProto", weights: torch.Tensor) -> None:
    """Give the graph's input of weights a value that holds where nobody gives one."""
    from onnx import numpy_helper

    model.graph.initializer.append(numpy_helper.from_array(weights.numpy(), WEIGHTS))


def _tell(model: "ModelProto", member: Member) -> None:
    """Put what is known of the member into the file, and take out what the exporter said of its own work."""
    from onnx import helper

    graph = model.graph
    for part in (graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        del part.metadata_props[:]
    model.ir_version = IR
    model.producer_name, model.producer_version = "ganlab", __version__
    graph.name = member.name
    graph.doc_string = (
        f"{LATENT} [n, {member.latent_dim}], standard normal, to {IMAGES} [n, {', '.join(map(str, member.shape))}]."
    )
    facts = {CARD: member.card.model_dump_json()}
    if member.card.recipe is not None:
        facts[RECIPE] = json.dumps(member.card.recipe.model_dump(mode="json"))
    helper.set_model_props(model, facts)
