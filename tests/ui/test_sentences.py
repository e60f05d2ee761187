"""What the library says is said in the language of a visit: all of it, with its values, and nothing it says no more."""

import re
import string
import time
from contextlib import suppress
from typing import get_args

import pydantic_core
import pytest
import said_by_code
from hypothesis import given, settings
from hypothesis import strategies as some

from ganlab.data import DATASETS
from ganlab.errors import TrainingFailed, unknown
from ganlab.runs import smaller
from ganlab.spec import MemberSpec
from ganlab.ui.i18n import DEFAULT, LANGUAGES, read
from ganlab.ui.i18n.sentences import LONGEST, said, templates

OTHERS = [name for name in LANGUAGES if name != DEFAULT]
LICENCES = {facts["licence"] for name in DATASETS.names if "licence" in (facts := DATASETS[name].facts)}
SAID = said_by_code.sentences()
# No page shows these: a room or file, and why.
ELSEWHERE = {
    "fusion/hub.py": "the Hub is spoken with from the command line only",
    "fusion/model_card.py": "a README for the Hub, in English",
    "runs/board.py": "TensorBoard's files are written from the command line only",
}
NOT_SENTENCES = {
    "model name": "a line of /proc/cpuinfo",
    "creation task": "what Ray says of a worker that could not begin",
    "glyphs {}": "a seed's words",
    "an extractor comes, or an error": "an assertion",
    "{}: {}": "a row of the fusion table and what is done for it; measured from the command line",
    "{} GB": "a unit",
    "{}, {} GiB": "a device's name",
    "{}": "what another file says",
    "{} [n, {}], standard normal, to {} [n, {}].": "a description within ONNX files",
    " after validation, not": "pydantic's words, replaced",
    ", not": "pydantic's words, replaced",
    "Input should be ": "pydantic's words, removed",
    "Tuple should have ": "pydantic's words, removed",
    "A job ended with %s:\n%s": "the log",
    " and more": "the end of a list of names",
}


def told(language):
    """All pairs of a language: section, template, what it becomes."""
    return [(*key.partition(".")[::2], other) for key, other in read(language, "sentences").items()]


def places(text):
    """The places of a template or of what it becomes, and how each is said."""
    found = [(place, how) for _, place, how, _ in string.Formatter().parse(text) if place is not None]
    return [(int(place) if place else number, how) for number, (place, how) in enumerate(found)]


def bare(template):
    return template.strip().removesuffix(".")


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_that_a_page_may_show_is_said_in_every_language(language):
    known = {bare(template) for _, template, _ in told(language)}
    missing = [
        f'"{template}" = ""   # {file}'
        for template, file in SAID.items()
        if bare(template) not in known and file not in ELSEWHERE and template not in NOT_SENTENCES
    ]
    assert not missing, (
        f"Add these lines to ganlab/ui/i18n/{language}/sentences.toml and say them there; what no page can show is "
        "named in ELSEWHERE or NOT_SENTENCES of this test, with the reason:\n" + "\n".join(missing)
    )


@pytest.mark.parametrize("language", OTHERS)
def test_no_sentence_is_kept_that_nothing_says_any_more(language):
    there = {bare(each) for each in said_by_code.texts()} | {bare(each) for each in SAID}
    words = {each.replace("_", " ") for each in there}
    stale = [template for section, template, _ in told(language) if section != "pydantic"]
    stale = [template for template in stale if bare(template) not in there | words | LICENCES]
    assert not stale, f"No code says these any more; change or remove them in {language}/sentences.toml:\n{stale}"


@pytest.mark.parametrize("language", OTHERS)
def test_what_stands_behind_allowed_is_said_by_pydantic(language):
    rules = set()
    for kind in get_args(pydantic_core.core_schema.ErrorType):
        for context in (None, dict.fromkeys(("gt", "ge", "lt", "le"), 1)):
            with suppress(TypeError, ValueError):
                rules.add(pydantic_core.PydanticKnownError(kind, context).message_template)
    rules = {re.sub(r"\{[^}]*\}", "{}", rule.removeprefix("Input should be ")) for rule in rules}
    ours = {template for section, template, _ in told(language) if section == "pydantic"}
    assert ours - rules == set()


