"""Addresses: which path leads to which view."""

from django.conf import settings
from django.urls import path
from django.views.generic import RedirectView

from banking_project.administration.cases import site as administration
from banking_project.dashboard import dashboard_data
from banking_project.document_links import document_link
from banking_project.provider_notices import provider_notice
from gateway.explorer import dashboard_page
from gateway.rest.endpoints import read_endpoints
from gateway.rest.view import addresses
from gateway.view import GraphQLView
from schema.root import gateway

urlpatterns = [
    path("", RedirectView.as_view(url="/graphql")),
    path("graphql", GraphQLView.as_view(gateway=gateway())),
    *addresses(gateway(), read_endpoints(settings.BASE_DIR / "rest", gateway().schema)),
    path("metrics_dashboard.html", dashboard_page),
    path("metrics_dashboard.json", dashboard_data),
    path("admin/", administration.urls),
    path("documents/<str:token>", document_link),
    path("provider-notices/<str:code>", provider_notice),
]
