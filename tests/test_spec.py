"""Specs and recipes: every good one survives the way to disk and back, every bad one is refused in words."""

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ganlab.data import DATASETS
from ganlab.errors import SpecError
from ganlab.networks import NETWORKS
from ganlab.networks.sides import attended
from ganlab.objectives import OBJECTIVES
from ganlab.spec import MemberSpec, Recipe, check_name
from ganlab.training.diffaugment import POLICIES

OPTIMIZERS = {"adam": ("beta1", "beta2"), "sgd": ("momentum",), "rmsprop": ("momentum",)}
shares = st.floats(0, 0.99)
VALUES = {
    "dropout": shares,
    "beta1": shares,
    "beta2": shares,
    "momentum": shares,
    "width": st.integers(1, 64),
    "critic_width": st.integers(1, 64),
    "spectral_norm": st.booleans(),
    "attention": st.booleans(),
    "minibatch_discrimination": st.integers(0, 1024),
    "grow": shares,
    "label_smoothing": st.floats(0, 0.49),
    "clip": st.floats(1e-4, 10),
    "penalty": st.floats(0, 1000),
    "feature_matching": st.floats(0, 1000),
    "pack": st.integers(1, 64),
    "diffaugment": st.sampled_from(list(POLICIES)),
    "likelihood": st.just("gaussian"),
    "beta": st.floats(0, 100),
    "warmup": st.integers(0, 10_000_000),
    "likeness": st.floats(0, 100),
    "pretrain": st.floats(0, 1000),
    "join": st.floats(0, 1000),
    "adversarial": st.floats(0, 1000),
    "joint": st.floats(0.1, 1000),
}