@pytest.mark.parametrize("language", OTHERS)
def test_every_place_of_a_sentence_is_in_what_it_becomes(language):
    for _, template, other in told(language):
        assert "{}{}" not in template, f"no value can be told from the next: {template}"
        assert sorted(place for place, _ in places(other)) == [place for place, _ in places(template)], template
        assert re.sub(r":\w+", "", other).format(*"123456789"), template  # its places all have numbers, or none has
        assert {how for _, how in places(other)} <= {"", "said", "names"}, template


def test_licences_of_shipped_data_are_said():
    assert all(said(licence, "zh") != licence for licence in LICENCES)


plain = some.text("abcdefgh0123456789'-_", min_size=1, max_size=12)


@settings(max_examples=100, deadline=None)
@given(some.data())
def test_a_sentence_with_its_values_becomes_the_other_with_the_same_values(data):
    section, template, other = data.draw(some.sampled_from(told("zh")))
    values = [f"\u00ab{data.draw(plain)}\u00bb" for _ in range(template.count("{}"))]
    wanted = re.sub(r":(said|names)\}", "}", other).format(*values)
    sentence = template.format(*values)
    if section in ("names", "pieces", "pydantic"):
        sentence, wanted = f"Mode collapse: {sentence}.", f"模式坍塌：{wanted}。"
    assert said(sentence, "zh") == wanted


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        (
            "Mode collapse: it draws 1 of 8 heaps, and drew 8 before.",
            "模式坍塌：它只画出 8 个团中的 1 个，先前画出过 8 个。",
        ),
        ("Nothing alarming: FID 3.2, 7 of 8 classes.", "没有值得担心的：FID 3.2，8 个类别中有 7 个。"),
        (
            str(unknown("fusion rule", "meen", ["mean", "median", "min"])),
            "没有名为 'meen' 的融合规则。您要找的是 'mean'、'median' 或 'min' 吗？",
        ),
        (
            "steps is -1; allowed: greater than 0. network is 'x'; allowed: 'a', 'b' or 'c'.",
            "steps 的值是 -1；可用：大于 0。network 的值是 'x'；可用：'a'、'b' 或 'c'。",
        ),
        (
            str(
                TrainingFailed(
                    1200,
                    "critic loss exploded to 1e+09.",
                    "Try learning rates below 1 (say 0.1). The last checkpoint is kept.",
                )
            ),
            "训练在第 1,200 步失败：判别器损失爆炸到了 1e+09。请试试小于 1 的学习率（例如 0.1）。最近的检查点已保留。",
        ),
        (
            smaller.told(MemberSpec(dataset="digits", network="dcgan", width=64, batch_size=64)),
            "内存耗尽。请用 batch_size 32（原为 64）或 width 32（原为 64）重新开始；"
            "或结束其他程序，再从最近的检查点继续。",
        ),
        (
            "objective: No objective is called 'x'. There is no objective yet.",
            "objective：没有名为 'x' 的目标函数。目前还没有目标函数。",
        ),
        (
            "network 'mlp' does not suit dataset 'a', which holds pictures: use 'b' or 'c'.",
            "网络 'mlp' 不适合由图片组成的数据集 'a'：请使用 'b' 或 'c'。",
        ),
        (
            "The run goes on without scores. Somebody says it otherwise.",
            "运行继续进行，但没有评分。Somebody says it otherwise.",
        ),
    ],
)
def test_sentences_within_sentences_are_said_too(sentence, wanted):
    assert said(sentence, "zh") == wanted
    assert said(sentence) == sentence


@given(
    some.text(max_size=3 * LONGEST)
    | some.lists(some.sampled_from([". ", ", ", "{}", "{0}", ": ", " is ", "; allowed: "])).map("".join)
)
@settings(max_examples=50, deadline=None)
def test_what_nobody_knows_stays_as_it_is_whatever_it_is(text):
    told = said(text, "zh")
    assert (
        told == text
        or any(template.values(text.rstrip(".")) is not None for template in templates("zh"))
        or ": " in text
        or ". " in text
    )


def test_no_text_is_looked_at_for_long():
    hostile = [" is ; allowed: " * 400, "a, b. " * 300, "{}" * 900, "'', '" * 390]
    began = time.process_time()
    for text in hostile:
        said(text, "zh")
    assert time.process_time() - began < 2
