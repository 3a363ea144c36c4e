"""Pages for browsers, from the built files in `explorer/dist/`: GraphiQL, and the dashboard of operations.

Owns the pages' links and their content security policy; not what they do (see `explorer/`), nor when they are
answered.
"""

import json
from functools import cache
from string import Template
from typing import NotRequired, TypedDict

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

EXPLORER, DASHBOARD = ("page.html", "source/main.tsx"), ("dashboard.html", "source/dashboard/main.tsx")
NOT_BUILT = "The pages have not been built: run `make explorer` (it needs Node 20.19 or newer).\n"

STRICT = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "font-src 'self' data:",
    "img-src 'self' data:",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
)
# Monaco writes its colours and positions into style attributes and elements: only styles may be inline,
# and only there. Workers are files of ours, so neither blob: nor 'unsafe-eval' is needed.
POLICY = "; ".join((*STRICT, "worker-src 'self'")).replace(
    "style-src 'self'", "style-src 'self' 'unsafe-inline'"
)


class Chunk(TypedDict):
    """One built file in Vite's manifest, as far as the page needs it."""

    file: str
    css: NotRequired[list[str]]
    imports: NotRequired[list[str]]


def explorer_page(request: HttpRequest) -> HttpResponse:
    """Answer the explorer's page, or 503 and the command that builds it when it has not been built."""
    feed = _feed(request)
    response = _answered(
        EXPLORER, POLICY.replace("connect-src 'self'", f"connect-src 'self' {feed}".strip()), feed=feed
    )
    response["Vary"] = "Accept"
    return response


def dashboard_page(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  likewise
    """Answer the dashboard's page, which holds no figure: it asks for them with its reader's token."""
    return _answered(DASHBOARD, "; ".join(STRICT))


def _feed(request: HttpRequest) -> str:
    """Return where the live feed answers subscriptions: nothing where a proxy puts it at our own address."""
    if settings.PRODUCTION:
        return ""
    host, _ = split_domain_port(request.get_host())
    return f"{request.scheme}://{host}:{settings.FEED_PORT}"


def _answered(page: tuple[str, str], policy: str, **filled: str) -> HttpResponse:
    try:
        response = HttpResponse(
            _page(*page).safe_substitute({name: escape(text) for name, text in filled.items()})
        )
    except FileNotFoundError:
        response = HttpResponse(NOT_BUILT, status=503, content_type="text/plain; charset=utf-8")
    response["Content-Security-Policy"] = policy
    response["X-Content-Type-Options"] = "nosniff"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    return response


@cache
def _page(file: str, entry: str) -> Template:
    """Fill a page's template with its links, once for the process's life; what a request decides is left."""
    sources = settings.BASE_DIR / "explorer"
    manifest: dict[str, Chunk] = json.loads((sources / "dist/.vite/manifest.json").read_text("utf-8"))
    template = Template((sources / file).read_text("utf-8"))
    return Template(template.safe_substitute(links=_links(manifest, entry)))


def _links(manifest: dict[str, Chunk], entry: str) -> SafeString:
    """Link the entry's script, the chunks it cannot start without, and all their style sheets."""
    chunks = _needed(manifest, entry)
    lines = [
        format_html('<link rel="stylesheet" href="{}">', _address(sheet))
        for chunk in chunks
        for sheet in chunk.get("css", ())
    ]
    lines += [format_html('<link rel="modulepreload" href="{}">', _address(c["file"])) for c in chunks[:-1]]
    lines.append(format_html('<script type="module" src="{}"></script>', _address(chunks[-1]["file"])))
    return mark_safe("\n".join(lines))  # noqa: S308  every line was escaped above


def _needed(manifest: dict[str, Chunk], entry: str) -> list[Chunk]:
    """List the entry's chunk and all that it imports statically, each once, the entry last."""
    names = [entry]
    for name in names:  # grows while it is walked
        names += [found for found in manifest[name].get("imports", ()) if found not in names]
    return [manifest[name] for name in reversed(names)]


def _address(file: str) -> str:
    return f"{settings.STATIC_URL}explorer/{file}"
