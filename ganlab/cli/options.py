"""The spec's fields as options, and a spec out of a file and options."""

import inspect
import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import pydantic_core
import typer
from pydantic.fields import FieldInfo

from ganlab.cli.output import used
from ganlab.data import DATASETS
from ganlab.ensembles import METHODS
from ganlab.errors import DataError, SpecError
from ganlab.networks import NETWORKS
from ganlab.objectives import OBJECTIVES
from ganlab.spec import Asked, EnsembleSpec, MemberSpec

On = Annotated[
    str | None,
    typer.Option(
        metavar="ray|ADDRESS",
        help="On a Ray cluster, several at once, a device each: ray (the cluster of GANLAB_CLUSTER or RAY_ADDRESS, or "
        "else a Ray of its own on this machine), ray://host:10001, or host:6379.",
    ),
]
_FAMILIES = {"dataset": DATASETS, "network": NETWORKS, "objective": OBJECTIVES, "method": METHODS}


def every_field(*models: type[Asked]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a verb an option for each plain field of these models; those that were used arrive as its ``given``."""

    def with_options(verb: Callable[..., None]) -> Callable[..., None]:
        own = [each for each in inspect.signature(verb).parameters.values() if each.name != "given"]
        plain = {name: field for model in models for name, field in model.model_fields.items() if _plain(field)}
        fields = [_option(name, field) for name, field in plain.items()]

        @wraps(verb)
        def command(**values: Any) -> None:
            given = {each.name: values.pop(each.name) for each in fields}
            verb(**values, given=used(**given))

        parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in [*own, *fields]]
        command.__signature__ = inspect.Signature(parameters)
        command.__annotations__ = {each.name: each.annotation for each in parameters}
        return command

    return with_options


def read(path: Path | None, given: dict[str, Any]) -> MemberSpec:
    """Return the spec of a JSON file, if there is one, with the options in the place of its values.

    Raises:
        SpecError: A value is not allowed, or the file holds no object.
        DataError: The file cannot be read.
    """
    values = from_file(path)
    return MemberSpec.read(values | given if isinstance(values, dict) else values)


def read_ensemble(path: Path | None, given: dict[str, Any]) -> EnsembleSpec:
    """Return the ensemble of a JSON file, if there is one, with the options in the place of its values.

    Options that are a member's go to its ``base``.

    Raises:
        SpecError: A value is not allowed, the file holds no object, or nobody says the method.
        DataError: The file cannot be read.
    """
    values = from_file(path)
    if not isinstance(values, dict):
        return EnsembleSpec.read(values)
    base = values.get("base", {})
    if isinstance(base, dict):
        own = {name: value for name, value in given.items() if name in MemberSpec.model_fields}
        values = values | {name: value for name, value in given.items() if name not in own} | {"base": base | own}
    if "method" not in values:
        raise SpecError(f"Nobody says how members come to differ: give --method, one of {', '.join(METHODS.names)}.")
    return EnsembleSpec.read(json.dumps(values))


def from_file(path: Path | None) -> Any:
    """Return what a JSON file holds; an empty object without one.

    Raises:
        SpecError: It is no JSON.
        DataError: It cannot be read.
    """
    if path is None:
        return {}
    try:
        return pydantic_core.from_json(path.read_bytes())
    except OSError as error:
        raise DataError(f"{str(path)!r} cannot be read ({error.strerror}).") from None
    except ValueError as error:
        raise SpecError(f"{str(path)!r} is no JSON: {error}.") from None


def _option(name: str, field: FieldInfo) -> inspect.Parameter:
    known = _FAMILIES.get(name)
    choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    named = known.names if known else [str(choice) for choice in choices if choice is not None]
    told = [f"{field.description} One of: {', '.join(named)}." if named else field.description]
    # The option's own default is None, so that one which was not used leaves the file's value alone.
    told += [] if field.default is None or field.is_required() else [f"[default: {field.default}]"]
    annotation = Annotated[_type(field.annotation) | None, typer.Option(help="  ".join(told))]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _plain(field: FieldInfo) -> bool:
    """Return whether a field is one word or number."""
    return _type(field.annotation) in (str, int, float, bool)


def _type(annotation: Any) -> type:
    """Return the plain type of a field such as ``Annotated[float, ...] | None`` or ``Literal[1, 3, None]``."""
    if isinstance(annotation, type):
        return annotation
    first = get_args(annotation)[0]
    origin = get_origin(annotation)
    return origin if origin in (tuple, dict) else type(first) if origin is Literal else _type(first)
