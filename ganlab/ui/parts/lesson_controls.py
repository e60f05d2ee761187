"""What a lesson link can hide and pin: the controls that a page's address carries, by their names there."""

import re

from ganlab.fusion import OPTIONS
from ganlab.ui.i18n import t

HIDE, PIN = "hide", "pin"
# Name in the address: its title, and what the title's places are filled with.
CONTROLS: dict[str, tuple[str, dict[str, object]]] = {
    "gallery.only_dataset": ("facts.dataset", {}),
    "gallery.only_kind": ("facts.kind", {}),
    "gallery.only_network": ("facts.network", {}),
    "gallery.seed": ("gallery.seed", {}),
    "gallery.truncation": ("gallery.truncation", {}),
    "gallery.pictures": ("gallery.pictures", {}),
    "gallery.label": ("app.class", {}),
    "fuse.members": ("fuse.members", {}),
    "fuse.rule": ("fuse.rule", {}),
    "fuse.weights": ("lesson.weights", {}),
    "fuse.seed": ("fuse.seed", {}),
    "fuse.t": ("fuse.walk", {}),
    "fuse.to": ("fuse.to", {}),
    "fuse.pictures": ("fuse.pictures", {}),
    "fuse.label": ("app.class", {}),
    **{f"fuse.{name}": (f"fuse.option.{name}", {}) for name in OPTIONS},
    "explore.members": ("lesson.members", {}),
    "explore.kind": ("explore.way", {}),
    "explore.curve": ("explore.curve", {}),
    "explore.how": ("explore.how", {}),
    "explore.rule": ("explore.rule", {}),
    **{f"explore.{name}": (f"fuse.option.{name}", {}) for name in OPTIONS},
    **{f"explore.{letter}": ("explore.corner", {"letter": letter.upper()}) for letter in "abcd"},
    "explore.n": ("explore.pictures", {}),
    "explore.label": ("app.class", {}),
    "explore.tool": ("explore.tools", {}),
    "explore.real": ("lesson.real", {}),
    "explore.source": ("explore.source_title", {}),
    "explore.map_how": ("explore.map_title", {}),
    "explore.tour": ("explore.tour_title", {}),
    "explore.tour_seed": ("explore.tour_seed", {}),
    "versus.dataset": ("versus.dataset", {}),
    **{f"versus.{kind}": (f"versus.kind_{kind}", {}) for kind in ("vae", "gan", "vaegan")},
    "versus.view": ("versus.view", {}),
    "versus.seed": ("versus.seed", {}),
    "versus.predict": ("versus.predict", {}),
    "versus.source": ("versus.source", {}),
    "versus.a": ("versus.picture_a", {}),
    "versus.b": ("versus.picture_b", {}),
    "versus.run": ("versus.run", {}),
    "versus.stage": ("versus.stage", {}),
    "plane.view": ("plane.view", {}),
    "plane.data": ("plane.data", {}),
    "plane.objective": ("plane.objective_title", {}),
    "plane.layers": ("plane.layers", {}),
    "plane.seed": ("plane.seed", {}),
    "plane.width": ("plane.width", {}),
    "plane.rate": ("plane.rate", {}),
    "plane.critic_rate": ("plane.critic_rate", {}),
    "plane.k": ("plane.turns", {}),
    "plane.set": ("plane.set", {}),
    **{f"train.field.{field}": (f"train.field.{field}", {}) for field in ("dataset", "network", "objective", "steps")},
    **{
        f"train.field.{field}": (f"train.field.{field}", {})
        for field in ("learning_rate_generator", "learning_rate_critic", "seed")
    },
}
# Where a control is not the widget of that key alone: what it is, in CSS, and what stands beside it to change it.
_OWN = {
    "fuse.weights": [".studio .weight", ".studio .cell .row", ".studio .mixer", ".studio .line", ".studio .equal"],
    "plane.set": [".st-key-plane-set", ".st-key-plane-members_box"],
}
_BESIDE = {
    "gallery.seed": ["gallery.new"],
    "fuse.seed": ["fuse.new"],
    "fuse.weights": ["fuse.random", "fuse.learned"],
    "fuse.members": ["fuse.dataset"],
    "fuse.rule": ["fuse.mix_instead", "fuse.force_now"],
    "fuse.anchor": ["fuse.align"],
    "explore.members": ["explore.dataset"],
    "versus.seed": ["versus.new"],
    **{f"fuse.{part}": [f"fuse.curve_{name}" for name in ("flat", "up", "down", "middle")]
       for part in ("coarse", "middle", "fine")},
}  # fmt: skip


def of_page(page: str) -> dict[str, str]:
    """Return the controls of a page with their titles."""
    return {name: t(title, **places) for name, (title, places) in CONTROLS.items() if name.startswith(f"{page}.")}


def selectors(name: str, beside: bool = False) -> list[str]:
    """Return where a control stands on its page, as CSS; with ``beside`` also what else would change it."""
    found = _OWN.get(name, [_class(name)])
    return [*found, *(f'[class*="{_class(each)[1:]}"]' for each in _BESIDE.get(name, ()))] if beside else found


def in_session(name: str) -> str:
    """Return under which key a visit has a control's value."""
    return "fuse.weight_of" if name == "fuse.weights" else name


def _class(key: str) -> str:
    return f".st-key-{re.sub(r'[^a-zA-Z0-9_-]', '-', key)}"
