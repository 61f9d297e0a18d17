"""What every function and every error of the package promises, read from its source."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from types import ModuleType

import formbook
from formbook.errors import FormbookError

PACKAGE = Path(formbook.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
ARRAY_WORK = ("imaging", "recognize", "training")
TRAIN_ONLY = {"onnx", "torch"}
SHAPE = re.compile(r"\((\w+|\d+)(, ?(\w+|\d+))*,?\)")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Public:
    """A function that another module may call."""

    name: str
    node: Function

    @property
    def docstring(self) -> str:
        return ast.get_docstring(self.node) or ""

    def section(self, title: str) -> str:
        """The lines of the docstring below `title:` and deeper than it."""
        found = re.search(rf"^{title}:(.*(?:\n(?: .*)?)*)", self.docstring, re.MULTILINE)
        return found[1] if found else ""

    def raised(self) -> set[str]:
        """The names of the exceptions that its own body raises."""
        return {
            name.rpartition(".")[2]
            for node in _own_nodes(self.node)
            if isinstance(node, ast.Raise) and (name := _class_raised(node))
        }

    @property
    def is_attribute(self) -> bool:
        """Whether callers see it as a value, which has a shape but no method behind it."""
        return any(_names_in(d) & {"property", "cached_property"} for d in self.node.decorator_list)

    def takes_or_gives_arrays(self, aliases: set[str]) -> bool:
        arguments = self.node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        annotations = [argument.annotation for argument in every] + [self.node.returns]
        return any(_names_in(annotation) & aliases for annotation in annotations if annotation)


def _own_nodes(function: Function) -> Iterator[ast.AST]:
    """Walk a function without the functions and classes inside it."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        if not isinstance(node, Function | ast.ClassDef | ast.Lambda):
            yield node
            waiting.extend(ast.iter_child_nodes(node))


def _class_raised(node: ast.Raise) -> str | None:
    """The name of the class that a statement raises, if it names one."""
    raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    name = ast.unparse(raised) if raised else ""
    return name if name.rpartition(".")[2][:1].isupper() else None


def _names_in(node: ast.expr) -> set[str]:
    """The names in an annotation, those inside quotes too."""
    names = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            names.add(part.id)
        elif isinstance(part, ast.Attribute):
            names.add(part.attr)
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            names |= set(re.findall(r"\w+", part.value))
    return names


def _is_protocol(node: ast.ClassDef) -> bool:
    """Whether a class only says what others do."""
    return any("Protocol" in _names_in(base) for base in node.bases)


def _public_functions(tree: ast.Module) -> Iterator[Public]:
    for node in tree.body:
        if isinstance(node, Function) and not node.name.startswith("_"):
            yield Public(node.name, node)
        elif isinstance(node, ast.ClassDef) and not (
            node.name.startswith("_") or _is_protocol(node)
        ):
            for method in node.body:
                if isinstance(method, Function) and not method.name.startswith("_"):
                    yield Public(f"{node.name}.{method.name}", method)


@functools.cache
def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def _array_aliases(trees: list[ast.Module]) -> set[str]:
    """`NDArray`, `ndarray` and every name that the package gives to a type made of them."""
    aliases = {"NDArray", "ndarray"}
    for tree in trees:
        for node in tree.body:
            value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
            names = _names_in(value) if isinstance(value, ast.Subscript) else set()
            if names & aliases and "Callable" not in names:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                aliases |= {target.id for target in targets if isinstance(target, ast.Name)}
    return aliases


def _module(path: Path) -> ModuleType:
    """Import a module; one that cannot be without the extra `train` stands empty."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    name = ".".join(parts).removesuffix(".__init__")
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name not in TRAIN_ONLY:
            raise
        return ModuleType(name)


def _missing_for_arrays(function: Public) -> list[str]:
    missing = []
    if not SHAPE.search(function.docstring):
        missing.append("a shape such as (H, W)")
    if "Source:" not in function.docstring and not function.is_attribute:
        missing.append("Source:")
    return missing


def _unlisted(function: Public) -> set[str]:
    listed = set(re.findall(r"\w+", function.section("Raises")))
    return function.raised() - listed


def _wrong_fields(call: ast.Call, kind: type[FormbookError]) -> str | None:
    """How the keywords of a call differ from the fields of the error's message."""
    if kind.__init__ is not FormbookError.__init__:
        try:
            inspect.signature(kind).bind(
                *call.args, **{keyword.arg or "": keyword.value for keyword in call.keywords}
            )
        except TypeError as error:
            return str(error)
        return None
    fields = {name for _, name, _, _ in Formatter().parse(kind.message) if name is not None}
    passed = {keyword.arg for keyword in call.keywords}
    if call.args:
        return "takes its fields by name"
    return None if passed == fields else f"message names {sorted(fields)}"


def _error_calls(tree: ast.Module, module: ModuleType) -> Iterator[tuple[ast.Call, type]]:
    """Each place where an error of ours is made, `raise X` without brackets included."""
    known = vars(module)
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name):
            call = ast.copy_location(ast.Call(node.exc, [], []), node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            call = node
        else:
            continue
        kind = known.get(call.func.id) if isinstance(call.func, ast.Name) else None
        if isinstance(kind, type) and issubclass(kind, FormbookError):
            yield call, kind


def _all_public() -> Iterator[tuple[Path, Public]]:
    for path in SOURCES:
        for function in _public_functions(_parse(path)):
            yield path.relative_to(PACKAGE), function


def test_a_function_on_arrays_states_their_shape_and_its_source() -> None:
    aliases = _array_aliases([_parse(path) for path in SOURCES])
    assert {
        f"{path}: {function.name}": missing
        for path, function in _all_public()
        if path.parts[0] in ARRAY_WORK
        and function.takes_or_gives_arrays(aliases)
        and (missing := _missing_for_arrays(function))
    } == {}


def test_a_public_function_lists_what_it_raises() -> None:
    assert {
        f"{path}: {function.name}": unlisted
        for path, function in _all_public()
        if path.parts[0] != "cli"  # a command's docstring is the help that people read
        and (unlisted := _unlisted(function))
    } == {}


def test_an_error_is_given_the_fields_that_its_message_names() -> None:
    assert {
        f"{path.relative_to(PACKAGE)}:{call.lineno}: {kind.__name__}": wrong
        for path in SOURCES
        for call, kind in _error_calls(_parse(path), _module(path))
        if (wrong := _wrong_fields(call, kind))
    } == {}


def test_a_module_stays_short() -> None:
    lengths = {
        str(path.relative_to(PACKAGE)): len(path.read_text(encoding="utf-8").splitlines())
        for path in SOURCES
    }
    assert {path: lines for path, lines in lengths.items() if lines > 400} == {}
