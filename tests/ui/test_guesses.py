"""Questions that pages ask before the number: the order of members on Compare, the end of a run on Train."""

import pytest
from compare_visit import keep_three, page
from fakes import keep_member, tiny_spec
from measurements import measurement, put
from parts_visit import healthy, visit

from ganlab.files import write_json
from ganlab.members import store
from ganlab.runs import Run, State
from ganlab.runs.record import Record
from ganlab.ui.pages import compare_guess, train_guess

pytestmark = pytest.mark.usefixtures("own_store_and_workers")


def seen_otherwise(*distances):
    """The three members as another extractor sees them."""
    for name, fid in zip(["anna", "berta", "clara"], distances, strict=True):
        put(name, measurement(fid, extractor="digits-inpainter"))


def question(at):
    return [each for each in healthy(at).radio if each.key.startswith("compare.order.")]


def answered(at, choice):
    """What is said once this is chosen and revealed: (right, the answer)."""
    (asked,) = question(at)
    asked.set_value(choice).run()
    at.button(key=f"{asked.key}.reveal").click().run()
    (said,) = [each.value for kind in ("success", "info") for each in healthy(at).get(kind) if " do." in each.value]
    return said.startswith("You were right."), " ".join(said.replace("\\", "").split())


@pytest.mark.parametrize(
    ("others", "right", "moved"), [((6, 7, 9), "none", 0), ((7, 6, 9), "many", 2), ((9, 6, 7), "many", 3)]
)
def test_compare_asks_whether_the_order_holds(others, right, moved):
    keep_three(6.5, 7.5, 8.5)
    seen_otherwise(*others)
    correct, said = answered(page(), right)
    assert correct
    assert f"{moved} of 3 do. digits-classifier: anna 6.50, berta 7.50, clara 8.50. digits-inpainter:" in said
    assert not answered(page(), {"none": "some", "many": "none"}[right])[0]


def test_the_question_follows_the_measure_and_what_is_better():
    keep_three(6.5, 7.5, 8.5)
    seen_otherwise(9, 7, 6)
    at = page(measure="recall")
    assert "by Recall" in question(at)[0].label
    # More recall is better, so that the last by FID comes first; the one in the middle stays.
    assert "digits-classifier: clara 0.708, berta 0.625, anna 0.542." in answered(at, "many")[1]
    entries = store.catalogue().entries
    floors = {entry.name: entry.card.metrics[0] for entry in entries}
    assert compare_guess.order("sharpness", floors) == ["anna", "berta", "clara"]  # all above that of real pictures


@pytest.mark.parametrize("members", [["anna", "berta"], ["anna", "berta", "clara", "dora"]])
def test_too_few_members_or_extractors_are_no_question(members):
    for seed, name in enumerate(members):
        keep_member(name, seed=seed)
        put(name, measurement(6 + seed))
        if len(members) == 2:
            put(name, measurement(6 - seed, extractor="digits-inpainter"))
    assert question(page()) == []


def run_of(workspace, state, **changes):
    run, spec = Run(workspace / "runs" / "0001-mlp-digits"), tiny_spec(**changes).resolved()
    write_json(run.folder / "spec.json", spec.model_dump())
    run.write_state(State(state=state, step=6, steps=6, device="cpu"))
    return run


def guess(at):
    return [each for each in healthy(at).radio if each.key.startswith("train.guess")]


def test_train_asks_while_a_run_waits_and_answers_when_it_has_ended(workspace):
    run = run_of(workspace, "queued")
    at = visit("train", train__run=run.name)
    (asked,) = guess(at)
    assert "of the 10 classes" in asked.label
    asked.set_value("half").run()
    assert at.button(key=f"{asked.key}.reveal").disabled
    for step, modes in ((2, 9.0), (4, 5.0)):
        Record(run).tell("scored", step=step, fid=3.0, modes=modes)
    run.write_state(State(state="finished", step=6, steps=6, device="cpu"))
    at.run().button(key=f"{asked.key}.reveal").click().run()
    assert healthy(at).success[0].value == "You were right. It draws 5 of 10 classes, by the last score at step 4."


def test_an_ended_run_asks_nobody_who_has_not_guessed(workspace):
    run = run_of(workspace, "finished")
    Record(run).tell("scored", step=6, fid=3.0, modes=5.0)
    assert guess(visit("train", train__run=run.name)) == []


@pytest.mark.parametrize("changes", [{"score_every": 0}, {"dataset": "spiral", "network": "toy", "latent_dim": 2}])
def test_a_run_without_scores_or_classes_asks_nothing(workspace, changes):
    run = run_of(workspace, "queued", **changes)
    assert guess(visit("train", train__run=run.name)) == []


def test_the_choices_are_parts_of_what_there_is():
    assert [train_guess.of(share) for share in (0.1, 0.39, 0.4, 0.89, 0.9, 1.0)] == ["few"] * 2 + ["half"] * 2 + [
        "all"
    ] * 2


@pytest.mark.parametrize("name", ["gallery", "train", "ensembles", "compare"])
def test_a_page_says_what_one_is_looking_at(name):
    keep_member("anna")
    (found,) = [each for each in healthy(visit(name)).expander if each.label == "What am I looking at?"]
    assert len(found.markdown[0].value) > 300
