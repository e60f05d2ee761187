"""Scores in a training: when they are taken, that they disturb nothing, and when they end it."""

import math
import time

import pytest
import torch
from fakes import data_for, tiny_spec

from ganlab.training import Checkpoint, member_at, train
from ganlab.training.events import Enough, Finished, Preview, Saved, Scored, Stage, Started, Step
from ganlab.training.scores import Scores

SMALL = {"network": "dcgan", "width": 4, "critic_width": 4}


class Told:
    """A scorer that says, score by score, what it was told to; it remembers whom it saw."""

    def __init__(self, *fids):
        self.fids, self.seen = iter(fids), []

    def __call__(self, member, seed):
        self.seen.append((member.card.steps, seed, member.sample(2, seed)))
        fid = next(self.fids)
        return {} if fid is None else {"fid": float(fid), "modes": 3.0}


def fid_of(member, seed):
    """A number that depends on the weights alone, as an FID does: it goes up and down."""
    return {"fid": 1 + math.sin(1e4 * float(member.sample(8, seed).mean()))}


def spec_for(**changes):
    return tiny_spec(
        **SMALL | {"steps": 12, "score_every": 2, "checkpoint_every": 5, "log_every": 3, "preview_every": 7} | changes
    )


def run(spec, scorer, resume=None):
    return list(train(spec, data_for(spec, 20), resume, scorer=scorer))


def of(events, kind):
    return [event for event in events if isinstance(event, kind)]


def state(checkpoint, leave=("seconds",)):
    tensors = {name: value.clone() for name, value in checkpoint.tensors.items()}
    return tensors, {name: value for name, value in checkpoint.facts.items() if name not in leave}


def same(one, other):
    (tensors, facts), (more, more_facts) = one, other
    return facts == more_facts and all(torch.equal(value, more[name]) for name, value in tensors.items())


@pytest.mark.parametrize("kind", [{}, {"network": "mlp", "width": None, "critic_width": None, "dropout": 0.3}])
@pytest.mark.usefixtures("global_chance")
def test_scores_change_no_weight_by_a_bit(kind):
    spec = spec_for(**kind)
    scored, plain = (of(run(spec, scorer), Saved)[-1].checkpoint for scorer in (fid_of, None))
    assert same(*(state(each, leave=("seconds", "scores")) for each in (scored, plain)))


@pytest.mark.parametrize(
    ("steps", "every", "at"), [(12, 4, [4, 8, 12]), (11, 4, [4, 8, 11]), (3, 4, []), (12, 0, []), (4, 4, [4])]
)
def test_a_run_is_scored_every_so_many_steps_and_at_the_end_if_there_was_time_for_one(steps, every, at):
    scorer = Told(*range(10, 0, -1))
    events = run(spec_for(steps=steps, score_every=every, seed=7), scorer)
    assert [event.step for event in of(events, Scored)] == [step for step, _, _ in scorer.seen] == at
    assert {seed for _, seed, _ in scorer.seen} <= {7}
    points = {event.step for event in of(events, Step)}
    assert points >= set(at), "each score stands over a point of the curves"


def test_the_averaged_generator_is_scored():
    spec, scorer = spec_for(checkpoint_every=4, score_every=4), Told(3, 2, 1)
    saved = of(run(spec, scorer), Saved)
    for (step, _, drawn), event in zip(scorer.seen, saved, strict=True):
        assert step == event.step
        assert torch.equal(member_at(spec, event.checkpoint).sample(2, spec.seed), drawn)


def test_the_best_score_is_saved_at_once_and_later_ones_as_usual():
    events = run(spec_for(), Told(9, 8, 8.5, 7, 7, 9))
    assert [(event.step, event.values["fid"], event.best) for event in of(events, Scored)] == [
        (2, 9, True),
        (4, 8, True),
        (6, 8.5, False),
        (8, 7, True),
        (10, 7, False),
        (12, 9, False),
    ]
    saved = [(event.step, event.best) for event in of(events, Saved)]
    assert saved == [(2, True), (4, True), (5, False), (8, True), (10, False), (12, False)]
    assert [Scores.of(event.checkpoint).step for event in of(events, Saved)] == [2, 4, 4, 8, 8, 8]


def test_a_run_that_cannot_be_scored_goes_on():
    events = run(spec_for(target_fid=5.0, patience=1), Told(*[None] * 6))
    assert of(events, Scored) == of(events, Enough) == []
    assert events[-1].step == 12


