"""Members that learned nothing, from the command line."""

import pytest

from ganlab import load


@pytest.mark.parametrize(
    ("arguments", "name", "kind", "shape"),
    [
        (["digits"], "digits-rules", "rule-based", (1, 8, 8)),
        (["cifar10", "--kind", "noise"], "cifar10-noise", "noise", (3, 32, 32)),
        (["folder:some/where", "--image-size", "16", "--channels", "1"], "folder-rules", "rule-based", (1, 16, 16)),
        (["mnist", "--kind", "noise", "--name", "snow"], "snow", "noise", (1, 28, 28)),
    ],
)
def test_a_baseline_is_a_member_at_once(call, arguments, name, kind, shape):
    assert call("members", "baseline", *arguments) == (0, "", f"{name!r} is a member now.\n")
    member = load(name)
    assert (member.card.kind, member.shape) == (kind, shape)
    assert member.sample(3, seed=0).shape == (3, *shape)


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["digits", "--kind", "chaos"], 2, "kind is 'chaos'; allowed: rule-based or noise."),
        (["ring8"], 4, "Dataset 'ring8' holds points; 'rule-based' members draw pictures."),
        (["mnest"], 3, "No dataset is called 'mnest'. Did you mean 'mnist'"),
        (["digits", "--name", "A b"], 4, "'A b' is no name for a member: use 1 to 64 of a-z, 0-9, '.', '_' and '-'"),
        (["mnist"], 4, "There is a member called 'mnist-rules' already: choose another name."),
    ],
)
def test_what_is_no_baseline_is_refused_in_a_sentence(call, arguments, code, sentence):
    given, out, err = call("members", "baseline", *arguments)
    assert (given, out) == (code, "")
    assert err.startswith(sentence)
    assert err.count("\n") == 1
