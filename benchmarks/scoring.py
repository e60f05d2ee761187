"""What share of a training's time do its scores take?

Trains as the worker does and takes apart what is spent on scores and what on training, by the clock and by the
processors (which a busy machine does not disturb); the share is that of the spec's usual ``score_every``.
Opening the extractor, with what it imports, is told apart, as it happens once a run.

    python -m benchmarks.scoring [--seconds 60] [--device cpu] [--threads 2]
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

os.environ |= {"OMP_WAIT_POLICY": "PASSIVE", "OPENBLAS_NUM_THREADS": "1"}  # as the queue starts workers

import numpy as np
import torch

from benchmarks.machine import report
from ganlab import device as devices
from ganlab.data import load_dataset
from ganlab.members.member import NetworkMember
from ganlab.runs import Run, State
from ganlab.runs.record import Record
from ganlab.runs.scoring import EXAMPLES, Scoring
from ganlab.spec import MemberSpec
from ganlab.training import train
from ganlab.training.events import Step

COMMON = {"objective": "nonsaturating", "steps": 5_000}
SPECS = {
    "dcgan of width 32 on glyphs": MemberSpec(dataset="glyphs", network="dcgan", width=32, **COMMON),
    "mlp on glyphs": MemberSpec(dataset="glyphs", network="mlp", **COMMON),
    "mlp on digits": MemberSpec(dataset="digits", network="mlp", **COMMON),
    "toy on ring8": MemberSpec(dataset="ring8", network="toy", **COMMON),
}


def measure(spec: MemberSpec, seconds: float, device: torch.device, folder: Path) -> dict[str, np.ndarray]:
    """Return [clock, processors] seconds of a training step and of a score, and of what comes once."""
    data, run = load_dataset(spec.dataset), Run(folder)
    run.write_state(State(state="running", steps=spec.steps))
    scoring = Scoring(Record(run), spec, data, device, lambda: False)
    spent: list[np.ndarray] = []

    def scorer(member: NetworkMember, seed: int) -> dict[str, float]:
        start = now()
        found = scoring(member, seed)
        spent.append(now() - start)
        return found

    # Scored more often than usual, so that there is something to measure.
    often = spec.model_copy(update={"score_every": max(1, spec.score_every // 5)})
    start, points = now(), []
    for event in train(often, data, device=device, scorer=scorer):
        if isinstance(event, Step):
            points.append((event.step, now() - sum(spent)))
            if (now() - start)[0] > seconds and len(spent) > 5:
                break
    (first, began), (last, ended) = points[0], points[-1]
    score = np.median(spent[1:], axis=0)
    return {"step": (ended - began) / (last - first), "score": score, "once": spent[0] - score}


def now() -> np.ndarray:
    """Return the clock and the processors' time, in seconds."""
    return np.array([time.perf_counter(), time.process_time()])


def main() -> None:
    """Measure each spec and print its share."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="of each training")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=devices.cores())
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    devices.use_fast_products()
    device = devices.choose(asked.device)
    for name, brief in SPECS.items():
        spec = brief.resolved()
        with tempfile.TemporaryDirectory() as folder:
            found = measure(spec, asked.seconds, device, Path(folder) / "0001-scored")
        share = found["score"] / (spec.score_every * found["step"])
        report(
            "share of a training's time that scores take",
            training=name,
            device=devices.describe(str(device)),
            threads=asked.threads,
            examples=EXAMPLES,
            score_every=spec.score_every,
            step_ms=round(1e3 * found["step"][0], 1),
            score_ms=round(1e3 * found["score"][0]),
            once_s=round(found["once"][0], 1),
            share=round(share[0], 4),
            share_of_processors=round(share[1], 4),
        )


if __name__ == "__main__":
    main()
