"""Gradient-boosted trees on rows as they are; the number of trees is the one with the least held-out log loss.

    log r(x) = b + sum_t leaf_t(x)        (Friedman 2001; histograms of columns, Ke et al. 2017)

scikit-learn grows the trees.  What is kept is their nodes, [trees, nodes], and a walk of our own: from the root, to
the left where the asked column is at most the threshold; a leaf is its own child, so that every tree takes as many
steps as the deepest needs.
"""

from collections.abc import Mapping

import numpy as np

from ganlab.fusion.selection.ratio import LARGEST, Halves, Ratio, log_loss

_TREES, _LEAVES, _RATE, _EVERY = 200, 15, 0.1, 10
_CHUNK = 500  # rows that walk at once: bounds memory, not results


class Boosted(Ratio):
    """Many small steps along single columns."""

    name = "boosted"
    fields = ("column", "threshold", "left", "right", "value", "start")

    @classmethod
    def fitted(cls, real: Halves, drawn: Halves, seed: int) -> dict[str, np.ndarray]:
        """Return the nodes of the trees that held-out rows ask for."""
        from sklearn.ensemble import HistGradientBoostingClassifier

        both = np.concatenate([real.fit, drawn.fit])
        labels = np.arange(len(both)) < len(real.fit)
        model = HistGradientBoostingClassifier(
            max_iter=_TREES,
            learning_rate=_RATE,
            max_leaf_nodes=_LEAVES,
            l2_regularization=1.0,
            early_stopping=False,
            class_weight="balanced",
            random_state=seed % 2**32,
        ).fit(both, labels)
        arrays, found = nodes(model), []
        for trees in range(_EVERY, _TREES + 1, _EVERY):
            fewer = {name: each if name == "start" else each[:trees] for name, each in arrays.items()}
            losses = log_loss(cls.raw(fewer, real.held), cls.raw(fewer, drawn.held))
            found.append((losses, trees, fewer))
        return min(found)[-1]

    @staticmethod
    def raw(arrays: Mapping[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
        """Return exp(b + sum_t leaf_t(x))."""
        return np.exp(np.clip(walked(arrays, rows), -np.log(LARGEST), np.log(LARGEST)))


def nodes(model: object) -> dict[str, np.ndarray]:
    """Return the trees of a fitted ``HistGradientBoostingClassifier`` of two classes as arrays [trees, nodes]."""
    # scikit-learn shows its trees nowhere else; a test holds the walk to its ``decision_function``.
    trees = [each[0].nodes for each in model._predictors]  # noqa: SLF001
    shape = len(trees), max(len(each) for each in trees)
    arrays = {
        "column": np.zeros(shape, np.int32),
        "threshold": np.zeros(shape),
        "left": np.zeros(shape, np.int32),
        "right": np.zeros(shape, np.int32),
        "value": np.zeros(shape),
    }
    for place, tree in enumerate(trees):
        own, leaf = np.arange(len(tree)), tree["is_leaf"].astype(bool)
        row = (place, slice(len(tree)))
        arrays["column"][row] = np.where(leaf, 0, tree["feature_idx"])
        arrays["threshold"][row] = np.where(leaf, 0, tree["num_threshold"])
        arrays["left"][row] = np.where(leaf, own, tree["left"])
        arrays["right"][row] = np.where(leaf, own, tree["right"])
        arrays["value"][row] = tree["value"]
    return arrays | {"start": np.asarray(model._baseline_prediction, np.float64).reshape(1)}  # noqa: SLF001


def walked(arrays: Mapping[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
    """Return float64 [n]: the start, and the value of the leaf of every tree, for rows [n, d]."""
    parts = [_leaves(arrays, rows[start : start + _CHUNK]).sum(1) for start in range(0, len(rows), _CHUNK)]
    return arrays["start"][0] + np.concatenate([np.empty(0), *parts])


def _leaves(arrays: Mapping[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
    """Return the leaves' values [n, trees]."""
    trees, count = np.arange(len(arrays["column"])), np.arange(len(rows))[:, None]
    place = np.zeros((len(rows), len(trees)), np.int64)
    for _ in range(arrays["left"].shape[1]):  # no tree is deeper than it has nodes
        low = rows[count, arrays["column"][trees, place]] <= arrays["threshold"][trees, place]
        following = np.where(low, arrays["left"][trees, place], arrays["right"][trees, place])
        if np.array_equal(following, place):
            break
        place = following
    return arrays["value"][trees, place]
