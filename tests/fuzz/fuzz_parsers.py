"""Coverage-guided fuzzing of what reads bytes of any origin: a parser either understands them or says a sentence.

    pip install atheris
    python tests/fuzz/fuzz_parsers.py card|recipe|walk|png|weights|zip [libFuzzer options, such as -max_total_time=600]

What it finds new goes into a temporary folder, and what breaks a parser beside it; ``corpus/<parser>`` is where it
starts, and what ``test_corpus.py`` replays without atheris.  The README there says how long it ran.
"""

import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]
CORPUS = Path(__file__).parent / "corpus"


def main() -> None:
    """Fuzz the parser that the command line names."""
    import atheris

    with atheris.instrument_imports(include=["ganlab", "zipfile", "json", "PIL"]):
        import parsers
    name, *options = sys.argv[1:]
    (CORPUS / name).mkdir(parents=True, exist_ok=True)
    found = tempfile.mkdtemp(prefix=f"fuzz-{name}-")
    seen = f"-artifact_prefix={found}/broken-"
    atheris.Setup([sys.argv[0], found, str(CORPUS / name), "-max_len=8192", seen, *options], parsers.PARSERS[name])
    sys.stderr.write(f"What is new goes into {found}\n")
    atheris.Fuzz()


if __name__ == "__main__":
    main()
