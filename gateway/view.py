"""The one address of the graph beneath Django: answers operations, and shows the explorer to browsers."""

from typing import ClassVar

from django.http import HttpRequest, HttpResponse
from django.views import View

from gateway.explorer import explorer_page
from gateway.http import respond
from gateway.pipeline import Gateway


class GraphQLView(View):
    """Answers GraphQL over HTTP (see `gateway.http`), and a browser that asks for a page with the explorer."""

    gateway: ClassVar[Gateway | None] = None
    http_method_names = ["get", "post", "options"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Answer a query from the address, or show the explorer."""
        asks = request.GET.keys() & {"query", "documentId", "extensions"}
        if not asks and "text/html" in request.headers.get("Accept", ""):
            return explorer_page(request)
        return self._respond(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Answer an operation from the body."""
        return self._respond(request)

    def _respond(self, request: HttpRequest) -> HttpResponse:
        assert self.gateway is not None, "the view is made with as_view(gateway=…)"
        answer = respond(self.gateway, request.META, request.read)
        return HttpResponse(answer.body, status=answer.status, headers=dict(answer.headers))
