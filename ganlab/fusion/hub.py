"""Members to and from the Hugging Face Hub: a repository a member, with its card, weights, picture and README.

    card.json  weights.safetensors  encoder.safetensors  fit.safetensors  preview.png  README.md
    parts/NAME/...                          the same of what a fused member is made of, shipped ones too

What comes from there passes the checks of any zip from elsewhere (``arrivals``): names, sizes, digests, tensors, and a
first picture; nothing is unpickled, and nothing but these files is fetched.  All files are of one commit.
``huggingface_hub`` is an optional install; it reads ``HF_ENDPOINT`` and ``HF_TOKEN``.
"""

import os
import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganlab.errors import GanlabError, HubError, MemberError, NameTaken
from ganlab.fusion.arrivals import Arrived, receive
from ganlab.fusion.model_card import readme
from ganlab.fusion.stored import open_member
from ganlab.members import archive, preview, store
from ganlab.members.card import Card
from ganlab.spec.asked import LONGEST
from ganlab.spec.recipe import NAME

if TYPE_CHECKING:
    from huggingface_hub import HfApi

ABSENT = "huggingface_hub is not installed, which speaks with the Hugging Face Hub: pip install 'ganlab[hub]'."
_LOGIN = "log in by `hf auth login`, or put a token into HF_TOKEN"
_FILES = (store.CARD, store.WEIGHTS, store.ENCODER, store.FIT)
_OURS = re.compile(rf"(?:parts/({NAME.pattern})/)?({'|'.join(map(re.escape, _FILES))})")


@dataclass(frozen=True)
class Pulled:
    """What was brought from the Hub.

    Attributes:
        arrived: What is new, and what was there.
        commit: Of the repository, which all files are of.
    """

    arrived: Arrived
    commit: str


def push(name: str, repo: str, *, private: bool = False) -> str:
    """Put a member on the Hub, with all it is made of; returns the address of the commit.

    Args:
        name: In the store.
        repo: Such as ``me/ring``; made where there is none.
        private: Whether only its owner sees it, if it is made now.

    Raises:
        UnknownName: There is no such member.
        HubError: The Hub cannot be reached, or does not allow it.
    """
    shelf = store.catalogue()
    entry, parts = shelf[name], list(_parts(shelf, shelf[name]))
    picture = preview.find(entry) or preview.draw(open_member(name))
    with _speaking(repo) as api:
        from huggingface_hub import CommitOperationAdd

        made: dict[str, Path | bytes] = dict(_files(entry, ""))
        for part in parts:
            made |= _files(part, f"parts/{part.name}/")
        made[preview.NAME] = picture
        made["README.md"] = readme(entry.card, repo, [part.card for part in parts]).encode()
        api.create_repo(repo, private=private, exist_ok=True)
        adding = [CommitOperationAdd(path, data) for path, data in made.items()]
        return api.create_commit(repo, adding, commit_message=f"{name}, by ganlab").commit_url


def pull(repo: str, called: Mapping[str, str] | str | None = None, revision: str | None = None) -> Pulled:
    """Take a member of the Hub into the workspace.

    Args:
        repo: Such as ``me/ring``.
        called: A new name for it, or new names by those that it and its parts have there.
        revision: A branch, tag or commit; the newest of the main branch by default.

    Raises:
        HubError: The Hub cannot be reached, or has no such repository, or it holds no member.
        NameTaken: Another member is called like one of these.
        GanlabError: A file cannot be used; nothing was changed then.
    """
    with tempfile.TemporaryDirectory() as folder:
        with _speaking(repo) as api:
            told = api.model_info(repo, revision=revision, files_metadata=True)
            wanted = _wanted(repo, {each.rfilename: each.size for each in told.siblings or ()})
            there = {
                path: Path(api.hf_hub_download(repo, path, revision=told.sha, local_dir=folder)) for path in wanted
            }
        packed = Path(folder) / "member.zip"
        try:
            root = _pack(there, packed)
            return Pulled(receive(packed, {root: called} if isinstance(called, str) else called), told.sha)
        except NameTaken:
            raise
        except GanlabError as error:
            raise MemberError(f"{repo!r} on the Hub cannot be used: {error}") from None


def _parts(shelf: store.Catalogue, entry: store.Entry) -> Iterator[store.Entry]:
    """Yield all that a member is made of, each once."""
    wanted, seen = [*(entry.card.recipe.members if entry.card.recipe else ())], {entry.name}
    while wanted:
        part = shelf[wanted.pop(0)]
        if part.name not in seen:
            seen.add(part.name)
            wanted += part.card.recipe.members if part.card.recipe else ()
            yield part


