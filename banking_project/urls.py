"""Addresses: which path leads to which view."""

from django.urls import path

from gateway.view import GraphQLView
from schema.root import gateway

urlpatterns = [
    path("graphql", GraphQLView.as_view(gateway=gateway())),
]
