"""A glance is what the large measurement takes, of fewer pictures, and loads little."""

import subprocess
import sys

import numpy as np
import pytest

from ganlab.errors import MetricError
from ganlab.metrics import frechet, glance, neighbours


@pytest.fixture
def look(on_shelf):
    return glance.of("digits", (1, 8, 8))


def noise(n, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, 8, 8, 1), np.uint8)


def test_it_tells_what_the_measures_say_of_the_same_features(look):
    images = noise(60)
    features = look.extractor.features(images)
    found = look.at(images)
    near = neighbours.fidelity(neighbours.manifold(features), neighbours.manifold(look.real))
    assert found["fid"].value == frechet.fid(features, look.real, 0, 20).value
    assert (found["precision"].value, found["recall"].value) == (near.precision.value, near.recall.value)
    assert found["fid"].low < found["fid"].value < found["fid"].high


def test_it_is_of_the_test_split_and_the_same_each_time(look):
    again = glance.of("digits", (1, 8, 8))
    assert look.split == "test"
    assert np.array_equal(look.real, again.real)
    assert look.at(noise(30)) == again.at(noise(30))


def test_noise_stands_far_above_the_floor_and_real_pictures_near_it(look):
    """Real pictures of another split, drawn over and over: their mean distance is what the floor foretells."""
    from ganlab.data import load_dataset

    digits = load_dataset("digits")
    real = digits.examples[digits.splits["train"]].permute(0, 2, 3, 1).numpy()
    rng = np.random.default_rng(5)
    found = [look.at(real[rng.permutation(len(real))[:150]])["fid"].value for _ in range(8)]
    assert np.mean(found) == pytest.approx(look.floor(150), rel=0.4)
    assert look.at(noise(150))["fid"].low > 10 * look.floor(150)
    assert look.floor(150) > look.floor(1500)


def test_too_few_pictures_are_refused(look):
    with pytest.raises(MetricError, match="needs 6 pictures, and 5"):
        look.at(noise(5))


def test_what_has_no_extractor_yet_is_not_measured_at_once(tmp_path, monkeypatch):
    monkeypatch.setenv("GANLAB_HOME", str(tmp_path))
    assert glance.of("ring8", (2,)) is None
    assert glance.of("folder:/nowhere", (1, 9, 9)) is None


def test_no_large_library_is_loaded_for_it():
    """The server takes glances, and must not load torchvision."""
    code = (
        "import sys; from ganlab.metrics import glance; import numpy as np;"
        "glance.of('digits', (1, 8, 8)).at(np.zeros((10, 8, 8, 1), np.uint8));"
        "print({'torchvision', 'torch_fidelity', 'torchmetrics'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
