"""Ensembles as runs, with real workers: one folder, pause, kill, resume, stop, keep."""

import signal

import pytest
from run_helpers import count, is_in, kill, tiny, wait_until

from ganlab import fusion, runs
from ganlab.errors import MemberError, RunError, SpecError, UnknownName
from ganlab.members import store
from ganlab.members.origins import identity
from ganlab.runs import parts
from ganlab.spec import EnsembleSpec, MemberSpec


def ensemble(method="bagging", members=3, base=None, **options):
    return EnsembleSpec(method=method, members=members, base=base or tiny(), **options)


def slow(**changes):
    """Members of some seconds, with checkpoints."""
    return tiny(**{"steps": 200, "checkpoint_every": 20, "preview_every": 100, "log_every": 10} | changes)


def digests(run):
    return [each.member().card.weights.sha256 for each in parts.parts(run)]


def test_an_ensemble_is_a_run_like_any_other():
    run = runs.create(ensemble(base=tiny(seed=5)))
    wait_until(is_in(run, "finished"))
    state = run.state()
    assert (run.name, state.step, state.steps) == ("0001-bagging-ring8", 36, 36)
    assert [row["event"] for row in run.events()[0]] == ["began", "began", "began", "finished"]
    assert [row["rows"] for row in parts.began(run).values()] == [
        f"bootstrap sample {number} of 100,000 rows, seed 5" for number in (1, 2, 3)
    ]
    for each in parts.parts(run):
        assert (each.state().state, each.state().step, each.spec().seed) == ("finished", 12, 4 + each.number)
        assert each.previews() == [0, 4, 8, 12]
        assert count(each, "step") == 12
        assert each.member().card.rows == parts.began(run)[each.number]["rows"]
    alone = identity(parts.part(run, 1).spec())
    assert parts.part(run, 1).member().card.lineage != (alone,), "a training of all rows is another run"
    entry = run.keep("trio")
    assert entry.card.recipe.model_dump() == {
        "members": ("trio-1", "trio-2", "trio-3"),
        "rule": "mixture",
        "weights": pytest.approx((1 / 3,) * 3),
    }
    assert fusion.load("trio").sample(5, seed=0).shape == (5, 2)
    assert store.catalogue()["trio-2"].card.rows == "bootstrap sample 2 of 100,000 rows, seed 5"
    with pytest.raises(MemberError, match="There is a member called 'trio' already"):
        run.keep("trio")
    with pytest.raises(UnknownName, match="No member of a run is called 'best'"):
        run.keep("other", "best")


def test_a_name_that_is_taken_keeps_nothing():
    run = runs.create(ensemble(members=2))
    wait_until(is_in(run, "finished"))
    runs.find("1/1").keep("pair-2")
    before = [entry.name for entry in store.catalogue()]
    with pytest.raises(MemberError, match="There is a member called 'pair-2' already"):
        run.keep("pair")
    assert [entry.name for entry in store.catalogue()] == before


def test_keeping_that_was_broken_off_goes_on():
    run = runs.create(ensemble(members=2))
    wait_until(is_in(run, "finished"))
    runs.find("1/1").keep("pair-1")  # as far as it came when the plug was pulled
    assert run.keep("pair").card.recipe.members == ("pair-1", "pair-2")


def test_members_are_found_by_number():
    run = runs.create(ensemble("specialists", 2, tiny(dataset="digits", network="mlp")))
    wait_until(is_in(run, "finished"))
    second = runs.find("1/2")
    assert (second.name, second.number, second.whole) == ("0001-specialists-digits/2", 2, run)
    assert runs.find(second.name) == second
    with pytest.raises(UnknownName, match="No member of run '0001-specialists-digits' is called '3'"):
        runs.find("1/3")
    with pytest.raises(RunError, match="is a member of run '0001-specialists-digits': delete that one"):
        second.delete()
    shares = parts.weights(run)
    assert sum(shares.values()) == pytest.approx(1)
    assert f"{round(shares[2] * 1_437):,} of 1,437 rows" in second.member().card.rows
    assert run.keep("two").card.recipe.weights == tuple(shares.values())


