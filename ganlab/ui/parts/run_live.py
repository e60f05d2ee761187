"""The live view of runs: a component that their sockets feed, so that no rerun draws it anew."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ganlab.runs import Run
from ganlab.spec import MemberSpec
from ganlab.ui.i18n import language, texts
from ganlab.ui.parts.component import component
from ganlab.ui.parts.numbers import split
from ganlab.ui.parts.roles import ROLES, RUNS

_STYLE = Path(__file__).parents[1] / "web" / "live.css"


def run_live(
    shown: list[tuple[Run, MemberSpec]],
    state: str,
    key: str,
    colours: Sequence[str] = tuple(RUNS),
    names: Sequence[str] = (),
) -> None:
    """Show a run as it goes on, and others laid over its curves.

    The page runs again when the first run's state becomes another than the one given here.

    Args:
        shown: The run, then those to compare it with.
        state: How the first one stands, as the page knows it.
        key: Of the component; the same key keeps zoom, slider and curves over reruns.
        colours: Of the runs, where there are several.
        names: What curves call them; their numbers if not given.
    """
    mount = component("live", '<div class="live">\n</div>', css=_STYLE.read_text(encoding="utf-8"), isolate=False)
    mount(
        key=key,
        data={
            "runs": [
                _facts(run, spec) | ({"short": names[place]} if names else {})
                for place, (run, spec) in enumerate(shown)
            ],
            "colours": ROLES | {"runs": list(colours)},
            "text": texts("live") | {"split_validation": split("validation")},
            "plotly": f"api/plotly.js?v={version('plotly')}",
            "state": state,
        },
        on_state_change=lambda: None,  # the rerun is all that is wanted
    )


def _facts(run: Run, spec: MemberSpec) -> dict[str, Any]:
    return {
        "name": run.name,
        "lang": language(),
        "short": run.short,
        "dataset": spec.dataset,
        "kind": spec.kind,
        "points": len(spec.shape) == 1,
        "staged": bool(spec.stages),
        "batch_size": spec.batch_size,
    }
