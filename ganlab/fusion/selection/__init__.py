"""Selection: candidates of one member or a mixture, of which those are kept that look real.

    r(x) = p_real(x) / p_drawn(x),    mean over drawn pictures of r = 1

An estimator is fitted to rows of numbers, what an extractor or the members' critics see in pictures, and is then
plain arrays: it is stored as safetensors, and read and evaluated without the library that fitted it.  An acceptance
keeps some of the candidates by their ratios.  Both lists load without torch, NumPy and scikit-learn.
"""

from ganlab.family import Family, entry

ESTIMATORS = Family(
    "ratio estimator",
    entry(
        "logistic",
        "ganlab.fusion.selection.logistic:Logistic",
        "Logistic regression on an extractor's features: few numbers, rarely far off.",
        sees="features",
    ),
    entry(
        "least_squares",
        "ganlab.fusion.selection.least_squares:LeastSquares",
        "Least squares on random Fourier features of an extractor's features: follows curved borders.",
        sees="features",
    ),
    entry(
        "boosted",
        "ganlab.fusion.selection.boosted:Boosted",
        "Gradient-boosted trees on an extractor's features: the sharpest, and the slowest to fit.",
        sees="features",
    ),
    entry(
        "members",
        "ganlab.fusion.selection.members:Members",
        "One classifier on features that tells real pictures from those of each member: a border for each.",
        sees="features",
    ),
    entry(
        "product",
        "ganlab.fusion.selection.product:Product",
        "What all members could have drawn, a product of experts: keeps where they agree, and asks no real picture.",
        sees="features",
        of_real=False,
    ),
    entry(
        "latents",
        "ganlab.fusion.selection.latents:Latents",
        "A small network that foretells the logistic ratio from the latent: only what is kept is drawn.",
        sees="latents",
        teacher="logistic",
    ),
    entry(
        "critics",
        "ganlab.fusion.selection.critics:Critics",
        "The members' own critics, each calibrated on held-out pictures; the mean of what they say.",
        sees="critics",
    ),
    entry(
        "weighted_critics",
        "ganlab.fusion.selection.critics:WeightedCritics",
        "The same, each critic with a weight that grows with how well it tells real from drawn.",
        sees="critics",
    ),
    entry(
        "critics_vote",
        "ganlab.fusion.selection.critics:CriticsVote",
        "A majority vote of the calibrated critics: a picture passes or it does not.",
        sees="critics",
    ),
)

# Those that tell real pictures from drawn ones by what an extractor sees, whoever drew them.
OF_REAL = tuple(
    each.name for each in ESTIMATORS if each.facts["sees"] == "features" and each.facts.get("of_real", True)
)

ACCEPTANCES = Family(
    "acceptance",
    entry(
        "rejection",
        "ganlab.fusion.selection.accept:rejection",
        "The first candidate that passes, with a chance in proportion to its ratio, up to a bound set by the cost.",
    ),
    entry(
        "soft_rejection",
        "ganlab.fusion.selection.accept:soft_rejection",
        "Discriminator rejection sampling: the same with a soft bound around the largest ratio seen.",
    ),
    entry(
        "metropolis_hastings",
        "ganlab.fusion.selection.accept:metropolis_hastings",
        "A short chain for each picture: it moves on to candidates with a larger ratio, at times to others.",
    ),
    entry(
        "best_of",
        "ganlab.fusion.selection.accept:best_of",
        "The candidate with the largest ratio of every group: the sharpest, at the price of variety.",
    ),
)
