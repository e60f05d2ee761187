"""Members on other machines: a cluster of two nodes on this one, of which one is lost."""

import os
import signal
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from run_helpers import count, is_in, tiny, wait_until

from ganlab import device, ensembles, runs
from ganlab.data import load_dataset
from ganlab.ensembles.loop import Of
from ganlab.errors import DeviceError, RunError, SpecError
from ganlab.members.networks import to_bytes
from ganlab.runs import cluster, parts, queue
from ganlab.runs.folder import State
from ganlab.spec import EnsembleSpec
from ganlab.training.events import Finished

pytestmark = pytest.mark.xdist_group("cluster")
LONG = {"steps": 1_000, "log_every": 50, "checkpoint_every": 50, "preview_every": 500, "score_every": 500}


@pytest.fixture
def ray_cluster(monkeypatch, tmp_path):
    """A Ray cluster with one node of one processor; further ones are added by the test."""
    if find_spec("ray") is None:
        pytest.skip("needs Ray: pip install -r requirements-cluster.txt")
    for name, value in cluster._SETTINGS.items():
        monkeypatch.setenv(name, value)
    from ray.cluster_utils import Cluster

    before = signal.getsignal(signal.SIGTERM)  # which Ray makes its own
    node = {"num_cpus": 1, "object_store_memory": 80 * 2**20}
    made = Cluster(initialize_head=True, head_node_args=node | {"include_dashboard": False})
    made.more = lambda: made.add_node(**node)
    yield made
    made.shutdown()
    signal.signal(signal.SIGTERM, before)


def pull_the_plug(ray_cluster, node):
    """End all that a node runs at once, and then the node, of which the cluster knows then."""
    (raylet,) = [each.process.pid for each in node.all_processes["raylet"]]
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if parent == raylet:
            os.kill(int(status.parent.name), signal.SIGKILL)
    ray_cluster.remove_node(node, allow_graceful=True)


def saved(run, number):
    return count(parts.part(run, number), "saved")


def trained_here(asked):
    """Digests of the members that this process trains."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    exact, _ = torch.backends.mkldnn.matmul.fp32_precision, device.use_fast_products()  # as workers do
    try:
        for told in ensembles.train(asked, load_dataset(asked.dataset), Nothing()):
            match told:
                case Of(_, Finished(member=member)):
                    yield to_bytes(member.networks)[1].sha256
    finally:
        torch.set_num_threads(threads)
        torch.backends.mkldnn.matmul.fp32_precision = exact


class Nothing:
    """There are no members yet, and none is looked for."""

    def finished(self, number):
        return False

    def checkpoint(self, number):
        return None


def test_a_node_lost_in_the_middle_costs_what_was_not_saved(ray_cluster):
    second = ray_cluster.more()
    asked = EnsembleSpec(method="bagging", members=2, base=tiny(**LONG))
    run = runs.create(asked, on=ray_cluster.address)
    assert run.state().on == ray_cluster.address
    wait_until(is_in(run, "running"))
    run.pause()  # holds the first until the second is there too
    wait_until(is_in(run, "paused"), timeout=600)
    assert [each.state().state for each in parts.parts(run)] == ["paused", "paused"]
    assert saved(run, 1), "whoever halts saves first"
    assert saved(run, 2)
    run.resume()
    wait_until(lambda: min(each.written_state().step for each in parts.parts(run)) >= 100, timeout=600)
    assert run.state().message == "members 1, 2 of 2"
    run.pause()
    wait_until(is_in(run, "paused"), timeout=300)
    steps = [each.written_state().step for each in parts.parts(run)]
    assert run.state().step == sum(steps)
    pull_the_plug(ray_cluster, second)
    run.resume()
    wait_until(is_in(run, "finished"), timeout=600)
    broke = [row for row in run.events()[0] if row["event"] == "broke"]  # twice if it was begun there once more
    (number,) = {row["member"] for row in broke}
    assert broke[0]["message"] == "The node or the process that it was on is gone."
    (resumed,) = {row["step"] for row in parts.part(run, number).events()[0] if row["event"] == "resumed"}
    assert 100 <= resumed == steps[number - 1] < 1_000
    assert [count(each, "resumed") for each in parts.parts(run)].count(0) == 1, "the other one went on"
    for each, digest in zip(parts.parts(run), trained_here(ensembles.resolved(asked)), strict=True):
        assert each.member().card.weights.sha256 == digest, "wherever it is trained"
        assert each.previews() == [0, 500, 1_000]
        assert [row["step"] for row in each.history() if row["event"] == "scored"] == [500, 1_000]
    assert run.state().step == run.state().steps == 2_000
    assert run.keep("pair").card.recipe.members == ("pair-1", "pair-2")


def test_what_is_no_cluster_is_refused(monkeypatch):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("GANLAB_CLUSTER", "ray://teacher:10001")
    monkeypatch.setattr(cluster, "find_spec", lambda name: name)
    assert cluster.address("ray") == "ray://teacher:10001"
    assert cluster.address("lab-3:6379", "cuda") == "lab-3:6379"
    monkeypatch.delenv("GANLAB_CLUSTER")
    assert cluster.address("ray") == "ray"
    for wrong in ("cluster", "http://a:1", "ray://a b:1", "a:1; rm"):
        with pytest.raises(SpecError, match="No cluster is at"):
            cluster.address(wrong)
    with pytest.raises(DeviceError, match="ask for auto, cpu, cuda, not 'cuda:1'"):
        cluster.address("ray", "cuda:1")
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    with pytest.raises(RunError, match=r"Ray is not installed: pip install -r requirements-cluster\.txt"):
        runs.create(EnsembleSpec(method="seeds", base=tiny()), on="ray")
    assert runs.all_runs() == []


def test_a_cluster_has_room_for_several_runs_and_a_device_for_one():
    here, ray, there = (State(state="running", steps=1, device="cpu", on=on) for on in ("", "ray", "ray://a:1"))
    other = there.model_copy(update={"on": "ray://b:1"})
    assert queue._room(there, [here, other] + [there] * 7)
    assert not queue._room(there, [there] * 8)
    assert not queue._room(here, [there, ray]), "a Ray of its own is this machine"
    assert queue._room(ray, [there, other])