@st.composite
def specs(draw):
    """Any spec one may ask for: each option given or left to its usual value."""
    images = draw(st.booleans())
    suits = "images" if images else "points"
    network = draw(st.sampled_from([each.name for each in NETWORKS if each.facts["suits"] == suits]))
    objective = draw(st.sampled_from(OBJECTIVES.names))
    optimizer = draw(st.sampled_from(sorted(OPTIMIZERS)))
    fitting = [each.name for each in DATASETS if (len(each.facts["shape"]) == 3) == images]
    values = {"network": network, "objective": objective, "optimizer": optimizer}
    values["dataset"] = draw(st.sampled_from([*fitting, *["folder:some/where"] * images]))
    options = [*NETWORKS[network].facts["options"], *OBJECTIVES[objective].facts["options"], *OPTIMIZERS[optimizer]]
    if OBJECTIVES[objective].facts["kind"] != "gan" and "grow" in options:
        options.remove("grow")  # encoders do not grow with it
    for option in draw(st.sets(st.sampled_from(options))) if options else ():
        values[option] = draw(VALUES[option])
    if not images:
        values.pop("diffaugment", None)
    if "penalty" in options or OBJECTIVES[objective].facts["kind"] != "gan":
        values.pop("minibatch_discrimination", None)
    pack = values.get("pack", 1)
    if pack > 1:
        values["batch_size"] = 2 * pack
    if values["dataset"].startswith("folder:") and draw(st.booleans()):
        sides = [side for side in range(4, 257, 4) if attended(side) or not values.get("attention")]
        values |= {"image_size": draw(st.sampled_from(sides)), "channels": draw(st.sampled_from([1, 3]))}
    more = {
        "latent_dim": st.integers(1, 4096),
        "learning_rate_critic": st.floats(1e-9, 1),
        "batch_size": st.integers(2, 65_536 // pack).map(lambda packs: packs * pack),
        "n_critic": st.integers(1, 100),
        "steps": st.integers(1, 10**8),
        "ema": shares,
        "seed": st.integers(0, 2**63 - 1),
        "precision": st.sampled_from(["float32", "bfloat16"]),
        "start": st.sampled_from(["anna", "0.a_b-c"]),
        "teacher": st.just("otto"),
        "preview_every": st.integers(1, 10**6),
        "checkpoint_every": st.integers(1, 10**6),
    }
    if images:
        more |= {"score_every": st.integers(1, 10**6), "target_fid": st.floats(1e-9, 1e9), "patience": st.integers(1)}
    idle = MemberSpec(**values).idle
    if "n_critic" in idle:
        del more["n_critic"]
    if "conditional" not in idle and MemberSpec(**values).classes and pack == 1:
        more["conditional"] = st.booleans()
    for field in draw(st.sets(st.sampled_from(sorted(more)))):
        values[field] = draw(more[field])
    return MemberSpec(**values)


@given(specs())
def test_a_spec_comes_back_from_json_as_it_was(spec):
    assert MemberSpec.read(spec.model_dump_json()) == spec
    assert MemberSpec.read(json.loads(json.dumps(spec.model_dump(mode="json")))) == spec
    given_only = spec.model_dump(exclude_unset=True)
    assert MemberSpec.read(given_only) == spec


def test_the_stages_of_a_run_are_told_by_name():
    assert MemberSpec(dataset="mnist", grow=0.5).stages == ("7x7", "14x14", "28x28")
    assert MemberSpec(**FOLDER, grow=0.5).stages == ("4x4", "8x8", "16x16", "32x32", "64x64")
    assert MemberSpec(dataset="mnist", grow=0.0).stages == MemberSpec(grow=None).stages == ()
    assert MemberSpec(objective="vaegan", grow=0.0).stages == ("pretrain", "join", "adversarial", "joint")


@given(specs())
def test_resolving_writes_out_what_is_used_and_changes_nothing_else(spec):
    full = spec.resolved()
    assert full.resolved() == full
    own = {
        *NETWORKS[spec.network].facts["options"],
        *OBJECTIVES[spec.objective].facts["options"],
        *OPTIMIZERS[spec.optimizer],
    }
    used = {*own, "latent_dim", "preview_every", "checkpoint_every", "score_every"}
    if spec.dataset.startswith("folder:"):
        used |= {"image_size", "channels"}
    before, after = spec.model_dump(), full.model_dump()
    assert {field for field, value in after.items() if value is None} == {
        field for field, value in before.items() if value is None and field not in used
    }
    assert {field: after[field] for field in before if before[field] is not None} == {
        field: value for field, value in before.items() if value is not None
    }
    assert full.shape == spec.shape
    assert all(getattr(full, field) is None for field in VALUES.keys() - own)


def test_the_usual_values_are_those_of_the_family():
    full = MemberSpec().resolved()
    assert (full.dataset, full.network, full.objective, full.latent_dim) == ("digits", "dcgan", "hinge", 100)
    assert (full.width, full.critic_width, full.dropout, full.spectral_norm) == (32, 32, 0.3, False)
    assert (full.beta1, full.beta2, full.momentum, full.penalty) == (0.5, 0.999, None, None)
    assert (full.preview_every, full.checkpoint_every) == (50, 250)
    assert MemberSpec(dataset="folder:x").resolved().shape == (3, 64, 64)
    assert [MemberSpec(dataset=toy, network="toy").resolved().score_every for toy in ("ring8", "spiral")] == [125, 0]
    assert MemberSpec(steps=3, log_every=7).resolved().checkpoint_every == 7


def test_scores_are_about_forty_and_not_too_dense():
    """A score costs as much as some steps, and steps of small batches are cheap."""

    def every(**spec):
        return MemberSpec(**spec).resolved().score_every

    assert every(steps=100_000) == 2_500
    assert every(steps=1_000) == every(steps=500, batch_size=64, seed=3) == 125
    assert every(steps=1_000, batch_size=16) == 500
    assert every(steps=1_000, n_critic=3) == 63
    assert every(steps=1_000, network="mlp") == 125
    assert every(steps=1_000, network="mlp", dataset="mnist") == 313
    assert every(score_every=7) == 7
    assert every(score_every=0) == 0


@pytest.mark.parametrize(
    ("options", "together", "seen"),
    [
        ({}, False, (1, 8, 8)),
        ({"pack": 4}, True, (4, 8, 8)),
        ({"minibatch_discrimination": 3}, True, (1, 8, 8)),
        ({"network": "toy", "dataset": "ring8", "pack": 2}, True, (4,)),
        ({"objective": "elbo"}, False, (1, 8, 8)),
    ],
)
def test_a_spec_knows_what_its_critic_judges(options, together, seen):
    for spec in (MemberSpec(**options), MemberSpec(**options).resolved()):
        assert (spec.judges_together, spec.critic_shape) == (together, seen)


FOLDER = {"dataset": "folder:pictures"}
REFUSED = [
    ({"dataset": "dgits"}, "dataset: No dataset is called 'dgits'. Did you mean 'digits'?"),
    ({"dataset": "folder:"}, "dataset: write the folder's path after 'folder:'."),
    ({"dataset": None}, "dataset is None; allowed: a valid string."),
    ({"network": "dcgann"}, "network: No network is called 'dcgann'. Did you mean 'dcgan'?"),
    ({"objective": "hing"}, "objective: No objective is called 'hing'. Did you mean 'hinge'?"),
    ({"optimizer": "adamw"}, "optimizer is 'adamw'; allowed: 'adam', 'sgd' or 'rmsprop'."),
    ({"augment": "rotate"}, "augment is 'rotate'; allowed: 'none', 'shift' or 'flip'."),
    ({"learning_rate_critic": -1.0}, "learning_rate_critic is -1.0; allowed: greater than 0."),
    ({"learning_rate_critic": 0.0}, "learning_rate_critic is 0.0; allowed: greater than 0."),
    ({"learning_rate_generator": 1.5}, "learning_rate_generator is 1.5; allowed: less than or equal to 1."),
    ({"learning_rate_critic": float("nan")}, "learning_rate_critic is nan; allowed: a finite number."),
    ({"ema": float("inf")}, "ema is inf; allowed: a finite number."),
    ({"ema": 1.0}, "ema is 1.0; allowed: less than 1."),
    ({"learning_rate_critic": "0.1"}, "learning_rate_critic is '0.1'; allowed: a valid number."),
    ({"steps": "5"}, "steps is '5'; allowed: a valid integer."),
    ({"steps": True}, "steps is True; allowed: a valid integer."),
    ({"steps": 5.5}, "steps is 5.5; allowed: a valid integer."),
    ({"steps": 0}, "steps is 0; allowed: greater than or equal to 1."),
    ({"batch_size": 1}, "batch_size is 1; allowed: greater than or equal to 2."),
    ({"seed": -1}, "seed is -1; allowed: greater than or equal to 0."),
    ({"seed": 2**63}, "seed is 9223372036854775808; allowed: less than 9223372036854775808."),
    ({"spectral_norm": 1}, "spectral_norm is 1; allowed: a valid boolean."),
    ({**FOLDER, "channels": 2}, "channels is 2; allowed: 1, 3 or None."),
    ({**FOLDER, "image_size": 2}, "image_size is 2; allowed: greater than or equal to 4."),
    (
        {**FOLDER, "image_size": 30},
        "network 'dcgan' makes pictures whose side is a multiple of 4, not 30: change image_size, or use 'mlp'.",
    ),
    (
        {**FOLDER, "image_size": 68, "attention": True},
        "attention looks at a map of at most 16 pixels a side, and pictures of 68 pixels have none: "
        "change image_size, or leave it out.",
    ),
    ({"image_size": 28}, "image_size and channels belong to folder: datasets; 'digits' has 8 pixels and 1 channel."),
    (
        {"penalty": 1.0},
        "penalty 1.0 does not belong to objective 'hinge': it takes feature_matching, pack, diffaugment.",
    ),
    ({"momentum": 0.5}, "momentum 0.5 does not belong to optimizer 'adam': it takes beta1, beta2."),
    (
        {"network": "mlp", "width": 8},
        "width 8 does not belong to network 'mlp': it takes dropout, minibatch_discrimination.",
    ),
    (
        {"network": "toy", "dataset": "ring8", "attention": True},
        "attention True does not belong to network 'toy': it takes width, critic_width.",
    ),
    (
        {"dataset": "ring8"},
        "network 'dcgan' does not suit dataset 'ring8', which holds points in the plane: use 'toy'.",
    ),
    (
        {"network": "toy"},
        "network 'toy' does not suit dataset 'digits', which holds pictures: "
        "use 'mlp' or 'mlp-relu' or 'dcgan' or 'resnet' or 'recurrent'.",
    ),
    (
        {"dataset": "ring8", "network": "toy", "augment": "flip"},
        "augment 'flip' changes pictures, and 'ring8' holds points: use 'none'.",
    ),
    (
        {"dataset": "ring8", "network": "toy", "diffaugment": "translation"},
        "diffaugment 'translation' changes pictures, and 'ring8' holds points: use 'none'.",
    ),
    (
        {"diffaugment": "cutout"},
        "diffaugment is 'cutout'; allowed: 'none', 'translation', 'translation+cutout', 'color+translation+cutout' or "
        "None.",
    ),
    ({"pack": 0}, "pack is 0; allowed: greater than or equal to 1."),
    ({"pack": 3}, "batch_size 64 cannot be cut into packs of 3: use a multiple of 3."),
    (
        {"objective": "elbo", "pack": 2},
        "pack 2 does not belong to objective 'elbo': it takes likelihood, beta, warmup.",
    ),
    (
        {"objective": "vaegan", "feature_matching": 1.0},
        "feature_matching 1.0 does not belong to objective 'vaegan': it takes likelihood, beta, warmup, likeness, "
        "pretrain, join, adversarial, joint.",
    ),
    (
        {"minibatch_discrimination": 8, "pack": 64},
        "minibatch_discrimination 8 compares what the critic sees, and batch_size 64 is one pack of 64: "
        "use a larger batch.",
    ),
    (
        {"minibatch_discrimination": 8, "objective": "wasserstein_gp"},
        "minibatch_discrimination 8 mixes the pictures of a batch, and objective 'wasserstein_gp' holds the critic's "
        "slope at each picture in check: use 0, or another objective.",
    ),
    (
        {"minibatch_discrimination": 8, "objective": "vaegan"},
        "minibatch_discrimination 8 belongs to plain GANs, and objective 'vaegan' makes a vaegan: leave it at 0.",
    ),
    (
        {"conditional": True, "pack": 2},
        "pack 2 shows the critic pictures of several classes as one, and a conditional one judges each by its class: "
        "use pack 1, or leave conditional out.",
    ),
    ({"score_every": -1}, "score_every is -1; allowed: greater than or equal to 0."),
    ({"target_fid": 0.0}, "target_fid is 0.0; allowed: greater than 0."),
    ({"patience": 0}, "patience is 0; allowed: greater than or equal to 1."),
    (
        {"dataset": "ring8", "network": "toy", "target_fid": 10.0},
        "target_fid 10.0 waits for an FID, and 'ring8' holds points, which have none: leave it out.",
    ),
    (
        {"dataset": "grid25", "network": "toy", "patience": 3},
        "patience 3 waits for an FID, and 'grid25' holds points, which have none: leave it out.",
    ),
    (
        {"dataset": "spiral", "network": "toy", "score_every": 100},
        "score_every 100 counts heaps of points, and 'spiral' has none: use 0.",
    ),
    (
        {"target_fid": 10.0, "score_every": 0},
        "target_fid 10.0 waits for scores, and score_every 0 takes none: leave one out.",
    ),
    (
        {"patience": 3, "score_every": 0},
        "patience 3 waits for scores, and score_every 0 takes none: leave one out.",
    ),
    (
        {"objective": "elbo", "n_critic": 5},
        "n_critic 5 belongs to plain GANs, and objective 'elbo' makes a vae: leave it at 1.",
    ),
    (
        {**FOLDER, "conditional": True},
        "conditional needs classes to ask for, and 'folder:pictures' has none: leave it out.",
    ),
    (
        {"dataset": "ring8", "network": "toy", "conditional": True},
        "conditional needs classes to ask for, and 'ring8' has none: leave it out.",
    ),
    (
        {"objective": "vaegan", "conditional": True},
        "conditional members are GANs and VAEs, and objective 'vaegan' makes a vaegan: "
        "use 'elbo' or an adversarial objective.",
    ),
    (
        {"objective": "vaegan", "grow": 0.5},
        "grow 0.5 belongs to plain GANs, and objective 'vaegan' makes a vaegan: leave it at 0.",
    ),
    ({"grow": 1.0}, "grow is 1.0; allowed: less than 1."),
    ({"network": "resnet", "grow": 0.5}, "grow 0.5 does not belong to network 'resnet': it takes width, critic_width."),
    ({"colour": "red"}, "There is no field 'colour'."),
    (
        {"steps": 0, "seed": -1},
        "steps is 0; allowed: greater than or equal to 1. seed is -1; allowed: greater than or equal to 0.",
    ),
]


@pytest.mark.parametrize(("values", "sentence"), REFUSED)
def test_a_bad_value_is_refused_with_field_value_and_what_is_allowed(values, sentence):
    with pytest.raises(SpecError) as caught:
        MemberSpec.read(values)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("options", [each.facts["options"] for family in (NETWORKS, OBJECTIVES) for each in family])
def test_an_option_is_taken_by_its_own_and_refused_by_the_others(options):
    for option, value in options.items():
        for chooser, family in (("network", NETWORKS), ("objective", OBJECTIVES)):
            if not any(option in each.facts["options"] for each in family):
                continue
            for each in family:
                points = chooser == "network" and each.facts["suits"] == "points"
                values = {"dataset": "ring8" if points else "digits", chooser: each.name, option: value}
                if option in each.facts["options"]:
                    assert getattr(MemberSpec.read(values), option) == value
                else:
                    with pytest.raises(SpecError, match=f"^{option} .* does not belong to {chooser} '{each.name}'"):
                        MemberSpec.read(values)


@pytest.mark.parametrize("side", range(4, 40))
def test_only_sides_that_a_dcgan_can_make_are_accepted(side):
    if side % 4:
        with pytest.raises(SpecError, match=f"multiple of 4, not {side}"):
            MemberSpec.read({**FOLDER, "image_size": side})
    else:
        assert MemberSpec.read({**FOLDER, "image_size": side}).shape == (3, side, side)
    assert MemberSpec.read({**FOLDER, "image_size": side, "network": "mlp"}).shape == (3, side, side)


DEEP = 50_000
TEXTS = [
    ("{", "The text '{' is no JSON: EOF while parsing an object"),
    ("", "The text '' is no JSON: "),
    (b"\xff\xfe", "is no JSON: "),
    ('{"seed": 1,}', "is no JSON: "),
    ("[1]", "The text is [1]; allowed: an object."),
    ("null", "The text is None; allowed: an object."),
    ('{"steps": NaN}', "steps is nan; allowed: a valid integer."),
    ('{"ema": 1e999}', "ema is inf; allowed: a finite number."),
    ('{"seed": 1e400}', "seed is inf; allowed: a valid integer."),
    ("[" * DEEP, "recursion limit exceeded"),
    ('{"seed":' * DEEP + "1" + "}" * DEEP, "recursion limit exceeded"),
]


@pytest.mark.parametrize("model", [MemberSpec, Recipe])
@pytest.mark.parametrize(("text", "told"), TEXTS, ids=lambda value: repr(value)[:20])
def test_a_broken_text_is_refused_in_words(model, text, told):
    with pytest.raises(SpecError) as caught:
        model.read(text)
    assert len(str(caught.value)) < 400
    assert model is Recipe or told in str(caught.value)


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("model", [MemberSpec, Recipe])
@pytest.mark.parametrize("values", [None, 5, [], "x", {1: 2}, ["dataset"], nested(DEEP), {"seed": nested(DEEP)}])
def test_what_is_no_object_is_refused_in_words(model, values):
    with pytest.raises(SpecError) as caught:
        model.read(values)
    assert 0 < len(str(caught.value)) < 400


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*MemberSpec.model_fields]) | st.text(), json_values, max_size=4))
def test_whatever_comes_is_a_spec_or_a_sentence(values):
    for given_values in (values, json.dumps(values)):
        spec = None
        with suppress(SpecError):
            spec = MemberSpec.read(given_values)
        assert spec is None or MemberSpec.read(spec.resolved().model_dump_json()) == spec.resolved()


