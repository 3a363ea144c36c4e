"""Where providers send their notices: `POST /provider-notices/<code>`, answered as soon as it is kept."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from domains.kernel import trace
from domains.kernel.failures import Failure, Invalid, NotFound
from domains.transactions.notices import BODY_BYTES_MAX, receive
from gateway import tracing
from gateway.http import correlation_id_of


@csrf_exempt  # no cookie is read; the signature says who it is
@require_POST
def provider_notice(request: HttpRequest, code: str) -> HttpResponse:
    """Answer 204 to what is kept (also if it was told before), else 400, 401, 404 or 413."""
    if int(request.headers.get("content-length") or 0) > BODY_BYTES_MAX:
        return HttpResponse(status=413)
    if "\x00" in code:  # nobody's, and PostgreSQL would not even look for it
        return HttpResponse(status=404)
    begun = tracing.begun(request.headers.get("traceparent"), correlation_id=correlation_id_of(request.META))
    standing = trace.stand(replace(begun.place, span_id=begun.parent_id))
    try:
        with trace.span("provider notice", kind="SERVER") as told:
            told.attributes["http.response.status_code"] = status = _received(request, code)
    finally:
        trace.leave(standing)
    return HttpResponse(status=status, headers={"X-Correlation-ID": begun.correlation_id})


def _received(request: HttpRequest, code: str) -> int:
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        receive(provider_code=code, headers=headers, body=request.body)
    except NotFound:
        return 404
    except Invalid:
        return 400
    except Failure:
        return 401
    return 204
