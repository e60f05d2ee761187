"""Export to ONNX: a generator, or a whole fusion, as a file other tools can run."""

import io
import warnings
from pathlib import Path

import torch

from ganlab import files
from ganlab.errors import MemberError
from ganlab.members.member import Member


def export(member: Member, path: Path) -> None:
    """Write a network with input ``z`` [n, latent_dim] and output ``images`` [n, *shape] in [-1, 1].

    Raises:
        MemberError: The file cannot be written.
    """
    network = member.network().cpu().eval()
    z = torch.zeros(2, member.latent_dim)
    buffer = io.BytesIO()
    with warnings.catch_warnings():  # the exporter warns of its own deprecations
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            network,
            (z,),
            input_names=["z"],
            output_names=["images"],
            dynamic_shapes=({0: torch.export.Dim("n")},),  # by place: networks call their input as they like
            dynamo=True,
            verbose=False,
        )
        program.save(buffer)
    try:
        files.write_bytes(path, buffer.getvalue())
    except OSError as error:
        raise MemberError(f"{str(path)!r} cannot be written ({error.strerror}).") from None
