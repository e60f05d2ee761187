"""Every sentence that the library says, read from its code: templates with ``{}`` where a value comes.

A sentence is any text of more than a word that is no docstring, annotation or description of a field. Texts that are
put together where they are used (``f"It holds {'one' if n == 1 else many}."``) are told in each form they may take.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path

import ganlab

ROOT = Path(ganlab.__file__).parent
ROOMS = (
    "data",
    "members",
    "fusion",
    "runs",
    "training",
    "spec",
    "ensembles",
    "metrics",
    "networks",
    "objectives",
    "toys",
)
ALONE = ("errors.py", "device.py", "images.py", "files.py", "seeds.py", "choice.py", "family.py", "ui/jobs.py")
# What describes: titles and sentences for people who choose have a place of their own (``zh/families.toml``).
VERDICTS = ("cli/augment.py",)  # verbs whose verdict a page shows
DESCRIBES = {
    "Field",
    "entry",
    "Family",
    "cast",
    "TypeVar",
    "getLogger",
    "Literal",
    "Measure",
    "compile",
    "debug",
    "Option",
}
PLACE = "{}"


def said_by(path: Path) -> set[str]:
    """Return the templates of all sentences of a file."""
    used: set[ast.AST] = set()
    found = [(node, _forms(node, known, used), whole) for node, known, whole in _told(path)]
    return {form for node, forms, whole in found if node not in used for form in forms if whole or _says(form)}


def sentences() -> dict[str, str]:
    """Return all templates that a page may meet, and the file that says each."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name.split("/")[0] in (*ROOMS, "ui", "cli") or name in ALONE:
            found |= dict.fromkeys(said_by(path), name)
    return found


def texts() -> set[str]:
    """Return every text in the code as a template, words as well as sentences."""
    found: set[str] = set()
    for path in ROOT.rglob("*.py"):
        for function, known in _functions(_tree(path)):
            alone = isinstance(function, ast.Module)
            for node in ast.walk(function):
                if isinstance(node, ast.Constant if alone else ast.JoinedStr):
                    found.update(_forms(node, known, set()))
    return found


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _told(path: Path) -> Iterator[tuple[ast.expr, dict[str, ast.expr], bool]]:
    """Yield what says something, the names that its function gives a text once, and whether a single word will do."""
    tree, name = _tree(path), path.relative_to(ROOT).as_posix()
    own = name in ALONE or not name.startswith(("ui/", "cli/"))
    for function, known in _functions(tree):
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and _called(node) == "Progress" and node.args:
                yield node.args[0], known, True  # a verb that a page asks for is watched there
            elif isinstance(node, ast.Raise) and node.exc is not None and name.startswith("ui/"):
                yield from ((each, known, False) for each in _texts(node.exc))
        if own or (name in VERDICTS and getattr(function, "name", "") == "verdict"):
            yield from ((each, known, False) for each in _texts(function, own=True))


def _functions(tree: ast.Module) -> Iterator[tuple[ast.AST, dict[str, ast.expr]]]:
    yield tree, {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            given: dict[str, list[ast.expr]] = {}
            for each in ast.walk(node):
                if isinstance(each, ast.Assign) and len(each.targets) == 1 and isinstance(each.targets[0], ast.Name):
                    given.setdefault(each.targets[0].id, []).append(each.value)
            yield node, {name: values[0] for name, values in given.items() if len(values) == 1}


def _texts(node: ast.AST, own: bool = False) -> Iterator[ast.expr]:
    """Yield the texts below a node; with ``own`` those of functions inside it are left to them."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node
    elif isinstance(node, ast.JoinedStr):
        yield node
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                yield from _texts(part.value)
    elif not (isinstance(node, ast.Call) and _called(node) in DESCRIBES):
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "type_params", "slice"):
                continue
            for each in value if isinstance(value, list) else [value]:
                documents = isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
                others = own and isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
                if isinstance(each, ast.AST) and not documents and not others:
                    yield from _texts(each, own)


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _forms(node: ast.expr, known: dict[str, ast.expr], used: set[ast.AST]) -> list[str]:
    """Return the templates that a text may become, and note which other texts went into it."""
    match node:
        case ast.Constant(value=str(text)):
            return [text.replace("{", "").replace("}", "")]
        case ast.JoinedStr(values=parts):
            forms = [_part(part, known, used) for part in parts]
            return list(dict.fromkeys(re.sub(r"(\{\})+", PLACE, "".join(form)) for form in product(*forms)))
        case ast.IfExp(body=one, orelse=other):
            used |= {one, other}
            return [*_forms(one, known, used), *_forms(other, known, used)]
        case ast.BoolOp(op=ast.Or(), values=[_, ast.Constant() as last]):
            used.add(last)
            return [PLACE, *_forms(last, known, used)]
        case ast.BinOp(left=ast.Constant(value=str(ending)), op=ast.Mult()):
            return ["", ending]
        case ast.Name(id=name) if isinstance(known.get(name), ast.IfExp | ast.JoinedStr | ast.Constant):
            used.add(known[name])
            return _forms(known[name], {each: value for each, value in known.items() if each != name}, used)
    return [PLACE]


def _part(part: ast.expr, known: dict[str, ast.expr], used: set[ast.AST]) -> list[str]:
    if not isinstance(part, ast.FormattedValue):
        return _forms(part, known, used)
    return _forms(part.value, known, used) if part.conversion == -1 and part.format_spec is None else [PLACE]


def _says(template: str) -> bool:
    """Return whether a template is of words: two at least, or one beside a place."""
    words = re.findall(r"[A-Za-z]{2,}", template.replace(PLACE, " "))
    return " " in template.strip() and any(word.islower() or len(words) > 1 or PLACE in template for word in words)
