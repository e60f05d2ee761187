"""What families hold, in the visit's language: titles and the sentences for people who choose.

The code itself says them in English, beside what it makes; ``<language>/families.toml`` says them in another language.
"""

from ganlab.data import DATASETS
from ganlab.ensembles import METHODS
from ganlab.fusion import OPTIONS, RULES
from ganlab.fusion.selection import ACCEPTANCES, ESTIMATORS
from ganlab.networks import NETWORKS
from ganlab.objectives import OBJECTIVES
from ganlab.ui.i18n import texts

# Measures are told in ``facts.toml`` and ``compare.toml``, longer than a line of their list could.
FAMILIES = {
    "rule": RULES,
    "option": OPTIONS,
    "estimator": ESTIMATORS,
    "acceptance": ACCEPTANCES,
    "method": METHODS,
    "network": NETWORKS,
    "objective": OBJECTIVES,
    "dataset": DATASETS,
}


def title(family: str, name: str) -> str:
    """Return what people call something: ``title("rule", "median")``; its name where nobody calls it otherwise.

    Args:
        family: A key of ``FAMILIES``.
        name: Of the entry, or a former name of it; one that nobody knows stays as it is.
    """
    if name not in FAMILIES[family]:
        return name
    entry = FAMILIES[family][name]
    name = getattr(entry, "name", name)
    return _own(family, name, "title") or getattr(entry, "facts", {}).get("title", name)


def about(family: str, name: str) -> str:
    """Return the sentence for people who choose: ``about("network", "dcgan")``.

    Args:
        family: A key of ``FAMILIES``.
        name: Of the entry, or a former name of it.

    Raises:
        UnknownName: There is no such entry.
    """
    entry = FAMILIES[family][name]
    return _own(family, getattr(entry, "name", name), "about") or entry.help


def _own(family: str, name: str, what: str) -> str | None:
    return texts("families").get(f"{family}.{name}.{what}")
