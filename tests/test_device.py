import pytest
import torch

from ganlab import device
from ganlab.errors import DeviceError


def test_the_cpu_is_always_there_and_comes_last():
    names = device.available()
    assert names[-1] == "cpu"
    assert len(names) == 1 + torch.cuda.device_count() + torch.backends.mps.is_available()
    assert device.choose("cpu") == torch.device("cpu")


def test_auto_is_the_first_of_the_list():
    assert device.choose() == device.choose("auto") == torch.device(device.available()[0])


@pytest.mark.parametrize("name", ["cuda:99", "tpu", "", "CPU", "cuda:-1", "cpu:0"])
def test_a_device_that_is_not_there_is_refused_with_those_that_are(name):
    with pytest.raises(DeviceError) as caught:
        device.choose(name)
    assert repr(name) in str(caught.value)
    assert str(caught.value).endswith(", ".join(["auto", *device.available()]) + ".")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has one")
def test_cuda_without_cuda_is_refused_under_the_name_that_was_asked_for():
    with pytest.raises(DeviceError, match="No device 'cuda' on this machine"):
        device.choose("cuda")


def test_every_device_is_described_in_words():
    for name in device.available():
        assert len(device.describe(name)) > 5
    assert device.describe("cpu") == f"CPU: {device.processor()}, {device.cores()} threads"
    assert device.processor()
    assert device.cores() >= 1
