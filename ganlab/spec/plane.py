"""What is trained in the plane where seconds count: small networks, large steps, an average over some twenty."""

from ganlab.spec.member import MemberSpec

_WIDE = {"grid25": 128}  # 25 heaps need more room than eight
_LONG = {"grid25": 1_500}


def width_for(dataset: str) -> int:
    """Return the width of both networks that does for a toy."""
    return _WIDE.get(dataset, 64)


def steps_for(dataset: str) -> int:
    """Return after how many steps a member of a toy draws well enough to be fused: a few seconds on one core."""
    return _LONG.get(dataset, 600)


def recipe(
    dataset: str, objective: str = "nonsaturating", seed: int = 0, width: int | None = None, **knobs: float | None
) -> MemberSpec:
    """Return the resolved spec of a small member of points.

    Args:
        dataset: A toy, or points that somebody drew.
        objective: Of a GAN or a VAE.
        seed: Fixes all chance.
        width: Of both networks; what does for the dataset by default.
        **knobs: Other fields; those that are None stay as they are.

    Raises:
        SpecError: They do not go together.
    """
    gan, width = objective != "elbo", width or width_for(dataset)
    own = {"critic_width": width, "batch_size": 128} if gan else {"beta": 0.01, "batch_size": 256}
    rates = {"learning_rate_generator": 1e-3, "learning_rate_critic": 1e-3}
    given = {name: value for name, value in knobs.items() if value is not None}
    facts = {"dataset": dataset, "network": "toy", "objective": objective, "seed": seed, "width": width}
    return MemberSpec.read(facts | {"ema": 0.95, "steps": 100_000} | own | rates | given).resolved()