def test_a_spec_does_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        MemberSpec().seed = 1
    assert hash(MemberSpec()) == hash(MemberSpec())


@pytest.mark.parametrize("images", [1, 63])
def test_a_batch_larger_than_the_data_is_refused(images):
    with pytest.raises(SpecError, match=rf"batch_size 64 is more than the {images} training examples of 'digits'"):
        MemberSpec().check_batch(images)
    MemberSpec().check_batch(64)


names = st.from_regex(r"\A[a-z0-9][a-z0-9._-]{0,63}\Z")
recipes = st.lists(names, min_size=1, max_size=32).flatmap(
    lambda members: st.builds(
        Recipe,
        members=st.just(tuple(members)),
        rule=st.text(max_size=64),
        weights=st.just(()) | st.tuples(*[st.floats(-5, 5)] * len(members)),
    )
)


@given(recipes)
def test_a_recipe_comes_back_from_json_as_it_was(recipe):
    assert Recipe.read(recipe.model_dump_json()) == recipe
    assert Recipe.read(json.loads(recipe.model_dump_json())) == recipe


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"rule": "x"}, "The field 'members' is missing."),
        ({"members": ["a"]}, "The field 'rule' is missing."),
        ({"members": [], "rule": "x"}, "members is []; allowed: at least 1 item, not 0."),
        ({"members": ["a"] * 33, "rule": "x"}, "allowed: at most 32 items, not 33."),
        ({"members": ["a", "b"], "rule": "x", "weights": [1]}, "2 members need 2 weights, not 1."),
        ({"members": ["a"], "rule": "x", "weights": ["1"]}, "weights.0 is '1'; allowed: a valid number."),
        ({"members": ["a"], "rule": "x", "weights": [float("nan")]}, "weights.0 is nan; allowed: a finite number."),
        ({"members": ["../a"], "rule": "x"}, "members: '../a' is no name for a member: use 1 to 64 of a-z"),
        ({"members": "ab", "rule": "x"}, "members is 'ab'; allowed: a valid tuple."),
        ({"members": ["a"], "rule": "x" * 65}, "rule is 'xxx"),
        ({"members": ["a"], "rule": "x", "seed": 1}, "There is no field 'seed'."),
    ],
)
def test_a_bad_recipe_is_refused_with_field_value_and_what_is_allowed(values, sentence):
    with pytest.raises(SpecError) as caught:
        Recipe.read(values)
    assert sentence in str(caught.value)


@given(names)
def test_good_names_are_accepted(name):
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "A", "a b", ".a", "-a", "_a", "a/b", "a\\b", "..", "a\n", "a\0", "é", "a" * 65, "ａ", "a:b", "a%2f"]
)
def test_names_that_a_shell_or_a_page_would_read_are_refused(name):
    with pytest.raises(ValueError, match="is no name for a member"):
        check_name(name)


@pytest.mark.parametrize("module", ["ganlab", "ganlab.spec", "ganlab.members.store", "ganlab.fusion", "ganlab.runs"])
def test_doors_open_without_torch(module):
    code = f"import sys, {module}; print([each for each in ('torch', 'torchvision', 'sklearn') if each in sys.modules])"
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
