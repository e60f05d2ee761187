"""What coverage-guided fuzzing found worth keeping, read once more; ``fuzz_parsers.py`` finds more."""

from pathlib import Path

import pytest
from parsers import PARSERS

CORPUS = Path(__file__).parent / "corpus"


@pytest.mark.parametrize("name", PARSERS)
def test_the_parsers_answer_all_of_the_corpus(name):
    files = sorted((CORPUS / name).iterdir())
    assert files
    for file in files:
        PARSERS[name](file.read_bytes())
