"""``rules``: the list that people and programs choose from is the list the library fuses by."""

import json

from ganlab import __version__
from ganlab.cli import main
from ganlab.fusion import OPTIONS, RULES


def test_programs_read_every_rule_with_what_it_takes(capsys):
    assert main(["rules", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["rule"] for each in told] == RULES.names
    for each in told:
        facts = RULES[each["rule"]].facts
        assert each["weighs"] is facts["weighs"]
        assert list(each["options"]) == list(facts["options"])
        for name, option in each["options"].items():
            assert option["usual"] == OPTIONS[name].usual
            assert ("low" in option) is OPTIONS[name].is_number
            assert option.get("choices", []) == list(OPTIONS[name].choices)


def test_people_read_a_line_a_rule(capsys):
    assert main(["rules"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split()[:3] == ["rule", "weights", "options"]
    assert [line.split()[0] for line in lines] == RULES.names


def test_the_version_is_told_and_nothing_else(capsys):
    assert main(["--version"]) == 0
    streams = capsys.readouterr()
    assert (streams.out.strip(), streams.err) == (__version__, "")
