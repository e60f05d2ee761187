"""How long, and how much memory, do FID, KID, precision and recall of 10,000 pictures take, beside two libraries?

Three questions: the formulas alone, on the same features; from pictures of 28x28 on, with the same extractor; and
the whole measurement of a shipped member, drawing included.  Ours gives intervals (50 resamplings of FID), density
and coverage as well; ``ours_plain`` leaves the resampling out.  torchmetrics has no precision and recall.  Every run
has a process of its own, turn by turn, so that peaks of memory are its own; peaks count from before the work.

    python -m benchmarks.metrics [--turns 3] [--n 10000] [--member mnist-dcgan-ns] [--threads 2]
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import torch

from benchmarks.machine import report
from ganlab import device as devices

Work = Callable[[], dict[str, float]]
FIGURES = ("fid", "kid", "precision", "recall")


def features(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two clouds float32 [n, 64] a little apart."""
    rng = np.random.default_rng(0)
    return tuple((rng.standard_normal((n, 64)) + shift).astype(np.float32) for shift in (0.1, 0.0))


def ours(fake: np.ndarray, real: np.ndarray, repeats: int = 50) -> dict[str, float]:
    from ganlab.metrics import frechet, kernel, neighbours

    a, b = frechet.moments(fake), frechet.moments(real)
    fid = frechet.fid(fake, real, repeats=repeats).value if repeats else frechet.frechet_distance(a, b)
    near = neighbours.fidelity(neighbours.manifold(fake), neighbours.manifold(real))
    kid = kernel.kid(fake, real).interval.value
    return {"fid": fid, "kid": kid, "precision": near.precision.value, "recall": near.recall.value}


def torch_fidelity(fake: np.ndarray, real: np.ndarray) -> dict[str, float]:
    from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
    from torch_fidelity.metric_kid import kid_features_to_metric
    from torch_fidelity.metric_prc import prc_features_to_metric

    a, b = torch.from_numpy(fake), torch.from_numpy(real)
    found = fid_statistics_to_metric(fid_features_to_statistics(a), fid_features_to_statistics(b), verbose=False)
    found |= kid_features_to_metric(a, b, kid_subsets=100, kid_subset_size=1000, verbose=False)
    return _named(found | prc_features_to_metric(a, b, prc_neighborhood=5, verbose=False))


def torchmetrics(fake: np.ndarray, real: np.ndarray) -> dict[str, float]:
    from torchmetrics.image.fid import FrechetInceptionDistance
    from torchmetrics.image.kid import KernelInceptionDistance

    same = torch.nn.Identity()
    same.num_features = fake.shape[1]
    fid, kid = FrechetInceptionDistance(same), KernelInceptionDistance(same, subsets=100, subset_size=1000)
    for metric in (fid, kid):
        metric.update(torch.from_numpy(fake), real=False)
        metric.update(torch.from_numpy(real), real=True)
    return {"fid": fid.compute().item(), "kid": kid.compute()[0].item()}


def _named(found: dict[str, float]) -> dict[str, float]:
    keys = ("frechet_inception_distance", "kernel_inception_distance_mean", "precision", "recall")
    return {name: found[key] for name, key in zip(FIGURES, keys, strict=True)}


def drawn(member: str, n: int, seed: int) -> np.ndarray:
    from ganlab.fusion import load
    from ganlab.metrics.evaluate import of_member

    return of_member(load(member), n, seed).draw(0, n)


def opened(member: str) -> tuple:
    from ganlab.members import store
    from ganlab.metrics import shelf

    card = store.catalogue()[member].card
    *_, found = shelf.opened(shelf.usual(card.dataset, card.shape), card.dataset, card.shape)
    return found


