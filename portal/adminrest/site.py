"""The root of the Administrator API, what the server is, and what it can publish."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from portal.adminrest import documents
from portal.adminrest.access import Act
from portal.adminrest.base import AdminView
from portal.adminrest.members import TYPE
from services.errors import NotFound
from services.models import Service
from services.registry import publishable


class SiteView(AdminView):
    """The root: which resources there are."""

    def get(self, request: Request, **names: str) -> Response:
        return Response(documents.site_document())


class SiteInfoView(AdminView):
    """Version and time zone."""

    def get(self, request: Request, **names: str) -> Response:
        return Response(documents.site_info_document(request.user.get_username()))


class TypesView(AdminView):
    """The types of services: GPServer, with the tools that it can publish."""

    acts = (Act(Service, "view"),)

    def get(self, request: Request, **names: str) -> Response:
        if names.get("type", TYPE).lower() != TYPE.lower():
            raise NotFound(f"type {names['type'][:100]} not found; there is {TYPE}")
        document = documents.types_document(publishable())
        return Response(document["types"][0] if "type" in names else document)


class ProvidersView(AdminView):
    """What runs services."""

    acts = (Act(Service, "view"),)

    def get(self, request: Request, **names: str) -> Response:
        providers = ["ArcObjects11"]
        return Response({"providers": providers, "enabledProviders": providers})


class NothingHereView(AdminView):
    """Any other path of the Administrator API."""

    def get(self, request: Request, **names: str) -> Response:
        raise NotFound("Invalid URL")
