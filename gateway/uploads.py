"""Uploads, after the GraphQL multipart request specification (jaydenseric): `operations`, `map`, then the files.

A form of another site can send multipart without asking first, so a header is demanded that it can't set. Files
are read only from who brings credentials, as many and as large as the limits say, and never touch the disk.
"""

import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NewType

import strawberry
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from graphql import GraphQLError

from domains.kernel.json_values import no_constant
from gateway.failures import refuse
from gateway.limits import exceeded

MULTIPART = "multipart/form-data"
PREFLIGHT = ("HTTP_GRAPHQL_PREFLIGHT", "HTTP_GRAPHQL_REQUIRE_PREFLIGHT", "HTTP_APOLLO_REQUIRE_PREFLIGHT")
FILES_MAX = 5
PLACE = re.compile("[0-9]{1,6}")  # in a list


@dataclass(frozen=True)
class Upload:
    """A file as it came: its content, and nothing of what the sender says it is. Never printed."""

    content: bytes = field(repr=False)


class Collected(FileUploadHandler):
    """Keeps files in memory: the body is, too, and is bounded."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def new_file(self, *args: Any, **options: Any) -> None:
        """Begin a file."""
        super().new_file(*args, **options)
        self._parts = []

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002 - Django's signature
        """Take a piece."""
        self._parts.append(raw_data)

    def file_complete(self, file_size: int) -> Any:  # noqa: ARG002 - likewise
        """Return the file; the parser gathers what is returned."""
        return Upload(b"".join(self._parts))


def from_multipart(environ: Mapping[str, Any], read: Callable[[int], bytes], length: int) -> Any:
    """Return the operation of a multipart request, its files in the variables' places.

    Raises RequestError for anything that the specification does not allow.
    """
    if not any(environ.get(name) for name in PREFLIGHT):
        raise refuse("Send the header GraphQL-Preflight: 1 with files.", "UNSUPPORTED_MEDIA_TYPE", status=415)
    if not (environ.get("HTTP_AUTHORIZATION") or environ.get("HTTP_X_API_KEY")):
        raise refuse("Files are taken only from who says who they are.", "UNAUTHENTICATED", status=401)
    allowed = settings.UPLOAD_BYTES_MAX
    if length > allowed:
        raise exceeded("Bytes of the body", "BODY_TOO_LARGE", found=length, allowed=allowed, status=413)
    fields, files = _parts(environ, read(length), length)
    operation, places = _json(fields.get("operations"), "operations"), _json(fields.get("map"), "map")
    if len(files) > FILES_MAX or len(places) > FILES_MAX:
        found = max(len(files), len(places))
        raise exceeded("Files of one request", "TOO_MANY_FILES", found=found, allowed=FILES_MAX)
    if set(places) != set(files):
        raise _malformed("`map` must name every file, and no other.")
    for name, paths in places.items():
        if not isinstance(paths, list) or len(paths) != 1 or not isinstance(paths[0], str):
            raise _malformed("`map` must give each file one place, such as variables.file.")
        _put(operation, paths[0], files[name])
    return operation


def _parts(environ: Mapping[str, Any], body: bytes, length: int) -> tuple[Mapping[str, Any], dict[str, Any]]:
    meta = {**environ, "CONTENT_LENGTH": str(length)}
    try:
        fields, files = MultiPartParser(meta, io.BytesIO(body), [Collected()], "utf-8").parse()
    except (MultiPartParserError, SuspiciousOperation, RequestDataTooBig):
        raise _malformed("The body is not the multipart that its Content-Type says.") from None
    return fields, {name: files[name] for name in files}


def _json(text: Any, name: str) -> dict[str, Any]:
    try:
        value = json.loads(text, parse_constant=no_constant)
    except (TypeError, ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise _malformed(f"`{name}` must be a JSON object; batches are not served.")
    return value


def _put(operation: dict[str, Any], path: str, upload: Upload) -> None:
    """Put a file where the operation has null, as the specification asks."""
    *steps, last = path.split(".")
    place: Any = operation
    if steps[:1] != ["variables"]:
        raise _malformed("A file's place is in `variables`.")
    for step in steps:
        place = _inside(place, step)
    if _inside(place, last) is not None:
        raise _malformed("Where a file belongs, `operations` must have null.")
    place[int(last) if isinstance(place, list) else last] = upload


def _inside(place: Any, step: str) -> Any:
    if isinstance(place, dict) and step in place:
        return place[step]
    if isinstance(place, list) and PLACE.fullmatch(step) and int(step) < len(place):
        return place[int(step)]
    raise _malformed("`map` names a place that `operations` does not have.")


def _malformed(message: str) -> Exception:
    return refuse(message, "BAD_REQUEST")


def parse_upload(value: Any) -> Upload:
    """Accept a file that came with a multipart request; nothing that JSON can hold is one."""
    if not isinstance(value, Upload):
        raise GraphQLError(
            "expected a file of a multipart request, as null in `operations` and a place in `map`"
        )
    return value


File = NewType("File", Upload)
UPLOAD: dict[Any, Any] = {
    File: strawberry.scalar(
        name="Upload",
        description="A file of a multipart request (github.com/jaydenseric/graphql-multipart-request-spec).",
        parse_value=parse_upload,
    )
}
