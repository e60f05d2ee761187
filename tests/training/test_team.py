"""Two processes that train together follow the curve of one with the joint batch."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors.torch
import torch
from team_process import SPECS

SCRIPT = Path(__file__).with_name("team_process.py")
ROOT = Path(__file__).parents[2]


def start(out, **environment):
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    return subprocess.Popen([sys.executable, SCRIPT, out], env=os.environ | {"PYTHONPATH": paths} | environment)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What one process and what two make of all trainings."""
    folder = tmp_path_factory.mktemp("team")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    told = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    processes = [
        start(folder / "one"),
        start(folder / "two", RANK="0", **told),
        start(folder / "none", RANK="1", **told),
    ]
    assert [process.wait(300) for process in processes] == [0, 0, 0]
    assert not (folder / "none").exists(), "one alone writes"
    return [safetensors.torch.load_file(folder / name) for name in ("one", "two")]


# Rounding grows with the steps, most where Adam divides gradients that are almost nothing: of a critic's two slopes.
@pytest.mark.parametrize(
    ("name", "close"),
    [("penalty", 2e-3), ("convolutions", 1e-5), ("augmented", 2e-2), ("vae", 1e-5), ("vaegan", 1e-5)],
)
def test_two_processes_follow_the_curve_of_one(found, name, close):
    one, two = ({key: value for key, value in each.items() if key.startswith(f"{name}/")} for each in found)
    assert one.keys() == two.keys()
    assert name in SPECS
    curves = one.pop(f"{name}/curves"), two.pop(f"{name}/curves")
    assert len(curves[0]) == 20
    torch.testing.assert_close(*(each[0] for each in curves), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(*(each[1] for each in curves), rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(*curves, rtol=close, atol=close)
    for key in one:
        torch.testing.assert_close(one[key], two[key], rtol=0, atol=close, msg=lambda text, key=key: f"{key}: {text}")
