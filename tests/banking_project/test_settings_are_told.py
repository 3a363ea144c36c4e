"""The table of settings in README and the code name the same variables."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
OURS = ("banking_project", "domains", "gateway", "schema", "gunicorn.conf.py", "manage.py")
# What the program tells itself or another's library, and nobody sets.
UNTOLD = {"BANKING_SERVES", "DJANGO_SETTINGS_MODULE"}
# What is read by a library: OpenTelemetry's exporter.
READ_BY_LIBRARIES = {"OTEL_EXPORTER_OTLP_ENDPOINT"}


def trees() -> Iterator[ast.Module]:
    for name in OURS:
        path = ROOT / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            yield ast.parse(file.read_text())


def is_environ(node: ast.expr) -> bool:
    return ast.unparse(node) == "os.environ"


def asked_for(node: ast.AST) -> ast.expr | None:
    """Return the name that a node asks the environment for."""
    if isinstance(node, ast.Subscript) and is_environ(node.value):
        return node.slice
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and is_environ(node.func.value):
        return node.args[0] if node.args else None
    return None


def read_by_code() -> set[str]:
    """Return the variables that the code asks for, also through functions that take the name."""
    public = {name for tree in trees() for name in askers_of(tree, set()) if not name.startswith("_")}
    found: set[str] = set()
    for tree in trees():
        askers = askers_of(tree, public)
        names = [asked_through(node, askers) for node in ast.walk(tree)]
        found |= {str(name.value) for name in names if isinstance(name, ast.Constant)}
    return found


def askers_of(tree: ast.Module, known: set[str]) -> set[str]:
    """Return the known functions and those of a file that ask the environment for what they are given."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return known | {function.name for function in functions if hands_on_a_name(function, known)}


def hands_on_a_name(function: ast.FunctionDef, askers: set[str]) -> bool:
    """Tell whether a function asks the environment for what one of its arguments names."""
    arguments = {argument.arg for argument in function.args.args}
    names = [asked_through(node, askers) for node in ast.walk(function)]
    return any(isinstance(name, ast.Name) and name.id in arguments for name in names)


def asked_through(node: ast.AST, askers: set[str]) -> ast.expr | None:
    """Return the name that a node asks the environment for, by itself or through one of these functions."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in askers:
        return node.args[0]
    return asked_for(node)


def told_in_readme() -> set[str]:
    """Return the variables of README's tables of settings."""
    section = (ROOT / "README.md").read_text().partition("\n## Settings\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", row.split("|")[1])}


def named_in_code() -> set[str]:
    """Return every text in the code: some variables' names are handed on before they are asked for."""
    nodes = [node for tree in trees() for node in ast.walk(tree)]
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_every_variable_that_is_told_is_read() -> None:
    told, named = told_in_readme(), named_in_code() | READ_BY_LIBRARIES
    assert len(told) > 50
    assert [name for name in sorted(told) if not {name, name.removesuffix("_FILE")} & named] == []


def test_every_variable_that_is_read_is_told() -> None:
    """In README's tables, where an operator looks first."""
    assert sorted(read_by_code() - UNTOLD - told_in_readme()) == []
