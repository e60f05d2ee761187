"""``hub``: members to and from the Hugging Face Hub."""

from typing import Annotated

import typer

from ganlab.cli import exits
from ganlab.cli.members_zip import pairs
from ganlab.cli.output import Json, Yes, as_json, confirm, say
from ganlab.errors import SpecError
from ganlab.members import store
from ganlab.members.store import check_free

app = typer.Typer(help="Put a member on the Hugging Face Hub, or take one from there.", no_args_is_help=True)

Repo = Annotated[str, typer.Argument(metavar="REPO", help="On the Hub: OWNER/NAME.")]


@app.command(epilog=exits.EPILOG)
def push(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A member's name.")],
    repo: Repo,
    private: Annotated[bool, typer.Option("--private", help="For yourself alone, where it is made now.")] = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Put a member on the Hub: its card as README, its weights, and all it is made of; asks before all can see it."""
    store.catalogue()[name]
    if not private:
        confirm(f"Put {name!r} on the Hub as {repo!r}, where everybody can see it?", yes)
    from ganlab.fusion.hub import push as to_hub

    address = to_hub(name, repo, private=private)
    say(f"{name!r} is on the Hub: {address}")
    if json:
        as_json({"member": name, "repo": repo, "commit": address})


@app.command(epilog=exits.EPILOG)
def pull(
    repo: Repo,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="What to call it here.")] = None,
    called: Annotated[
        list[str] | None,
        typer.Option("--as", metavar="OLD=NEW", help="Call it, or a member it is made of, otherwise."),
    ] = None,
    revision: Annotated[str | None, typer.Option(help="A branch, tag or commit.  [default: main]")] = None,
    json: Json = False,
) -> None:
    """Take a member of the Hub into the workspace, all or nothing; what it says of itself is its author's word."""
    if name is not None and called:
        raise SpecError("Give either a NAME for it, or --as OLD=NEW for it and its parts.")
    if name is not None:
        check_free(name)
    names = pairs(called or ())
    from ganlab.fusion.hub import pull as from_hub

    pulled = from_hub(repo, name or names, revision)
    for entry in pulled.arrived.entries:
        say(f"{entry.name!r} is a member now, of commit {pulled.commit[:12]}.")
    for each in pulled.arrived.there:
        say(f"{each!r} was there already, the very same.")
    if json:
        there = list(pulled.arrived.there)
        as_json({"members": [entry.name for entry in pulled.arrived.entries], "there": there, "commit": pulled.commit})
