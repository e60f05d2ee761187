"""Learning from a member: its pictures take the place of the real ones that would be trained on.

A fusion that draws slowly, or rejects most of what it draws, is taught to one student, which then draws at one forward
pass (Hinton et al. 2015, arXiv:1503.02531, for classifiers; Aguinaldo et al. 2019, arXiv:1902.00159, for GANs).  What
validates and tests stays real, so that the student's scores are those of any member.
"""

from collections.abc import Iterator
from dataclasses import replace

import torch

from ganlab import seeds
from ganlab.data.dataset import Dataset
from ganlab.images import to_uint8
from ganlab.members.member import Member

_CHUNK = 500  # drawn at once


def taught(data: Dataset, teacher: Member, seed: int) -> Iterator[int | Dataset]:
    """Draw as many examples as there are real ones to train on, and put them in their place.

    A teacher that can be asked is asked for the real ones' classes, in their order; of others nothing is known.

    Args:
        data: Real.
        teacher: Draws what ``data`` holds.
        seed: Of the student's spec.

    Yields:
        How many were drawn; at the end the dataset.
    """
    rows = data.splits["train"]
    labels = data.labels if teacher.conditional else None
    examples = data.examples.clone()
    noise = seeds.stream(seed, "teacher").integers(2**63, size=-(-len(rows) // _CHUNK)).tolist()
    for chunk, (own, chunk_seed) in enumerate(zip(rows.split(_CHUNK), noise, strict=True)):
        asked = None if labels is None else labels[own].to(teacher.device)
        drawn = teacher.sample(len(own), chunk_seed, asked).cpu()
        if examples.dtype == torch.uint8:
            drawn = torch.from_numpy(to_uint8(drawn)).permute(0, 3, 1, 2)
        examples[own] = drawn
        yield chunk * _CHUNK + len(own)
    drawn_by = (teacher.name, teacher.card.digest())
    yield replace(data, examples=examples, labels=labels, drawn_by=drawn_by)
