"""What does a member on another machine cost the one that asks: bytes there and back, processor time an event?

A member as they ship (MNIST, two networks of width 64) and an event of each kind, packed and opened as Ray does with
both, without a cluster, so that no network and no neighbour is in the figures.  Rows are made up: only sizes matter.

    python -m benchmarks.nodes [--steps 20]
"""

import argparse
import pickle
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from benchmarks.machine import report
from ganlab.data.dataset import Dataset
from ganlab.ensembles.loop import Training
from ganlab.ensembles.method import Part
from ganlab.runs.folder import Run, State
from ganlab.runs.record import Record
from ganlab.spec import MemberSpec
from ganlab.training.events import Controls, Finished, Saved, Step

_ROWS = 55_000


def made_up(spec: MemberSpec) -> Dataset:
    """Return a set of the size of MNIST's training pictures."""
    examples = torch.randint(
        0, 256, (_ROWS, *spec.shape), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
    return Dataset(spec.dataset, examples, None, (), {"train": torch.arange(_ROWS)})


def packed(value: object) -> tuple[bytes, float]:
    """Return a value as it travels, and processor milliseconds of packing and opening it."""
    before = time.process_time()
    data = pickle.dumps(value, protocol=5)
    pickle.loads(data)
    return data, 1000 * (time.process_time() - before)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    spec = MemberSpec(
        dataset="mnist", network="dcgan", width=64, critic_width=64, dropout=0.0, spectral_norm=True, score_every=0,
        steps=asked.steps, log_every=asked.steps, preview_every=asked.steps, checkpoint_every=asked.steps,
    ).resolved()  # fmt: skip
    work = Training(Part(spec, np.arange(_ROWS)), made_up(spec), None, None, None, compiled=False)
    data, spent = packed(work)
    figures = {"there_mb": round(len(data) / 1e6, 1), "there_ms": round(spent)}
    before = time.process_time()
    events = list(pickle.loads(data)(torch.device("cpu"), Controls()))
    figures["training_step_ms"] = round(1000 * (time.process_time() - before) / asked.steps, 1)
    with tempfile.TemporaryDirectory() as home:
        run = Run(Path(home) / "0001-dcgan-mnist")
        run.folder.mkdir()
        run.write_state(State(state="running", steps=asked.steps))
        record = Record(run)
        for kind in (Step, Saved, Finished):
            event = next(each for each in events if isinstance(each, kind))
            sent, spent = packed(event)
            before = time.process_time()
            if kind is Step:
                record.tell("step", step=event.step, seconds=event.seconds, **event.values)
            elif kind is Saved:
                record.checkpoint(event.checkpoint.to_bytes())
            spent += 1000 * (time.process_time() - before)
            name = kind.__name__.lower()
            figures |= {f"{name}_kb": round(len(sent) / 1e3, 1), f"{name}_ms": round(spent, 2)}
    report("a member on another machine", **figures)


if __name__ == "__main__":
    main()
