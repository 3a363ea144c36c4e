"""Addresses: which path leads to which view."""

from django.urls import path

from gateway.view import GraphQLView
from schema.gateway import build_gateway

urlpatterns = [
    path("graphql", GraphQLView.as_view(gateway=build_gateway())),
]
