"""Fusion: ways to make one member out of several. A fused member is a member.

The list of rules and the checks load without torch, so that a page or ``--help`` can tell at once which
rules fit and why the others do not.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ganlab.errors import FusionError, GanlabError
from ganlab.family import Family, entry
from ganlab.fusion.kin import kin_fault
from ganlab.fusion.options import OPTIONS as OPTIONS
from ganlab.fusion.options import Value, options_fault, resolved
from ganlab.fusion.shares import weights_fault
from ganlab.spec import Recipe

if TYPE_CHECKING:
    from ganlab.fusion.fitted import Fitted
    from ganlab.members.card import Card
    from ganlab.members.member import Member

_FOUR = ("single", "identical", "order", "scale")  # laws that tests hold over all rules that declare them
RULES = Family(
    "fusion rule",
    entry(
        "average",
        "ganlab.fusion.average:Average",
        "All members draw from the same noise; their pictures are averaged. Blurs wherever members disagree.",
        title="Average",
        formula=r"x(z) = \frac{1}{K} \sum_k G_k(z)",
        weighs=False,
        one_latent=True,
        options=("anchor",),
        laws=("identical", "order"),
    ),
    entry(
        "weighted_average",
        "ganlab.fusion.average:WeightedAverage",
        "The same with a share for each member; the shares add up to 1.",
        title="Weighted average",
        formula=r"x(z) = \sum_k w_k\, G_k(z), \quad \sum_k w_k = 1",
        weighs=True,
        one_latent=True,
        options=("anchor",),
        laws=_FOUR,
    ),
    entry(
        "weighted_sum",
        "ganlab.fusion.weighted_sum:WeightedSum",
        "Brightness added up with weights as they are, and clipped: strokes of all members lie on each other.",
        title="Weighted sum",
        formula=r"x(z) = \min\!\left(1, \sum_k w_k\, G_k(z)\right), \quad G_k(z) \in [0, 1]",
        weighs=True,
        one_latent=True,
        options=("anchor",),
        laws=("single", "identical", "order"),
    ),
    entry(
        "majority",
        "ganlab.fusion.majority:Majority",
        "Every pixel becomes white or black, as most members have it, by weight. Grey levels are lost.",
        title="Voting (majority)",
        formula=r"x(z) = \operatorname{sign}\!\left(\sum_k w_k\, V_k(z) - \tfrac{1}{2}\right), \quad V_k = [G_k > 0]",
        weighs=True,
        one_latent=True,
        pictures=True,
        options=("anchor",),
        laws=("order", "scale"),
    ),
    entry(
        "median",
        "ganlab.fusion.median:Median",
        "Every pixel takes the weighted median of the members' grey values: outvoted members leave no trace.",
        title="Voting (median)",
        formula=r"x(z) = \operatorname{median}_w \{G_1(z), \dots, G_K(z)\}",
        weighs=True,
        one_latent=True,
        options=("anchor",),
        laws=_FOUR,
    ),
    entry(
        "maximum",
        "ganlab.fusion.extremes:Maximum",
        "Every pixel as the brightest member has it: on a dark ground all strokes lie on each other.",
        title="Maximum",
        formula=r"x(z) = \max \{G_1(z), \dots, G_K(z)\}",
        weighs=False,
        one_latent=True,
        options=("anchor",),
        laws=("identical", "order"),
    ),
    entry(
        "minimum",
        "ganlab.fusion.extremes:Minimum",
        "Every pixel as the darkest member has it: on a dark ground only what all have in common stays.",
        title="Minimum",
        formula=r"x(z) = \min \{G_1(z), \dots, G_K(z)\}",
        weighs=False,
        one_latent=True,
        options=("anchor",),
        laws=("identical", "order"),
    ),
    entry(
        "frequency",
        "ganlab.fusion.frequency:Frequency",
        "Coarse shapes of one member, details of all by weight: makes sense where members draw the same thing.",
        title="Frequency split",
        formula=r"x(z) = B\,G_{\text{low}}(z) + \sum_k w_k\, D_k(z), \quad D_k = G_k - B\,G_k",
        weighs=True,
        one_latent=True,
        pictures=True,
        options=("anchor", "low", "cutoff"),
        laws=("identical", "scale"),
    ),
    entry(
        "mixture",
        "ganlab.fusion.mixture:Mixture",
        "Each picture is drawn by one member, picked with probability equal to its share. Stays sharp.",
        title="Mixture",
        formula=r"p(x) = \sum_k w_k\, p_k(x), \quad \sum_k w_k = 1",
        weighs=True,
        one_latent=False,
        options=(),
        laws=("single", "identical", "scale"),
    ),
    entry(
        "parameters",
        "ganlab.fusion.parameters:Parameters",
        "One network whose weights are the mean of the members' ones. For relatives: strangers' mean draws noise.",
        title="Parameters",
        formula=r"\theta = \sum_k w_k\, \theta_k, \quad x(z) = G_\theta(z)",
        weighs=True,
        one_latent=True,
        one_architecture=True,
        options=("low", "coarse", "middle", "fine", "swap", "force"),
        laws=_FOUR,
    ),
    entry(
        "selection",
        "ganlab.fusion.selection.rule:Selection",
        "Several candidates for each picture, of which the one is kept that looks real to a density ratio.",
        title="Selection",
        formula=r"p(x) \propto r(x) \big(\sum_k w_k\, p_k(x)\big), \quad r = p_{\text{real}} / p_{\text{drawn}}",
        weighs=True,
        one_latent=False,
        least=1,
        fitted=True,
        options=("estimator", "acceptance", "cost", "power"),
        no_network="candidates are drawn until a ratio accepts one; export the mixture of its members",
        laws=("scale",),
    ),
    entry(
        "blending",
        "ganlab.fusion.blending:Blending",
        "A weighted average whose weights are fitted: those that rebuild real validation pictures best.",
        title="Blending",
        formula=r"x(z) = \sum_k w_k\, G_k(E_k(G_a(z))), \quad "
        r"w = \operatorname{argmin} \lVert x - \textstyle\sum_k w_k\, G_k(E_k(x)) \rVert^2",
        weighs=False,
        one_latent=False,
        pictures=True,
        aligned=True,
        fitted=True,
        options=("anchor", "per"),
        laws=(),
    ),
    entry(
        "stacking",
        "ganlab.fusion.stacking:Stacking",
        "A small convolutional network combines the members' pictures, taught by real pictures and by a critic.",
        title="Stacking",
        formula=r"x(z) = C_\theta\big(G_a(z), G_k(E_k(G_a(z))), \dots\big)",
        weighs=False,
        one_latent=False,
        pictures=True,
        aligned=True,
        fitted=True,
        options=("anchor",),
        laws=(),
    ),
    entry(
        "experts",
        "ganlab.fusion.experts:Experts",
        "Mixture of experts: a gate sees the latent, and picks the member that draws it best, or mixes them.",
        title="Mixture of experts",
        formula=r"p(x \mid z) = \sum_k g_k(z)\, \delta(x - G_k(z)), \quad \sum_k g_k(z) = 1",
        weighs=False,
        one_latent=True,
        pictures=True,
        fitted=True,
        options=("gate",),
        laws=("identical",),
    ),
    former={"voting": "median"},
)


def misfit(
    rule: str, cards: Sequence["Card"], weights: Sequence[float] = (), options: Mapping[str, Value] | None = None
) -> str | None:
    """Return why a rule cannot fuse these members with these weights and options, as a sentence, or None.

    Pages grey a rule out and the command line refuses it with this same sentence.
    """
    try:
        known = RULES[rule]
    except GanlabError as error:
        return str(error)
    facts, given, names = known.facts, options or {}, [card.name for card in cards]
    if len(cards) < facts.get("least", 2):
        least = "one member" if facts.get("least") == 1 else "two members"
        return f"{rule!r} needs at least {least}, and {len(cards) or 'none'} was given."
    first = cards[0]
    for card in cards[1:]:
        if (card.dataset, card.shape) != (first.dataset, first.shape):
            return (
                f"Members of one dataset can be fused, but {first.name!r} draws {first.dataset!r} "
                f"and {card.name!r} draws {card.dataset!r}."
            )
    if facts.get("pictures") and len(first.shape) != 3:
        return f"{rule!r} is of pixels, and {first.dataset!r} holds points: use 'median' or 'mixture'."
    return (
        options_fault(known.name, facts["options"], given, names)
        or (_blind(rule, cards) if facts.get("aligned") else None)
        or (_unaligned(cards, given["anchor"]) if given.get("anchor") else None)
        or (_latents_fault(rule, cards) if facts["one_latent"] and not given.get("anchor") else None)
        or (kin_fault(rule, cards, bool(given.get("force"))) if facts.get("one_architecture") else None)
        or weights_fault(rule, weights, len(cards), weighs=facts["weighs"])
    )


def _unaligned(cards: Sequence["Card"], anchor: Value) -> str | None:
    """Return who cannot be aligned to an anchor, or None."""
    for card in cards:
        if card.name != anchor and not card.encodes:
            return (
                f"Aligned to {anchor!r}, the others encode its pictures, and {card.name!r} has no encoder: "
                "choose members with one, fit one to an own GAN ('members encoder'), or leave anchor out."
            )
    return None


def _blind(rule: str, cards: Sequence["Card"]) -> str | None:
    """Return who cannot rebuild pictures, or None."""
    for card in cards:
        if not card.encodes:
            return (
                f"{rule!r} learns from pictures that members rebuild, and {card.name!r} has no encoder: "
                "choose members with one, or fit one to an own GAN ('members encoder')."
            )
    return None


def _latents_fault(rule: str, cards: Sequence["Card"]) -> str | None:
    first = cards[0]
    for card in cards[1:]:
        if card.walk_dim != first.walk_dim:
            return (
                f"{rule!r} needs members with one latent size, but {first.name!r} has {first.walk_dim} "
                f"and {card.name!r} has {card.walk_dim}. Pick others, or use 'mixture'."
            )
    return None


def fuse(
    members: "Sequence[Member | str]",
    rule: str = "weighted_average",
    weights: Sequence[float] = (),
    name: str = "fused",
    options: Mapping[str, Value] | None = None,
    *,
    fit: "Fitted | None" = None,
) -> "Member":
    """Fuse members into one that can be sampled, walked, kept and fused again.

    Args:
        members: At least two of one dataset, or their names in the store.
        rule: A name out of ``RULES``.
        weights: One a member, none negative; none at all weighs all alike.
        name: What the new member is called until it is kept.
        options: What the rule takes beside weights, by name; ``OPTIONS`` tells them.
        fit: Of a rule that is fitted; that which the workspace remembers by default, of ``fusion.fitting``.

    Raises:
        FusionError: They do not go together.
        NotFittedError: The rule was not fitted to them yet.
        UnknownName: No such rule or member.
    """
    from ganlab.fusion.fused import FusedMember

    loaded = [load(member) if isinstance(member, str) else member for member in members]
    found = RULES[rule]
    if fault := misfit(rule, [member.card for member in loaded], weights, options):
        raise FusionError(fault)
    own = resolved(options or {}, found.facts["options"], [member.name for member in loaded])
    made = found.load()(tuple(float(weight) for weight in weights), **own)
    return FusedMember(loaded, made, name, options, fit)


def from_recipe(recipe: Recipe, device: Any = None, name: str = "fused") -> "Member":
    """Fuse what a recipe names.

    Raises:
        GanlabError: A member is unknown or broken, or they do not go together.
    """
    return fuse([load(member, device) for member in recipe.members], recipe.rule, recipe.weights, name, recipe.options)


def load(name: str, device: Any = None) -> "Member":
    """Load a stored member by name, one of networks or one that is a recipe.

    Args:
        name: As ``python -m ganlab members`` lists it.
        device: A ``torch.device``; the CPU by default.

    Raises:
        UnknownName: There is none; the nearest names are suggested.
        MemberError: It, or one it is made of, cannot be used.
    """
    from ganlab.fusion.stored import open_member

    return open_member(name, device)


def keep(member: "Member", name: str) -> Any:
    """Keep a fused member in the workspace as a recipe; returns its store entry.

    Raises:
        MemberError: The name is taken or not allowed, or it is made of members that are not kept.
    """
    from ganlab.fusion.stored import keep_recipe

    return keep_recipe(member, name)
