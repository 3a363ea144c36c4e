"""Where providers send their notices: `POST /provider-notices/<code>`, answered as soon as it is kept."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from domains.kernel.failures import Failure, Invalid, NotFound
from domains.transactions.notices import BODY_BYTES_MAX, receive


@csrf_exempt  # no cookie is read; the signature says who it is
@require_POST
def provider_notice(request: HttpRequest, code: str) -> HttpResponse:
    """Answer 204 to what is kept (also if it was told before), else 400, 401, 404 or 413."""
    if int(request.headers.get("content-length") or 0) > BODY_BYTES_MAX:
        return HttpResponse(status=413)
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        receive(provider_code=code, headers=headers, body=request.body)
    except NotFound:
        return HttpResponse(status=404)
    except Invalid:
        return HttpResponse(status=400)
    except Failure:
        return HttpResponse(status=401)
    return HttpResponse(status=204)
