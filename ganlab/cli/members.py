"""``members``: what can draw, and its card."""

from typing import Annotated, Any

import typer

from ganlab.cli import exits
from ganlab.cli.output import Json, Yes, as_facts, as_json, as_table, confirm, say, used
from ganlab.data import FOLDER, facts_of
from ganlab.errors import MemberError, SpecError
from ganlab.members import store
from ganlab.metrics import shelf
from ganlab.spec import MemberSpec

app = typer.Typer(help="List members, show, rename or delete one.")
_COLUMNS = ("name", "kind", "conditional", "dataset", "network", "objective", "rule", "latent_dim", "parameters", "fid")

_BASELINES = {"rule-based": "-rules", "noise": "-noise"}  # and how their names end

Name = Annotated[str, typer.Argument(metavar="NAME", help="A member's name.")]


@app.callback(invoke_without_command=True)
def members(context: typer.Context, json: Json = False) -> None:
    """List members, show, rename or delete one."""
    if context.invoked_subcommand is not None:
        return
    found = store.catalogue()
    for broken in found.refused:
        say(f"Left out {broken.name!r}: {broken.reason}")
    rows = [entry.card.summary() for entry in found]
    if json:
        as_json(rows)
        return
    if not rows:
        say(
            "There are no members yet. Train one: python -m ganlab train --name anna. Or take some in by `members "
            "import` or `hub pull`; those that come with a checkout of ganlab are found by GANLAB_PRETRAINED=FOLDER."
        )
    measured = any(row["metrics"] for row in rows)
    as_table([row | {"fid": _fid(row["metrics"])} for row in rows], _COLUMNS if measured else _COLUMNS[:-1])


@app.command(epilog=exits.EPILOG)
def show(name: Name, json: Json = False) -> None:
    """Show a member's whole card."""
    card = store.catalogue()[name].card
    facts = card.model_dump(mode="json") | card.summary()
    as_json(facts) if json else as_facts(facts)


@app.command(epilog=exits.EPILOG)
def rename(old: Name, new: Annotated[str, typer.Argument(metavar="NEW", help="Its new name.")]) -> None:
    """Rename an own member."""
    store.rename(old, new)
    say(f"{old!r} is called {new!r} now.")


@app.command(epilog=exits.EPILOG)
def delete(name: Name, yes: Yes = False) -> None:
    """Delete an own member, after a question."""
    found = store.catalogue()
    if name not in {broken.name for broken in found.refused}:
        found[name]  # an unknown name is no question
    confirm(f"Delete member {name!r} for good?", yes)
    store.delete(name)
    say(f"{name!r} is deleted.")


@app.command(epilog=exits.EPILOG)
def baseline(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="A dataset's name, or folder:PATH.")],
    kind: Annotated[str, typer.Option(metavar="KIND", help="noise or rule-based.")] = "rule-based",
    name: Annotated[str | None, typer.Option(metavar="NAME", help="What to call it.")] = None,
    image_size: Annotated[int | None, typer.Option(metavar="PIXELS", help="Side of a folder's pictures.")] = None,
    channels: Annotated[int | None, typer.Option(metavar="N", help="Of a folder's pictures: 1 or 3.")] = None,
) -> None:
    """Add a member that learned nothing, to compare others with: random pixels, or pictures drawn by rules."""
    if kind not in _BASELINES:
        raise SpecError(f"kind is {kind!r}; allowed: {' or '.join(_BASELINES)}.")
    asked = used(dataset=dataset, image_size=image_size, channels=channels)
    if not dataset.startswith(FOLDER) and facts_of(dataset)["shape"] == (2,):
        raise MemberError(f"Dataset {dataset!r} holds points; {kind!r} members draw pictures.")
    shape = MemberSpec.read(asked | {"network": "mlp"}).shape
    called = name or ("folder" if dataset.startswith(FOLDER) else dataset) + _BASELINES[kind]
    store.check_free(called)
    from ganlab.members.baseline import card

    store.keep(card(kind, dataset, shape, called))
    say(f"{called!r} is a member now.")


def _fid(metrics: list[dict[str, Any]]) -> float | None:
    """Return the Fréchet distance by a first extractor with the most images, of equal ones the newest."""
    known = [each for each in metrics if "fid" in each["numbers"]]
    if not known:
        return None
    firsts = tuple(f"-{kind}" for kind in shelf.FIRST)
    usual = max(reversed(known), key=lambda each: (each["extractor"].endswith(firsts), each["n_fake"]))
    return usual["numbers"]["fid"]["value"]