@pytest.mark.parametrize("method", ["bagging", "snapshots"])
def test_killed_in_the_middle_and_resumed_it_gives_the_same_weights(method):
    asked = ensemble(method, 3, slow())
    killed, whole = runs.create(asked), runs.create(asked)
    wait_until(lambda: count(parts.part(killed, 2), "saved") >= 2)
    kill(killed)
    wait_until(is_in(killed, "interrupted"), timeout=10)
    assert [each.state().state for each in parts.parts(killed)] == ["finished", "interrupted"]
    # Two checkpoints of its second member are told; the state may be one line behind them.
    assert 200 < killed.state().step <= 400, "steps of the whole count on over its members"
    killed.resume()
    wait_until(is_in(whole, "finished"), timeout=300)
    wait_until(is_in(killed, "finished"), timeout=300)
    assert digests(killed) == digests(whole)
    assert [row["event"] for row in killed.events()[0]] == [
        *("began", "began", "resumed", "began", "began", "finished")
    ]
    steps = [[row["step"] for row in parts.part(run, 2).history() if row["event"] == "step"] for run in (killed, whole)]
    assert steps[0] == steps[1]
    assert count(parts.part(killed, 1), "resumed") == 0, "what was finished is not touched"


def test_it_is_paused_ended_and_stopped_like_one_training():
    run = runs.create(ensemble("seeds", 2, slow(steps=3_000)))
    wait_until(lambda: parts.parts(run) and count(parts.part(run, 1), "step"))
    run.pause()
    wait_until(is_in(run, "paused"))
    member = parts.part(run, 1)
    assert member.state().state == "paused"
    with pytest.raises(RunError, match="Stop it first"):
        run.keep("early")
    member.resume()
    wait_until(is_in(run, "running"))
    kill(run, signal.SIGTERM)
    wait_until(is_in(run, "interrupted"))
    left = member.written_state().step
    run.resume()
    wait_until(is_in(run, "running"))
    wait_until(lambda: member.written_state().step > left or run.state().state == "running")
    run.stop()
    wait_until(is_in(run, "stopped"))
    assert member.state().state == "stopped"
    assert 0 < run.state().step < 6_000
    entry = run.keep("early")
    assert (entry.name, entry.card.kind) == ("early", "gan"), "one member alone is the ensemble"
    run.resume()
    wait_until(is_in(run, "running"))
    run.stop()
    wait_until(is_in(run, "stopped"))
    run.delete()
    assert runs.all_runs() == []


def test_a_member_that_fails_fails_the_run():
    broken = {"objective": "wasserstein", "clip": 10.0, "learning_rate_generator": 1.0, "learning_rate_critic": 1.0}
    run = runs.create(ensemble("seeds", 2, tiny(steps=500, **broken)))
    wait_until(is_in(run, "failed"))
    assert run.state().message.startswith("Training failed at step")
    assert parts.part(run, 1).state().state == "failed"


def test_what_cannot_be_trained_makes_no_run():
    with pytest.raises(SpecError, match="batch_size 2,000 is more than the 1,437"):
        runs.create(ensemble(base=MemberSpec(network="mlp", batch_size=2_000)))
    with pytest.raises(SpecError, match="split does not belong to method 'bagging'"):
        runs.create(ensemble(split="labels"))
    assert runs.all_runs() == []


def test_scores_of_members_are_told_in_their_folders():
    run = runs.create(ensemble(members=2, base=tiny(score_every=6)))
    wait_until(is_in(run, "finished"))
    for each in parts.parts(run):
        assert [row["step"] for row in each.history() if row["event"] == "scored"] == [6, 12]
        assert count(each, "scoring") == 1
