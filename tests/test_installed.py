"""The package as people install it: a wheel with all that it needs, a command, and the app, far from the checkout."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
DATA = (".js", ".css", ".svg", ".toml")
START = 60  # seconds; four are usual


def wanted(lines):
    """The requirements of some lines, without what is said of each."""
    return [told for line in lines if (told := line.partition("#")[0].strip())]


def test_what_is_installed_is_what_the_requirements_say():
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    border = lines.index("# tests and checks")
    assert PROJECT["project"]["dependencies"] == wanted(lines[:border])
    extras = PROJECT["project"]["optional-dependencies"]
    for name in ("tensorboard", "hub"):
        assert set(extras[name]) <= set(wanted(lines[border:])), "what is optional for users is tested here"
    for path in ROOT.glob("requirements-*.txt"):
        assert extras[path.stem.removeprefix("requirements-")] == wanted(path.read_text("utf-8").splitlines())


def test_both_doors_have_one_configuration():
    """Streamlit looks beside the script that it runs."""
    own = ROOT / "ganlab" / "ui" / ".streamlit" / "config.toml"
    assert own.read_bytes() == (ROOT / ".streamlit" / "config.toml").read_bytes()
    doors = [path.read_text("utf-8").split('"""', 2)[2] for path in (ROOT / "app.py", ROOT / "ganlab/ui/door.py")]
    assert doors[0] == doors[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built of a copy, so that nothing is left in the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "ganlab", folder / "ganlab", ignore=shutil.ignore_patterns("__pycache__"))
    build = "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", build, folder], cwd=folder, capture_output=True, text=True, check=True)
    return folder / done.stdout.splitlines()[-1]


def test_the_wheel_holds_all_of_the_package_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    sources = [path for path in (ROOT / "ganlab").rglob("*") if path.suffix in (".py", *DATA) and path.is_file()]
    assert {name for name in held if ".dist-info/" not in name} == {
        path.relative_to(ROOT).as_posix() for path in sources
    }


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The command of an environment in which the wheel is installed; what it depends on is that of these tests."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv", symlinks=os.name != "nt")
    place = Path(sysconfig.get_path("purelib", vars={"base": folder / "venv", "platbase": folder / "venv"}))
    (place / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    command = [sys.executable, "-m", "pip", "--python", folder / "venv", "install", "--no-deps", "--no-index"]
    subprocess.run([*command, "--no-compile", "--quiet", wheel], check=True)
    return folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "ganlab"


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("PYTHONPATH", "GANLAB_HOME", "GANLAB_PRETRAINED", "GANLAB_DATA"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def run(command, *words):
    return subprocess.run([command, *words], capture_output=True, text=True, check=True)


def test_the_command_works_in_an_empty_folder_and_says_where_members_come_from(installed, elsewhere, monkeypatch):
    none = run(installed, "members")
    assert none.stdout == ""
    assert all(word in none.stderr for word in ("There are no members yet.", "hub pull", "GANLAB_PRETRAINED=FOLDER"))
    assert [*elsewhere.iterdir()] == []
    monkeypatch.setenv("GANLAB_PRETRAINED", str(ROOT / "pretrained"))
    assert "mnist-dcgan-ns" in run(installed, "members").stdout
    assert run(installed, "--help").stdout.startswith("Usage: ganlab ")


def test_the_app_starts_where_it_is_installed(installed, elsewhere):
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    with (elsewhere / "log").open("wb") as log:
        server = subprocess.Popen([installed, "app", "--port", str(port), "--headless"], stdout=log, stderr=log)
    try:
        assert _get(port, "/_stcore/health", server) == b"ok"
        page = _get(port, "/api/web/live.js", server)
        assert page == (ROOT / "ganlab" / "ui" / "web" / "live.js").read_bytes()
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(START)
    told = (elsewhere / "log").read_text()
    assert re.search(r"The workspace is '.*workspace'", told)
    assert "Traceback" not in told


def _get(port, path, server):
    deadline = time.monotonic() + START
    while True:
        try:
            connection = http.client.HTTPConnection("localhost", port, timeout=START)
            connection.request("GET", path)
            answer = connection.getresponse()
            data = answer.read()
            connection.close()
            assert answer.status == 200, path
            return data
        except ConnectionRefusedError:
            assert server.poll() is None, "it ended"
            assert time.monotonic() < deadline
            time.sleep(0.05)
