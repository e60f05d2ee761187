"""The plug pulled at a sample of the points of ``benchmarks.plug``, and two apps on one workspace."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from fakes import keep_member

from ganlab import runs
from ganlab.members import store

ROOT = Path(__file__).parents[2]


def test_a_sample_of_all_points_is_survived(tmp_path):
    works = ("train", "rename", "keep an ensemble", "import")
    asked = [word for work in works for word in ("--only", work)]
    ways = [word for way in ("kill", "power", "full") for word in ("--how", way)]
    command = [sys.executable, "-m", "benchmarks.plug", *asked, *ways, "--most", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["faults"] for each in told] == [[]] * len(works), done.stderr
    assert all(each["tried"] == each["survived"] == {"kill": 2, "power": 2, "full": 2} for each in told)
    assert done.returncode == 0, done.stderr


# Two of these at once, as two apps would be: each makes runs, starts what may start, and measures a member.
APP = """
import sys
from ganlab import runs
from ganlab.members import store
from ganlab.members.card import Measurement
from ganlab.runs import queue
from ganlab.spec import MemberSpec

def start(run):
    (run.folder / "started").touch(exist_ok=False)
    run.write_state(run.written_state().model_copy(update={"state": "finished"}))

queue._start = start
for turn in range(8):
    runs.create(MemberSpec(dataset="ring8", network="toy"))
    facts = {"extractor": "exact", "n_fake": 9, "n_real": 9, "split": "test", "seed": turn}
    anna = store.Entry(store.read_card(store.own_folder() / "anna"), store.own_folder() / "anna", shipped=False)
    store.add_measurement(anna, Measurement(**facts | {"extractor": sys.argv[1]}, numbers={}))
"""


def test_two_apps_on_one_workspace_start_each_run_once_and_lose_no_number():
    keep_member("anna")
    apps = [subprocess.Popen([sys.executable, "-c", APP, name], stderr=subprocess.PIPE, text=True) for name in "ab"]
    assert [app.communicate()[1] for app in apps] == ["", ""]
    made = runs.all_runs()
    assert [run.number for run in made] == list(range(1, 17))
    assert all((run.folder / "started").exists() for run in made)
    kept = store.read_card(store.own_folder() / "anna").metrics
    assert Counter(each.extractor for each in kept) == {"a": 8, "b": 8}