def _files(entry: store.Entry, inside: str) -> Iterator[tuple[str, Path | bytes]]:
    yield inside + store.CARD, entry.card.model_dump_json(indent=2).encode()
    for file in store.stated_files(entry.card):
        yield inside + file, entry.folder / file


def _wanted(repo: str, sizes: Mapping[str, int | None]) -> list[str]:
    """Return which files of a repository are a member's, if there are such, of sizes that are allowed.

    Raises:
        HubError: There are none, too many, or too large ones.
    """
    if store.CARD not in sizes:
        raise HubError(f"{repo!r} on the Hub is no member of ganlab: it has no {store.CARD}.")
    wanted = [path for path in sizes if _OURS.fullmatch(path)]
    size = sum(sizes[path] or 0 for path in wanted)
    if any(sizes[path] is None for path in wanted) or size > archive.MOST_BYTES:
        raise HubError(f"{repo!r} on the Hub has {size:,} bytes; at most {archive.MOST_BYTES:,} are fetched.")
    if len(wanted) > archive.MOST_MEMBERS * len(_FILES):
        raise HubError(
            f"{repo!r} on the Hub has {len(wanted):,} files; at most {archive.MOST_MEMBERS} members are read."
        )
    return wanted


def _pack(there: Mapping[str, Path], packed: Path) -> str:
    """Write what was fetched as a zip of ours, which is checked as every other; returns the member's name in it.

    Raises:
        GanlabError: Its card is none, or a part is called like it.
    """
    if there[store.CARD].stat().st_size > LONGEST:
        raise MemberError(f"its {store.CARD} is too large.")
    root = Card.read(there[store.CARD].read_text(encoding="utf-8", errors="replace")).name
    if any(path.startswith(f"parts/{root}/") for path in there):
        raise MemberError(f"it is called {root!r}, and so is one of its parts.")
    with zipfile.ZipFile(packed, "w") as made:
        for path, file in there.items():
            part, name = _OURS.fullmatch(path).groups()
            made.write(file, f"{part or root}/{name}")
    return root


@contextmanager
def _speaking(repo: str) -> "Iterator[HfApi]":
    """Give what speaks with the Hub; what goes wrong there becomes a sentence.

    Raises:
        HubError: With it.
    """
    try:
        from huggingface_hub import HfApi, constants, errors
        from huggingface_hub.utils import disable_progress_bars
    except ImportError:
        raise HubError(ABSENT) from None
    disable_progress_bars()
    endpoint = os.environ.get("HF_ENDPOINT") or constants.ENDPOINT
    network = (ConnectionError, TimeoutError, errors.HTTPError, errors.LocalEntryNotFoundError)
    try:
        yield HfApi(endpoint=endpoint, library_name="ganlab")
    except errors.HFValidationError:
        raise HubError(f"{repo!r} is no name of a repository on the Hub: write OWNER/NAME, such as me/ring.") from None
    except errors.GatedRepoError:
        raise HubError(
            f"{repo!r} on the Hub wants its terms accepted first, on its page there; then {_LOGIN}."
        ) from None
    except errors.RevisionNotFoundError:
        raise HubError(f"{repo!r} on the Hub has no such revision: give a branch, a tag or a commit of it.") from None
    except errors.RepositoryNotFoundError:
        raise HubError(
            f"There is no {repo!r} on the Hub, or your token may not see it: check the name, or {_LOGIN}."
        ) from None
    except errors.RemoteEntryNotFoundError as error:
        raise HubError(f"{repo!r} on the Hub lost a file while it was fetched ({_brief(error)}): try again.") from None
    except errors.LocalTokenNotFoundError:
        raise HubError(f"The Hub wants to know who you are: {_LOGIN}.") from None
    except errors.HfHubHTTPError as error:
        raise HubError(_refusal(repo, error)) from None
    except network as error:
        raise HubError(f"The Hub at {endpoint} cannot be reached ({_brief(error)}): is there a network?") from None
    except (RuntimeError, ValueError, OSError) as error:
        if getattr(error, "errno", None):  # of this machine's disk
            raise
        raise HubError(f"The Hub at {endpoint} did not take or give {repo!r} ({_brief(error)}).") from None


def _refusal(repo: str, error: Any) -> str:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status == 401:
        return f"The Hub wants to know who you are: {_LOGIN}."
    if status == 403:
        return f"Your token may not write to {repo!r} on the Hub: {_LOGIN} that may."
    return f"The Hub refuses {repo!r} ({_brief(error)})."


def _brief(error: Exception) -> str:
    """Return the first line of what an error says, or its name."""
    lines = str(error).strip().splitlines()
    return lines[0][:200].rstrip(".") if lines else type(error).__name__
