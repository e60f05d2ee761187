"""A process that trains with a run's worker, and writes nothing: ``python -m ganlab.runs.follower``, by ``team.py``.

It hears from the worker what is trained, and before each step whether there is one.
"""

import os
import sys

from ganlab.errors import GanlabError


def main() -> int:
    """Take part in the training of whoever leads; return 0 if it ended as it should."""
    import torch

    from ganlab import device as devices
    from ganlab.data import FOLDER, load_dataset
    from ganlab.spec import MemberSpec
    from ganlab.training import TRAINERS
    from ganlab.training.team import Team

    try:
        team = Team()
        told = team.agreed(None)
        spec = MemberSpec.read(told["spec"]).resolved()
        torch.set_num_threads(told["threads"])
        devices.use_fast_products()
        cuda = told["device"] == "cuda"
        device = torch.device(f"cuda:{os.environ['LOCAL_RANK']}" if cuda else told["device"])
        if cuda:
            torch.cuda.set_device(device)
        options = {"image_size": spec.image_size, "channels": spec.channels} if spec.dataset.startswith(FOLDER) else {}
        examples, labels = load_dataset(spec.dataset, **options).split("train")
        trainer = TRAINERS[spec.kind].load()(spec, examples, device, labels)
        team.join(trainer)
        team.follow(trainer)
        team.close()
    except GanlabError as error:
        print(error, file=sys.stderr)  # noqa: T201 - for log.txt
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
