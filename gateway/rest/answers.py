"""An answer of the gateway as REST gives it: the value itself with its status, or a problem (RFC 9457)."""

import json
from http import HTTPStatus
from typing import Any

from gateway.answer import Answer, encoded
from gateway.failures import RequestError
from gateway.http import HttpAnswer
from gateway.rest.endpoints import Endpoint
from gateway.rest.statuses import status_of

PROBLEM = "application/problem+json"


def answered(endpoint: Endpoint, answer: Answer, correlation_id: str) -> HttpAnswer:
    """Return the HTTP answer of an endpoint.

    Done: `{"data": …}` and, where single fields were kept back, `errors`. Not done: a problem with the code and
    every problem that was told. What is not there, or not to be known of, is 404.
    """
    body = json.loads(answer.body)
    errors = body.get("errors", [])
    value = _at(body.get("data"), endpoint.answer)
    if isinstance(value, dict) and value.get("problems"):
        return _of_problems(value, answer, correlation_id)
    if value is not None:
        told = {"data": value, **({"errors": errors} if errors else {})}
        return _http(endpoint.status, "application/json", told, answer.headers, correlation_id)
    if errors:
        first = errors[0]
        code = first["extensions"]["code"]
        status = answer.status if answer.status != 200 else status_of(code, default=500)
        more = {"errors": errors} if len(errors) > 1 else {}
        return problem(status, code, first["message"], correlation_id, headers=answer.headers, **more)
    message = "There is no such thing, or none that you may know of."
    return problem(404, "NOT_FOUND", message, correlation_id, headers=answer.headers)


def refused(error: RequestError, correlation_id: str) -> HttpAnswer:
    """Return the HTTP answer of a request that is no request of an endpoint."""
    return problem(error.status, error.code, str(error), correlation_id, headers=error.headers)


def problem(
    status: int, code: str, detail: str, correlation_id: str, *, headers: dict[str, str], **more: Any
) -> HttpAnswer:
    """Return a problem document with a stable code."""
    told = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code}
    content = {**told, "detail": detail, "correlationId": correlation_id, **more}
    return _http(status, PROBLEM, content, headers, correlation_id)


def _of_problems(value: dict[str, Any], answer: Answer, correlation_id: str) -> HttpAnswer:
    problems = value["problems"]
    first, headers = problems[0], dict(answer.headers)
    if first.get("retryAfter") is not None:
        headers["Retry-After"] = str(first["retryAfter"])
    status = status_of(first["code"], default=422)
    return problem(
        status, first["code"], first["message"], correlation_id, headers=headers, problems=problems
    )


def _at(data: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        data = data.get(name) if isinstance(data, dict) else None
    return data


def _http(
    status: int, media_type: str, content: Any, headers: dict[str, str], correlation_id: str
) -> HttpAnswer:
    body = encoded(content)
    fields = [
        ("Content-Type", media_type),
        ("Content-Length", str(len(body))),
        ("X-Correlation-ID", correlation_id),
        ("Cache-Control", "no-store"),
        *headers.items(),
    ]
    return HttpAnswer(status, fields, body)
