"""The children of a service that describe it: info, metadata, thumbnail, schema."""

from __future__ import annotations

from django.conf import settings
from django.http import FileResponse, HttpResponse, HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from services import iteminfo
from services.views import RestView
from services.wire import encode

_XML = "application/xml; charset=utf-8"


class InfoListView(RestView):
    """What ``info`` holds."""

    template = "directory/info.html"

    def get(self, request: Request, **names: str) -> Response:
        self.found()
        return Response(iteminfo.info_document())


class ItemInfoView(RestView):
    """The item of a service."""

    def get(self, request: Request, **names: str) -> Response:
        service = self.found()
        url = f"{self.root_url()}/rest/services/{service.row.path}/GPServer"
        return Response(iteminfo.iteminfo_document(service, url))


class ServiceMetadataView(RestView):
    """The metadata of a service, as XML whatever ``f`` says."""

    is_file = True

    def get(self, request: Request, **names: str) -> HttpResponse:
        body = iteminfo.service_metadata(self.found())
        return HttpResponse(body, content_type=_XML)


class TaskMetadataView(RestView):
    """The metadata of a task, as XML whatever ``f`` says."""

    is_file = True

    def get(self, request: Request, **names: str) -> HttpResponse:
        body = iteminfo.task_metadata(self.found().task(names["task"]))
        return HttpResponse(body, content_type=_XML)


class ThumbnailView(RestView):
    """The picture of a service: 200 x 133 pixels, PNG."""

    is_file = True

    def get(self, request: Request, **names: str) -> HttpResponseBase:
        self.found()
        path = settings.BASE_DIR / "services" / "data" / "thumbnail.png"
        return FileResponse(path.open("rb"), content_type="image/png")


class JsonSchemaView(RestView):
    """The JSON Schema of the data types and of a service's values."""

    is_file = True

    def get(self, request: Request, **names: str) -> HttpResponse:
        body = encode(iteminfo.json_schema(self.found()))
        return HttpResponse(body, content_type="application/schema+json")
