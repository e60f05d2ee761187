"""Members that go together: they draw the same kind of thing."""

from ganlab.members.store import Catalogue, Entry


def groups(shelf: Catalogue) -> dict[str, list[Entry]]:
    """Return members of one dataset and shape, under the name of what they draw."""
    found: dict[tuple, list[Entry]] = {}
    for entry in shelf:
        found.setdefault((entry.card.dataset, entry.card.shape), []).append(entry)
    datasets = [dataset for dataset, _ in found]
    return {
        dataset if datasets.count(dataset) == 1 else f"{dataset} {'×'.join(map(str, shape))}": entries
        for (dataset, shape), entries in found.items()
    }