def fidelity_of_pictures(asked: argparse.Namespace) -> Work:
    """torch-fidelity's own way from pictures to numbers, our extractor registered with it."""
    from torch.utils.data import TensorDataset
    from torch_fidelity import calculate_metrics, register_feature_extractor
    from torch_fidelity.feature_extractor_base import FeatureExtractorBase

    extractor, _ = opened(asked.member)

    class Wrapped(FeatureExtractorBase):
        """The same network on the same uint8 pictures."""

        def __init__(self, name: str, features_list: list[str], **_: object) -> None:
            super().__init__(name, features_list)
            self.network = extractor.network

        @staticmethod
        def get_provided_features_list() -> tuple[str, ...]:
            return ("64",)

        @staticmethod
        def get_default_feature_layer_for_metric(metric: str) -> str:
            return "64"

        @staticmethod
        def can_be_compiled() -> bool:
            return False

        def forward(self, images: torch.Tensor) -> tuple[torch.Tensor]:
            return (self.network(images.float().div(127.5).sub(1)),)

    class Pictures(TensorDataset):
        def __getitem__(self, index: int) -> torch.Tensor:
            return super().__getitem__(index)[0]

    register_feature_extractor("ours", Wrapped)
    both = [torch.from_numpy(drawn(asked.member, asked.n, seed)).permute(0, 3, 1, 2) for seed in (0, 1)]
    kinds = {"fid": True, "kid": True, "prc": True, "prc_neighborhood": 5, "kid_subset_size": 1000}
    how = {"cuda": False, "batch_size": 500, "cache": False, "verbose": False, "save_cpu_ram": True}
    given = {f"input{place}": Pictures(each) for place, each in enumerate(both, 1)}
    return lambda: _named(calculate_metrics(**given, feature_extractor="ours", **kinds, **how))


def ours_of_pictures(asked: argparse.Namespace) -> Work:
    extractor, _ = opened(asked.member)
    both = [drawn(asked.member, asked.n, seed) for seed in (0, 1)]
    return lambda: ours(*(extractor.features(each) for each in both))


def whole(asked: argparse.Namespace) -> Work:
    """Every measure of a member, drawing included, with what real pictures reach beside it where that is not known."""
    from ganlab.fusion import load
    from ganlab.metrics.evaluate import evaluate, of_member

    extractor, reference = opened(asked.member)
    member = load(asked.member)

    def work() -> dict[str, float]:
        found = evaluate(of_member(member, asked.n, 0), extractor, reference, keep=False).numbers
        return {name: found[name].value for name in FIGURES}

    return work


def on_features(formulas: Callable[..., dict[str, float]], **options: int) -> Callable[[argparse.Namespace], Work]:
    def prepare(asked: argparse.Namespace) -> Work:
        both = features(asked.n)
        return lambda: formulas(*both, **options)

    return prepare


QUESTIONS = {
    "formulas on the same features": {
        "ours": on_features(ours),
        "ours_plain": on_features(ours, repeats=0),
        "torch_fidelity": on_features(torch_fidelity),
        "torchmetrics": on_features(torchmetrics),
    },
    "from the same pictures to numbers": {"ours": ours_of_pictures, "torch_fidelity": fidelity_of_pictures},
    "everything about a shipped member": {"ours": whole},
}


def once(asked: argparse.Namespace) -> None:
    """Do one piece of work and print seconds, megabytes and numbers as JSON: this is a process of its own."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(asked.threads)
    question, name = asked.only
    ours(*features(1200), repeats=1)  # libraries load, threads start
    work = QUESTIONS[question][name](asked)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, busy = time.perf_counter(), time.process_time()
    found = work()
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    figures = {"seconds": seconds, "busy": busy, "peak": peak}
    print(json.dumps(figures | {"found": {key: round(each, 5) for key, each in found.items()}}))


def main() -> None:
    """Ask every question turn by turn and print medians."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--n", type=int, default=10_000)
    parser.add_argument("--member", default="mnist-dcgan-ns")
    parser.add_argument("--threads", type=int, default=devices.cores())
    parser.add_argument("--only", nargs=2, metavar=("QUESTION", "WHOSE"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.only:
        once(asked)
        return
    given = ["--n", str(asked.n), "--member", asked.member, "--threads", str(asked.threads)]
    for question, ways in QUESTIONS.items():
        runs: dict[str, list[dict]] = {name: [] for name in ways}
        for _ in range(asked.turns):
            for name in ways:
                command = [sys.executable, "-m", "benchmarks.metrics", *given, "--only", question, name]
                said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                runs[name].append(json.loads(said.splitlines()[-1]))
        for name, each in runs.items():
            report(
                f"FID, KID, precision, recall: {question}",
                whose=name,
                n=asked.n,
                threads=asked.threads,
                seconds=round(statistics.median(run["seconds"] for run in each), 2),
                processor_seconds=round(statistics.median(run["busy"] for run in each), 2),
                peak_megabytes=round(statistics.median(run["peak"] for run in each)),
                found=each[0]["found"],
            )


if __name__ == "__main__":
    main()
