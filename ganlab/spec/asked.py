"""Models of what comes from outside: frozen, complete, and refused with a sentence."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ganlab.errors import SpecError

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
            return cls.model_validate_json(values) if isinstance(values, str | bytes) else cls(**values)
        except ValidationError as error:
            raise SpecError(sentences(error)) from None
        except TypeError:
            raise SpecError(f"A {cls.__name__} is an object with named fields, not {short(values)}.") from None


def sentences(error: ValidationError) -> str:
    """Turn pydantic's findings into sentences: field, what was given, what is allowed."""
    told = []
    for fault in error.errors(include_url=False):
        where = ".".join(str(part) for part in fault["loc"])
        cause = fault.get("ctx", {}).get("error")
        if isinstance(cause, ValueError):
            text = str(cause)
            text += "" if text.endswith(("?", ".")) else "."
            told.append(f"{where}: {text}" if where else text)
        elif fault["type"] == "extra_forbidden":
            told.append(f"There is no field {short(where)}.")
        elif fault["type"] == "missing":
            told.append(f"The field {where!r} is missing.")
        elif fault["type"] == "json_invalid":
            told.append(f"The text {short(fault['input'])} is no JSON: {fault['ctx']['error']}.")
        else:
            rule = fault["msg"].removeprefix("Input should be ").removeprefix("Tuple should have ")
            rule = rule.replace(" after validation, not", ", not")
            told.append(f"{where or 'The text'} is {short(fault['input'])}; allowed: {rule}.")
    return " ".join(told)


def short(value: Any) -> str:
    """Return a value as a sentence shows it: its beginning, if it is long."""
    try:
        text = repr(value)
    except RecursionError:
        return f"a {type(value).__name__} nested too deeply to show"
    return text if len(text) <= 60 else text[:57] + "..."
