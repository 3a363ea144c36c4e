"""The explorer's page: GraphiQL for browsers, from the built files in `explorer/dist/`.

Owns the page's links and its content security policy; not what the page does (see `explorer/`), nor when
it is answered instead of GraphQL (see the view).
"""

import json
from functools import cache
from string import Template
from typing import NotRequired, TypedDict

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

ENTRY = "source/main.tsx"
NOT_BUILT = "The explorer has not been built: run `make explorer` (it needs Node 20.19 or newer).\n"

# Monaco writes its colours and positions into style attributes and elements: only styles may be inline,
# and only here. Workers are files of ours, so neither blob: nor 'unsafe-eval' is needed.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self' data:",
        "img-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    )
)


class Chunk(TypedDict):
    """One built file in Vite's manifest, as far as the page needs it."""

    file: str
    css: NotRequired[list[str]]
    imports: NotRequired[list[str]]


def explorer_page(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  a view takes its request
    """Answer the explorer's page, or 503 and the command that builds it when it has not been built."""
    try:
        response = HttpResponse(_page())
    except FileNotFoundError:
        response = HttpResponse(NOT_BUILT, status=503, content_type="text/plain; charset=utf-8")
    response["Content-Security-Policy"] = POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Accept"
    return response


@cache
def _page() -> str:
    """Fill the page's template with its links, once for the process's life."""
    sources = settings.BASE_DIR / "explorer"
    manifest: dict[str, Chunk] = json.loads((sources / "dist/.vite/manifest.json").read_text("utf-8"))
    template = Template((sources / "page.html").read_text("utf-8"))
    return template.substitute(links=_links(manifest))


def _links(manifest: dict[str, Chunk]) -> SafeString:
    """Link the entry's script, the chunks it cannot start without, and all their style sheets."""
    chunks = _needed(manifest)
    lines = [
        format_html('<link rel="stylesheet" href="{}">', _address(sheet))
        for chunk in chunks
        for sheet in chunk.get("css", ())
    ]
    lines += [format_html('<link rel="modulepreload" href="{}">', _address(c["file"])) for c in chunks[:-1]]
    lines.append(format_html('<script type="module" src="{}"></script>', _address(chunks[-1]["file"])))
    return mark_safe("\n".join(lines))  # noqa: S308  every line was escaped above


def _needed(manifest: dict[str, Chunk]) -> list[Chunk]:
    """List the entry's chunk and all that it imports statically, each once, the entry last."""
    names = [ENTRY]
    for name in names:  # grows while it is walked
        names += [found for found in manifest[name].get("imports", ()) if found not in names]
    return [manifest[name] for name in reversed(names)]


def _address(file: str) -> str:
    return f"{settings.STATIC_URL}explorer/{file}"
