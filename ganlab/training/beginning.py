"""What a training begins with: whose weights, whose pictures, and what its members will say of both."""

from ganlab.errors import MemberError, SpecError
from ganlab.members.member import NetworkMember
from ganlab.members.networks import to_bytes
from ganlab.members.origins import check_start, descent
from ganlab.training.trainer import Trainer


def begin(trainer: Trainer, start: NetworkMember | None, drawn_by: tuple[str, str] | None) -> None:
    """Let a training begin with the weights and the pictures that its spec asks for.

    Args:
        trainer: Before its first step.
        start: Whose weights shall be the first ones, if somebody's.
        drawn_by: Name and digest of the member that drew what is learned, if it is not real.

    Raises:
        SpecError: The spec names other members, or none.
        MemberError: The start has other networks, or was kept without one that is trained here.
    """
    wanted, given = trainer.spec.start, start.name if start else None
    if wanted != given:
        raise SpecError(f"The spec starts from {wanted!r}, but {given!r} was handed over.")
    drawer = drawn_by[0] if drawn_by else None
    if trainer.spec.teacher != drawer:
        raise SpecError(f"The spec learns from {trainer.spec.teacher!r}, but the pictures were drawn by {drawer!r}.")
    card = None
    if start is not None:
        card = start.card
        check_start(trainer.spec, card)
        _take(trainer, start)
        if card.weights is None:  # not kept yet
            card = card.model_copy(update={"weights": to_bytes(start.networks)[1]})
    trainer.made_of = ({card.name: card.digest()} if card else {}) | dict([drawn_by] if drawn_by else [])
    trainer.lineage = descent(trainer.spec, card, drawn_by[1] if drawn_by else None)


def check_teacher(trainer: Trainer, drawn_by: tuple[str, str] | None) -> None:
    """Refuse to go on with other pictures than those that were learned before.

    Raises:
        SpecError: With the teacher's name.
    """
    name = trainer.spec.teacher
    if name is not None and drawn_by != (name, trainer.made_of.get(name)):
        raise SpecError(f"{name!r} is not the member that the run learned from before: start a new run.")


def _take(trainer: Trainer, member: NetworkMember) -> None:
    """Take a member's weights, also for the averages; optimisers begin anew."""
    for role, network in trainer.networks.items():
        if role not in member.networks:
            raise MemberError(f"{member.name!r} was kept without its {role}: start from another member.")
        weights = member.networks[role].state_dict()
        if "shares" in weights:
            weights["shares"] = network.shares  # of the classes in what is learned now
        network.load_state_dict(weights)
        if role in trainer.averages:
            trainer.averages[role].network.load_state_dict(weights)
