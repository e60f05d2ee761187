"""``detect``: the members' critics vote which pictures are generated, and how well such a vote tells."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from ganlab.cli import foreign
from ganlab.cli.evaluate import Device
from ganlab.cli.fuse import spread
from ganlab.cli.output import Json, as_json, as_table
from ganlab.cli.progress import How, check_how, use_all_cores, watch
from ganlab.errors import FusionError, MemberError, SpecError
from ganlab.fusion import misfit
from ganlab.members import store

if TYPE_CHECKING:
    from ganlab.fusion.detecting import Detection
    from ganlab.metrics.evaluate import Progress

LIMITS = (
    "An AUC is the chance that a generated picture is told from a real one; 0.5 is a guess. A detector knows the "
    "generators it was calibrated on and pictures as the dataset stores them: compressed, resized or drawn ones "
    "mislead it, better generators escape it, and a probability is no proof."
)


class ManyWords(TyperCommand):
    """A command whose ``--unseen`` and ``--images`` take all words that follow them."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:
        """Parse, after giving every word an option of its own."""
        for option in ("--unseen", "--images"):
            args = spread(args, option, lambda word: not word.startswith("-"))
        return super().parse_args(ctx, args)


def detect(
    members: Annotated[list[str], typer.Argument(metavar="MEMBER", help="Whose critics vote; of a fusion, all.")],
    *,
    unseen: Annotated[
        list[str] | None, typer.Option(metavar="MEMBER ...", help="Report also on pictures of members it never saw.")
    ] = None,
    images: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE ...", help="Vote on pictures: files, folders, zips, an .npz with uint8 'images'."),
    ] = None,
    fuse: Annotated[str, typer.Option(metavar="WAY", help="The votes: average, weighted or majority.")] = "average",
    n: Annotated[int, typer.Option("--n", metavar="N", help="Pictures of each kind.")] = 2_000,
    seed: Annotated[int, typer.Option(metavar="SEED", help="Of the noise, and of the choice of real pictures.")] = 0,
    device: Device = "auto",
    progress: How = None,
    json: Json = False,
) -> None:
    """Let the members' critics vote which pictures are generated, and tell how well they do.

    Each critic is calibrated on real pictures of the validation split and on pictures of all members; reported is on
    the test split and new pictures. Pictures of another size or colour are made like those of the members.
    """
    check_how(progress)
    members, unseen = list(dict.fromkeys(members)), list(dict.fromkeys(unseen or ()))
    _check(members, unseen, seed)
    work = _detecting(members, unseen, images or [], device, {"way": fuse, "n": n, "seed": seed})
    found, names = watch(" + ".join(members), work, progress)
    told = facts(found, members, names)
    as_json(told) if json else _tell(told)


def facts(found: "Detection", members: list[str], names: list[str]) -> dict[str, Any]:
    """Return what ``detect --json`` prints.

    Args:
        found: What came of it.
        members: As they were named.
        names: What to call the given pictures.
    """
    voters = found.detector.members
    return {
        "members": members,
        "fuse": found.detector.way,
        **found.facts(),
        "images": [
            {"picture": name, "generated": chance, "critics": dict(zip(voters, votes, strict=True))}
            for name, chance, votes in zip(names, found.chances.tolist(), found.votes.tolist(), strict=True)
        ],
        "limits": LIMITS,
    }


def _check(members: list[str], unseen: list[str], seed: int) -> None:
    if not 0 <= seed < 2**63:
        raise SpecError(f"seed is {seed}; allowed: a whole number from 0 to {2**63 - 1}.")
    found = store.catalogue()
    cards = [found[name].card for name in (*members, *unseen)]  # unknown names are told before torch is loaded
    if len(cards[0].shape) != 3:
        raise MemberError(f"{members[0]!r} draws points: a detector looks at pictures.")
    if len(cards) > 1 and (fault := misfit("mixture", cards)):
        raise FusionError(fault)


def _detecting(
    members: list[str], unseen: list[str], paths: list[Path], device: str, asked: dict[str, Any]
) -> "Iterator[Progress | tuple[Detection, list[str]]]":
    use_all_cores()

    from ganlab import device as devices
    from ganlab.fusion import load
    from ganlab.fusion.detecting import check, detecting
    from ganlab.fusion.detector import check_way
    from ganlab.metrics.evaluate import Progress

    check_way(asked["way"])
    check(asked["n"])
    place = devices.choose(device)
    yield Progress("loading", 0.0, 0.0, None)
    voting, others = ([load(name, place) for name in names] for names in (members, unseen))
    images, names = None, []
    if paths:
        examples, names = foreign.made_like(paths, voting[0].shape)
        images = examples.permute(0, 2, 3, 1).contiguous().numpy()
    for step in detecting(voting, others, images=images, **asked):
        yield step if isinstance(step, Progress) else (step, names)


def _tell(told: dict[str, Any]) -> None:
    print(
        f"{told['n_fake']:,} drawn by each with seed {told['seed']} against {told['n_real']:,} real ones of the test "
        f"split; {told['fuse']} of {len(told['weights'])} critics"
    )
    alone = {name: f"{name} alone" for name in told["weights"]}
    rows = [
        {
            "generator": each["generator"],
            "seen": each["seen"],
            "auc": each["auc"],
            "95 %": f"{each['auc_low']:.3f} to {each['auc_high']:.3f}",
            **{title: each["critics"][name] for name, title in alone.items()},
        }
        for each in told["generators"]
    ]
    if told["fuse"] == "weighted":
        print("weights: " + ", ".join(f"{name} {weight:.3f}" for name, weight in told["weights"].items()))
    as_table(rows, tuple(rows[0]))
    if told["images"]:
        print()
        votes = [{**each, **each["critics"]} for each in told["images"]]
        as_table(votes, ("picture", "generated", *told["weights"]))
    print(told["limits"])
