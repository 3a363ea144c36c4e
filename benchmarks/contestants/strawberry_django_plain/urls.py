"""One address, one view: the library's own."""

from django.urls import path
from strawberry.django.views import GraphQLView

from benchmarks.contestants.strawberry_django_plain.schema import schema

urlpatterns = [path("graphql", GraphQLView.as_view(schema=schema, graphql_ide=None))]
