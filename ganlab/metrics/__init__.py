"""Measures: how good pictures are, how diverse, whether they are copies; pure functions of features and classes.

The table lists what is measured in the order in which people meet it.  ``better`` says which way a number
improves; ``None`` where it should be like that of real pictures.
"""

from ganlab.family import Family, entry
from ganlab.lazy import lazily

MEASURES = Family(
    "measure",
    entry("fid", "ganlab.metrics.frechet:fid", "Distance of the clouds of features, real and drawn.", better="lower"),
    entry("kid", "ganlab.metrics.kernel:kid", "The same by a kernel, without bias for few pictures.", better="lower"),
    entry(
        "precision", "ganlab.metrics.neighbours:fidelity", "Share of drawn pictures that look real.", better="higher"
    ),
    entry("recall", "ganlab.metrics.neighbours:fidelity", "Share of real pictures it could draw.", better="higher"),
    entry("density", "ganlab.metrics.neighbours:fidelity", "How deep among real ones they lie.", better="higher"),
    entry(
        "coverage", "ganlab.metrics.neighbours:fidelity", "Share of real ones with a drawn one near.", better="higher"
    ),
    entry("modes", "ganlab.metrics.classes:modes", "Classes, or heaps of points, that it draws.", better="higher"),
    entry("class_kl", "ganlab.metrics.classes:class_kl", "How uneven its classes are, in nats.", better="lower"),
    entry("inception_score", "ganlab.metrics.classes:inception_score", "Sure and varied classes.", better="higher"),
    entry("diversity", "ganlab.metrics.diversity:pairwise_distance", "Mean distance of two pictures.", better=None),
    entry("ms_ssim", "ganlab.metrics.pixels:ms_ssim", "Mean likeness of two pictures.", better=None),
    entry("sharpness", "ganlab.metrics.pixels:sharpness", "Variance of the Laplacian.", better=None),
    entry(
        "nearness", "ganlab.metrics.neighbours:nearness", "Of the nearest twentieth to training pictures.", better=None
    ),
    entry("reconstruction", "ganlab.metrics.heldout:rebuilt", "Pixel error of a rebuilt real picture.", better="lower"),
    entry("feature_error", "ganlab.metrics.heldout:rebuilt", "Feature error of a rebuilt one.", better="lower"),
    entry("bound", "ganlab.metrics.heldout:bounds", "Evidence bound of real pictures, in nats.", better="higher"),
    entry("tighter_bound", "ganlab.metrics.heldout:bounds", "The importance-weighted bound.", better="higher"),
    entry("high_quality", "ganlab.metrics.toy:high_quality", "Share of points near a heap.", better="higher"),
    entry("reverse_kl", "ganlab.metrics.toy:reverse_kl", "How uneven its heaps are, in nats.", better="lower"),
    entry("log_likelihood", "ganlab.metrics.toy:log_likelihood", "Mean exact log density, in nats.", better=None),
)

_WHERE = {
    "evaluate": "ganlab.metrics.evaluate",
    "evaluating": "ganlab.metrics.evaluate",
    "Extractor": "ganlab.metrics.extractor",
}
__all__ = ["MEASURES", *_WHERE]  # noqa: PLE0604 - the names above, listed once
__getattr__ = lazily(__name__, _WHERE)
