"""One view that parses the body and answers a constant."""

import json

from django.http import HttpRequest, HttpResponse
from django.urls import path


def graphql(request: HttpRequest) -> HttpResponse:
    """Read the request as a GraphQL server must, and answer nothing."""
    asked = json.loads(request.body)
    assert isinstance(asked["query"], str)
    return HttpResponse(b'{"data":{}}', content_type="application/json")


urlpatterns = [path("graphql", graphql)]
