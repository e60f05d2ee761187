"""Ensembles that work on the first click: how members differ, and what they have in common."""

from typing import Any

from ganlab.ui.pages.train_presets import PRESETS as TRAININGS

_QUICK = TRAININGS["first"] | {"steps": 600}
_RING = TRAININGS["ring"] | {"steps": 600}

# Name: icon, options of the ensemble, fields of its members.
PRESETS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "specialists": (":material/category:", {"method": "specialists", "members": 5, "split": "labels"}, _QUICK),
    "boosting": (":material/trending_up:", {"method": "boosting", "members": 3}, _RING),
    "joint": (":material/groups:", {"method": "joint", "members": 4, "critics": 2}, _RING),
    "snapshots": (":material/photo_camera:", {"method": "snapshots", "members": 4}, _QUICK),
    "bagging": (":material/shuffle:", {"method": "bagging", "members": 3}, _QUICK),
    "architectures": (
        ":material/schema:",
        {"method": "architectures", "variants": "objective=nonsaturating\nobjective=hinge\nobjective=elbo"},
        _QUICK,
    ),
    "cross_validation": (
        ":material/checklist:",
        {
            "method": "cross_validation",
            "folds": 2,
            "variants": "learning_rate_generator=0.0005\nlearning_rate_generator=0.00005",
        },
        _QUICK,
    ),
}
