"""Objectives: what networks minimise; adversarial ones are arithmetic on a critic's logits.

An entry's ``options`` are the fields of its class with their usual values; its ``kind`` is that of the members it
makes, ``gan``, ``vae`` or ``vaegan``.
"""

from ganlab.family import Family, entry

# Of every objective of plain GANs: what the critic sees, and what else the generator learns from (``Objective``).
ADVERSARIAL = {"feature_matching": 0.0, "pack": 1, "diffaugment": "none"}
STAGES = ("pretrain", "join", "adversarial", "joint")  # of a run of the objective "vaegan"
OBJECTIVES = Family(
    "objective",
    entry(
        "minimax",
        "ganlab.objectives.cross_entropy:Minimax",
        "The formula of 2014. The generator's gradient vanishes when the critic is sure.",
        kind="gan",
        options={"label_smoothing": 0.0, **ADVERSARIAL},
    ),
    entry(
        "nonsaturating",
        "ganlab.objectives.cross_entropy:NonSaturating",
        "The same critic; the generator maximises log D(G(z)), so its gradient stays alive.",
        kind="gan",
        options={"label_smoothing": 0.0, **ADVERSARIAL},
    ),
    entry(
        "least_squares",
        "ganlab.objectives.least_squares:LeastSquares",
        "Squared distance to the targets 1 and 0: smooth, and no saturation.",
        kind="gan",
        options={"label_smoothing": 0.0, **ADVERSARIAL},
    ),
    entry(
        "wasserstein",
        "ganlab.objectives.wasserstein:Wasserstein",
        "Difference of mean scores; the critic's weights are clipped to a small box.",
        kind="gan",
        options={"clip": 0.01, **ADVERSARIAL},
    ),
    entry(
        "wasserstein_gp",
        "ganlab.objectives.wasserstein:WassersteinGP",
        "Difference of mean scores; the critic's slope is pulled towards 1.",
        kind="gan",
        options={"penalty": 10.0, **ADVERSARIAL},
    ),
    entry(
        "hinge",
        "ganlab.objectives.hinge:Hinge",
        "The critic stops pushing once it is right by a margin: a calm all-rounder.",
        kind="gan",
        options=ADVERSARIAL,
    ),
    entry(
        "relativistic",
        "ganlab.objectives.relativistic:Relativistic",
        "Each fake is judged against a real picture, with both slopes kept small (R3GAN).",
        kind="gan",
        options={"penalty": 1.0, **ADVERSARIAL},
    ),
    entry(
        "elbo",
        "ganlab.objectives.evidence:Evidence",
        "A variational autoencoder: rebuild pictures through a narrow, noisy code. Calm, covering, and soft.",
        kind="vae",
        options={"likelihood": "bernoulli", "beta": 1.0, "warmup": 0},
    ),
    entry(
        "vaegan",
        "ganlab.objectives.vaegan:VAEGAN",
        "A VAE whose decoder is a GAN's generator, in four stages: what the critic sees is rebuilt, not pixels.",
        kind="vaegan",
        options={
            "likelihood": "bernoulli",
            "beta": 1.0,
            "warmup": 0,
            "likeness": 0.01,
            "pretrain": 0.3,
            "join": 0.05,
            "adversarial": 0.15,
            "joint": 0.5,
        },
    ),
)
