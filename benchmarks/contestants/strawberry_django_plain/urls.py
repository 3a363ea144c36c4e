"""Two addresses, the library's own view on each: lists, and connections."""

from django.urls import path
from strawberry.django.views import GraphQLView

from benchmarks.contestants.strawberry_django_plain import connections, lists

urlpatterns = [
    path("lists", GraphQLView.as_view(schema=lists.schema, graphql_ide=None)),
    path("connections", GraphQLView.as_view(schema=connections.schema, graphql_ide=None)),
]
