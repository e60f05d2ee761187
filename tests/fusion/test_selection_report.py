"""The report of a selection: it claims to help only beyond both intervals, and finds the gain where there is one."""

import numpy as np
import pytest

from ganlab.data import load_dataset
from ganlab.fusion.selection.ratio import Quality
from ganlab.fusion.selection.report import Report, selecting
from ganlab.members import baseline
from ganlab.members.card import Card
from ganlab.metrics import shelf
from ganlab.metrics.interval import Interval
from ganlab.metrics.kernel import Kernel


def report(before, after):
    spread = [None if each is None else Kernel(Interval(each, each - 1, each + 1), 0.1) for each in (before, after)]
    options = {"estimator": "logistic", "acceptance": "best_of", "cost": 3, "power": 1.0}
    return Report(np.zeros((200, 2, 2, 1)), 600, options, Quality(0.8, 0.5, (40, 40)), "digits-classifier", *spread)


@pytest.mark.parametrize(
    ("before", "after", "helps"), [(5, 2, True), (5, 3.5, False), (2, 5, False), (None, None, None)]
)
def test_it_helps_only_beyond_both_intervals(before, after, helps):
    found = report(before, after)
    assert found.helps is helps
    assert found.facts()["candidates_per_image"] == 3
    words = {True: "It helps", False: "does not help beyond chance", None: "cannot tell"}
    assert words[helps] in found.verdict()


def test_of_real_pictures_and_noise_the_real_ones_are_kept():
    """A member that draws a real picture every second time, else noise, is mended by choosing."""
    digits = load_dataset("digits")
    real = digits.split("train")[0].float().div(127.5).sub(1)
    card = Card(name="noise", kind="noise", dataset="digits", shape=(1, 8, 8), latent_dim=65, parameters=0)

    class Half(baseline.KINDS["noise"]):
        def generate(self, z, labels=None):
            z = self.placed(z)
            drawn = z[:, :64].reshape(-1, 1, 8, 8).clamp(-1, 1)
            good = z[:, 64] > 0
            drawn[good] = real[(z[good, 0].abs() * 1e4).long() % len(real)]
            return drawn

    opened = list(shelf.opened("digits-classifier", "digits", (1, 8, 8)))[-1]
    *_, found = selecting(Half(card), *opened, n=200, seed=0, estimator="logistic", acceptance="rejection", cost=10)
    assert found.after.interval.value < found.before.interval.value / 3
    assert found.candidates / 200 < 10
    assert found.quality.auc > 0.7
