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
    found: set[str] = set()
    for tree in trees():
        askers = {
            function.name
            for function in ast.walk(tree)
            if isinstance(function, ast.FunctionDef)
            for name in map(asked_for, ast.walk(function))
            if isinstance(name, ast.Name) and name.id in {argument.arg for argument in function.args.args}
        }
        for node in ast.walk(tree):
            name = asked_for(node)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in askers:
                name = node.args[0]
            if isinstance(name, ast.Constant):
                found.add(str(name.value))
    return found


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