@pytest.mark.parametrize(
    ("wish", "fids", "stop", "why"),
    [
        ({"target_fid": 5.0}, (9, 5, 4.75), 6, "Stopped at step 6: FID 4.75 is below the target 5."),
        ({"patience": 2}, (9, 8, 8, 8.5), 8, "the last 2 scores brought no better FID than 8 at step 4."),
        ({"patience": 1}, (9, 9), 4, "Stopped at step 4: the last score brought no better FID than 9 at step 2."),
        ({"patience": 2, "target_fid": 1.0}, (9, 8, 9, 7, 9, 9), None, None),
        ({}, (9, 9, 9, 9, 9, 9), None, None),
    ],
)
def test_target_and_patience_end_a_run_as_finished_and_say_why(wish, fids, stop, why):
    events = run(spec_for(**wish), Told(*fids))
    end = stop or 12
    assert [event.step for event in of(events, Enough)] == ([stop] if stop else [])
    assert all(event.why.endswith(why) for event in of(events, Enough))
    last = [type(event) for event in events if event.step == end]
    assert last == [Step, Scored, Preview, Saved, *[Enough] * bool(stop), Finished]
    assert of(events, Finished)[0].member.card.steps == end


@pytest.mark.parametrize("wish", [{}, {"patience": 2}, {"patience": 3, "target_fid": 0.01}])
def test_a_run_broken_off_and_resumed_is_judged_as_one_that_was_not(wish):
    spec = spec_for(steps=30, **wish)
    whole = run(spec, fid_of)
    told = [(event.step, event.values, event.best) for event in of(whole, Scored)]
    assert any(not best for *_, best in told)
    assert bool(of(whole, Enough)) == bool(wish)
    for event in of(whole, Saved):
        resumed = run(spec, fid_of, Checkpoint.from_bytes(event.checkpoint.to_bytes()))
        assert [each for each in told if each[0] > event.step] == [
            (again.step, again.values, again.best) for again in of(resumed, Scored)
        ]
        assert of(resumed, Enough) == of(whole, Enough)
        assert of(resumed, Finished)[0].step == of(whole, Finished)[0].step
        for again in of(resumed, Saved)[-1:]:
            assert same(state(again.checkpoint), state(of(whole, Saved)[-1].checkpoint))


def test_a_checkpoint_from_before_there_were_scores_is_resumed():
    old = of(run(spec_for(), None), Saved)[0].checkpoint
    del old.facts["scores"]
    events = run(spec_for(), Told(*range(9, 0, -1)), old)
    assert (type(events[0]), of(events, Scored)[0].step, of(events, Scored)[0].best) == (Started, 6, True)


def test_the_time_of_scores_is_not_that_of_training():
    def slow(member, seed):
        end = time.perf_counter() + 0.2
        while time.perf_counter() < end:
            pass
        return {"fid": 1.0}

    started = time.perf_counter()
    events = run(spec_for(), slow)
    spent = time.perf_counter() - started
    assert of(events, Step)[-1].seconds < spent - 6 * 0.2


STAGES = {"objective": "vaegan", "steps": 16, "pretrain": 1.0, "join": 1.0, "adversarial": 0.0, "joint": 2.0}


@pytest.mark.parametrize(
    ("wish", "fids", "why"),
    [
        ({"target_fid": 5.0}, (4, 9, 9, 9, 9, 4.5), "FID 4.5 is below the target 5."),
        ({"patience": 2}, (5, 9, 9, 9, 9, 9), "the last 2 scores brought no better FID than 5 at step 2."),
    ],
)
def test_no_stage_is_left_out_for_a_score_of_an_earlier_one(wish, fids, why):
    spec = spec_for(**STAGES, **wish)
    whole = run(spec, Told(*fids))
    assert [(event.name, event.step) for event in of(whole, Stage)] == [("pretrain", 0), ("join", 4), ("joint", 8)]
    (enough,) = of(whole, Enough)
    assert (enough.step, enough.why.endswith(why)) == (12, True)
    for event in of(whole, Saved)[:-1]:
        resumed = run(spec, Told(*fids[event.step // 2 :]), Checkpoint.from_bytes(event.checkpoint.to_bytes()))
        assert of(resumed, Enough) == [enough]
        assert of(resumed, Stage) == [each for each in of(whole, Stage) if each.step >= event.step]


def test_what_a_stage_brought_is_scored_and_shown():
    events = run(spec_for(**STAGES, score_every=3, preview_every=16), Told(*range(9, 0, -1)))
    assert [event.step for event in of(events, Scored)] == [3, 4, 6, 8, 9, 12, 15, 16]
    assert [event.step for event in of(events, Preview)] == [0, 4, 8, 16]
