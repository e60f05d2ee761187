"""Inception: pictures of any size where its weights are, and one sentence where they are not."""

import socket

import numpy as np
import pytest
import torch

from ganlab.errors import MetricError
from ganlab.metrics import shelf
from ganlab.metrics.inception import inception

FILES = {
    "inception-v3-fid": "weights-inception-2015-12-05-6726825d.pth",
    "inception-v3-torchvision": "inception_v3_google-0cc3c7bd.pth",
}


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """An empty folder of weights, and no network."""

    def refuse(*_, **__):
        raise OSError("no network")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    folder = tmp_path / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


def untrained(name, monkeypatch):
    """Return the weights of a freshly built network."""
    if name == "inception-v3-torchvision":
        from torchvision.models import inception_v3

        return inception_v3(weights=None, init_weights=False).state_dict()
    from torch_fidelity import feature_extractor_inceptionv3 as module

    with monkeypatch.context() as patch, torch.random.fork_rng():
        torch.manual_seed(0)
        patch.setattr(module, "load_state_dict_from_url", lambda *_, **__: None)
        patch.setattr(module.FeatureExtractorInceptionV3, "load_state_dict", lambda *_: None)
        return module.FeatureExtractorInceptionV3("inception-v3-compat", ["2048"]).state_dict()


@pytest.mark.parametrize("name", shelf.INCEPTION)
def test_without_weights_and_network_one_sentence_says_so(hub, name):
    with pytest.raises(MetricError) as caught:
        list(shelf.opened(name, "digits", (1, 8, 8)))
    told = str(caught.value)
    assert told.startswith(f"Extractor {name!r} needs weights that are not in {str(hub)!r} and could not be fetched (")
    assert told.endswith("connect to the network and try again, or use an extractor that comes along.")
    assert "no network" in told
    assert "\n" not in told


@pytest.mark.parametrize("name", shelf.INCEPTION)
@pytest.mark.parametrize("content", [b"", b"<html>a captive portal</html>", b"PK\x03\x04cut"])
def test_something_else_in_place_of_the_weights_is_said_in_one_sentence(hub, name, content):
    (hub / FILES[name]).write_bytes(content)
    with pytest.raises(MetricError, match=f"'{name}' needs weights") as caught:
        inception(name)
    assert "\n" not in str(caught.value)
    torch.save({"x": torch.zeros(1)}, hub / FILES[name])
    with pytest.raises(MetricError, match=r"in loading state_dict") as caught:
        inception(name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", shelf.INCEPTION)
def test_grey_and_coloured_pictures_of_any_size_have_2048_features(hub, name, monkeypatch):
    torch.save(untrained(name, monkeypatch), hub / FILES[name])
    extractor = inception(name)
    assert (extractor.name, extractor.card.kind, extractor.card.features) == (name, "inception", 2048)
    rng = np.random.default_rng(0)
    grey = rng.integers(0, 256, (2, 28, 28, 1), dtype=np.uint8)
    features = extractor.features(grey)
    assert features.shape == (2, 2048)
    assert np.isfinite(features).all()
    np.testing.assert_allclose(extractor.features(grey.repeat(3, 3)), features, rtol=1e-4, atol=1e-6)
    assert extractor.features(rng.integers(0, 256, (1, 64, 48, 3), dtype=np.uint8)).shape == (1, 2048)
    probabilities = extractor.probabilities(features)
    assert probabilities.shape == (2, 1008 if name == "inception-v3-fid" else 1000)
    assert probabilities.sum(1) == pytest.approx(1)
    for wrong in (grey.repeat(2, 3), grey[..., 0], grey / 255):
        with pytest.raises(MetricError, match=r"reads uint8 pictures \[n, height, width, 1 or 3\]"):
            extractor.features(wrong)


def test_every_pixel_reaches_the_original_network_as_it_was(hub, monkeypatch):
    """It takes uint8; the way there through [-1, 1] and back loses nothing."""
    torch.save(untrained("inception-v3-fid", monkeypatch), hub / FILES["inception-v3-fid"])
    extractor, seen = inception("inception-v3-fid"), []
    monkeypatch.setattr(type(extractor.network.body), "forward", lambda _, x: (seen.append(x), torch.zeros(len(x), 1)))
    levels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    extractor.network.forward(torch.from_numpy(levels).permute(0, 3, 1, 2).float().div(127.5).sub(1))
    assert seen[0].dtype == torch.uint8
    assert (seen[0][0, 0].numpy() == levels[0, :, :, 0]).all()
