"""Models of what comes from outside: frozen, complete, and refused with a sentence."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ganlab.errors import SpecError

_MOST_TOLD = 5  # faults
LONGEST = 1_000_000  # bytes of a text from outside; a card is a few thousand
Rate = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]
Part = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]


class Asked(BaseModel):
    """A model of something that comes from outside: frozen, no unknown keys, no coercion of texts."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @classmethod
    def read(cls, values: Any) -> Self:
        """Check values from outside.

        Raises:
            SpecError: With one sentence a fault: field, what was given, what is allowed.
        """
        try:
            if not isinstance(values, str | bytes):
                return cls(**values)
            if len(values) > LONGEST:
                raise SpecError(f"The text has {len(values):,} characters; at most {LONGEST:,} are read.")
            found = cls.model_validate_json(values)
        except ValidationError as error:
            raise SpecError(sentences(error)) from None
        except TypeError:
            raise SpecError(f"A {cls.__name__} is an object with named fields, not {short(values)}.") from None
        refuse_doubles(values)
        return found


def refuse_doubles(text: str | bytes) -> None:
    """Refuse JSON in which a field is given twice: the last would count, and people may look at the first.

    Raises:
        SpecError: With its name.
        ValueError: The text is no JSON.
    """
    json.loads(text, object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> None:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise SpecError(f"The field {short(twice)} is given twice.")


def sentences(error: ValidationError) -> str:
    """Turn pydantic's findings into sentences: field, what was given, what is allowed."""
    faults = error.errors(include_url=False)
    told = [_sentence(fault) for fault in faults[:_MOST_TOLD]]
    more = len(faults) - len(told)
    return " ".join(told) + (f" And {more:,} more faults." if more else "")


def _sentence(fault: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in fault["loc"])
    where = where if len(where) <= 80 and where.isprintable() else short(where)
    cause = fault.get("ctx", {}).get("error")
    if isinstance(cause, ValueError):
        text = str(cause)
        text += "" if text.endswith(("?", ".")) else "."
        return f"{where}: {text}" if where else text
    if fault["type"] == "extra_forbidden":
        return f"There is no field {short('.'.join(map(str, fault['loc'])))}."
    if fault["type"] == "missing":
        return f"The field {where!r} is missing."
    if fault["type"] == "json_invalid":
        return f"The text {short(fault['input'])} is no JSON: {fault['ctx']['error']}."
    rule = fault["msg"].removeprefix("Input should be ").removeprefix("Tuple should have ")
    rule = rule.replace(" after validation, not", ", not")
    return f"{where or 'The text'} is {short(fault['input'])}; allowed: {rule}."


def short(value: Any) -> str:
    """Return a value as a sentence shows it: its beginning, if it is long."""
    try:
        text = repr(value)
    except RecursionError:
        return f"a {type(value).__name__} nested too deeply to show"
    except ValueError:  # Python writes out no whole number of more than some thousand digits
        return "a number too long to show"
    return text if len(text) <= 60 else text[:57] + "..."
