"""The page that shows the endpoints to people: the OpenAPI document as HTML, without a script.

Its one style sheet stands in the page and is allowed by its digest, so nothing else has to be built or fetched.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from gateway.rest.endpoints import PARAMETER

STYLE = Path(__file__).parent.parent / "templates" / "gateway" / "rest.css"
NESTED_MAX = 12  # levels of an answer that are shown


@dataclass(frozen=True)
class Place:
    """One value that is sent or answered: how deep it stands, its name, and what it may be."""

    depth: int
    name: str
    kind: str
    required: bool
    description: str


@dataclass(frozen=True)
class Shown:
    """One endpoint as the page shows it."""

    anchor: str
    method: str
    path: str
    summary: str
    parameters: list[Place]
    body: list[Place]
    answers: list[tuple[str, list[Place]]]
    example: str


def page(document: dict[str, Any], *, base_url: str) -> str:
    """Return the page of an OpenAPI document of ours, with examples that ask at `base_url`."""
    shown = [
        _shown(document, path, method, operation, base_url)
        for path, operations in sorted(document["paths"].items())
        for method, operation in sorted(operations.items())
    ]
    groups: dict[str, list[Shown]] = {}
    for each in shown:
        groups.setdefault(each.path.split("/")[2], []).append(each)
    return render_to_string("gateway/rest.html", {"groups": groups, "style": _style()})


def policy() -> str:
    """Return the page's content security policy: its own style sheet, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )


@cache
def _style() -> SafeString:
    return mark_safe(STYLE.read_text("utf-8"))  # noqa: S308  a file of ours


def _shown(
    document: dict[str, Any], path: str, method: str, operation: dict[str, Any], base_url: str
) -> Shown:
    schema = _content(operation.get("requestBody", {}))
    return Shown(
        anchor=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        parameters=[
            Place(0, each["name"], _kind(each["schema"]), each["required"], f"in the {_where(each['in'])}")
            for each in operation["parameters"]
        ],
        body=_places(document, schema),
        answers=[
            (status, _places(document, _content(answer)["properties"]["data"]))
            for status, answer in operation["responses"].items()
            if status != "default"
        ],
        example=_example(document, path, method, operation, schema, base_url),
    )


def _content(described: dict[str, Any]) -> dict[str, Any]:
    media: dict[str, Any] = described.get("content", {}).get("application/json", {})
    return dict(media.get("schema", {}))


def _where(place: str) -> str:
    return {"query": "address, after ?"}.get(place, place)


def _places(document: dict[str, Any], schema: dict[str, Any], depth: int = 0) -> list[Place]:
    """Return what an object holds, what stands in it beneath it."""
    inner = _inner(document, schema)
    found: list[Place] = []
    for name, each in inner.get("properties", {}).items():
        required = name in inner.get("required", ())
        found.append(Place(depth, name, _kind(each), required, each.get("description", "")))
        if depth < NESTED_MAX:
            found += _places(document, each, depth + 1)
    return found


def _inner(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return the object in a schema: behind a reference, a list or the choice of null."""
    if "$ref" in schema:
        return dict(document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
    if "items" in schema:
        return _inner(document, schema["items"])
    for each in schema.get("anyOf", ()):
        if each != {"type": "null"}:
            return _inner(document, each)
    return schema


def _kind(schema: dict[str, Any]) -> str:
    """Return what a value may be, in words."""
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"])
    if "$ref" in schema:
        return "object"
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    kinds = schema.get("type", "any JSON")
    told = " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
    return f"list of {_kind(schema['items'])}" if "items" in schema else told


def _example(
    document: dict[str, Any],
    path: str,
    method: str,
    operation: dict[str, Any],
    schema: dict[str, Any],
    base_url: str,
) -> str:
    filled = PARAMETER.sub(r"$\1", path)  # variables of the shell: braces mean something to curl
    lines = [f'curl -s "{base_url}{filled}"', '-H "Authorization: Bearer $TOKEN"']
    if any(each["name"] == "Idempotency-Key" for each in operation["parameters"]):
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if method == "post":
        required = {
            place.name: "…" if place.kind.startswith("string") or "|" in place.kind else 1
            for place in _places(document, schema)
            if place.required and place.depth == 0
        }
        body = json.dumps(required, ensure_ascii=False)
        lines += ["-H 'Content-Type: application/json'", f"-d '{body}'"]
    return " \\\n  ".join(lines)
