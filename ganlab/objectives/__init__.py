"""Objectives: what the critic and the generator minimise, as arithmetic on logits.

An entry's ``options`` are the fields of its class with their usual values.
"""

from ganlab.family import Family, entry

OBJECTIVES = Family(
    "objective",
    entry(
        "minimax",
        "ganlab.objectives.cross_entropy:Minimax",
        "The formula of 2014. The generator's gradient vanishes when the critic is sure.",
        options={"label_smoothing": 0.0},
    ),
    entry(
        "nonsaturating",
        "ganlab.objectives.cross_entropy:NonSaturating",
        "The same critic; the generator maximises log D(G(z)), so its gradient stays alive.",
        options={"label_smoothing": 0.0},
    ),
    entry(
        "least_squares",
        "ganlab.objectives.least_squares:LeastSquares",
        "Squared distance to the targets 1 and 0: smooth, and no saturation.",
        options={"label_smoothing": 0.0},
    ),
    entry(
        "wasserstein",
        "ganlab.objectives.wasserstein:Wasserstein",
        "Difference of mean scores; the critic's weights are clipped to a small box.",
        options={"clip": 0.01},
    ),
    entry(
        "wasserstein_gp",
        "ganlab.objectives.wasserstein:WassersteinGP",
        "Difference of mean scores; the critic's slope is pulled towards 1.",
        options={"penalty": 10.0},
    ),
    entry(
        "hinge",
        "ganlab.objectives.hinge:Hinge",
        "The critic stops pushing once it is right by a margin: a calm all-rounder.",
        options={},
    ),
    entry(
        "relativistic",
        "ganlab.objectives.relativistic:Relativistic",
        "Each fake is judged against a real picture, with both slopes kept small (R3GAN).",
        options={"penalty": 1.0},
    ),
)
