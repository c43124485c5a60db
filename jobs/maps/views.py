"""The result map service of a job over HTTP."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpResponseBase
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response

from jobs.access.job_resource import JobResourceView, finished
from jobs.access.signed import SignedPictureView
from jobs.child.lookups import FIND, IDENTIFY
from jobs.maps.documents import layer_document, map_document
from jobs.maps.layers import MapLayer, layer_of, map_layers, map_reference
from jobs.maps.pictures import (
    ask,
    drawn,
    given,
    picture,
    picture_document,
)
from jobs.models import Job
from jobs.processes.answers import child_response
from services.drawing.files import FORMATS
from services.errors import NotFound
from services.formats import DOCUMENTS, IMAGE
from services.views import RestView

_FIELDS = (
    ("bbox", "Bounding Box"), ("bboxSR", "Bounding Box Spatial Reference"),
    ("layers", "Layers"), ("size", "Image Size"),
    ("imageSR", "Image Spatial Reference"), ("dpi", "DPI"), ("mapScale", "Map Scale"),
    ("transparent", "Transparent"), ("time", "Time"),
    ("dynamicLayers", "Dynamic Layers"),
)  # fmt: skip
_HOW = "The map of a job is at jobs/ and the job's id, below this service."


class MapServiceView(RestView):
    """The map service of a geoprocessing service; only the maps of jobs have layers."""

    template = "directory/map.html"

    def get(self, request: HttpRequest, **names: str) -> Response:
        return Response(map_document(with_maps(self), [], _HOW))


def with_maps(view: RestView) -> Any:
    """Return the service of a view. Raises NotFound if it has no result maps."""
    service = view.found()
    if not service.row.has_result_maps:
        raise NotFound(f"service {service.row.path}/MapServer not found")
    return service


class MapResourceView(JobResourceView):
    """What everything below the map of a job shares: the job, with results."""

    takes_shares = True

    def mapped_job(self) -> Job:
        """Return the job. Raises NotFound if its service has no maps."""
        with_maps(self)
        job = self.job()
        if job.mode != Job.Mode.ASYNC:
            raise NotFound("Job not found")
        return finished(job)

    def layers(self) -> list[MapLayer]:
        """Return the layers of the map."""
        return map_layers(self.mapped_job())


class MapView(MapResourceView):
    """The map of a job that has succeeded.

    OpenLayers puts ``export`` behind addresses that end in MapServer only, and asks
    the map itself for pictures.
    """

    template = "directory/map.html"
    formats = (*DOCUMENTS, IMAGE)

    def get(self, request: HttpRequest, **names: str) -> HttpResponseBase:
        if request.accepted_renderer.format == IMAGE:
            return picture(self, self.mapped_job())
        return Response(map_document(self.found(), self.layers()))


class LayersView(MapResourceView):
    """All layers and tables of a map, each in full."""

    def get(self, request: HttpRequest, **names: str) -> HttpResponseBase:
        layers = self.layers()
        most = self.found().row.max_page_rows
        documents = [(one.is_table, layer_document(one, most)) for one in layers]
        return Response(
            {
                "layers": [one for is_table, one in documents if not is_table],
                "tables": [one for is_table, one in documents if is_table],
            }
        )


class LayerView(MapResourceView):
    """One layer or table of a map."""

    def get(self, request: HttpRequest, **names: str) -> HttpResponseBase:
        layer = layer_of(self.layers(), names["layer"])
        return Response(layer_document(layer, self.found().row.max_page_rows))


class LegendView(MapResourceView):
    """The symbols of a map."""

    def get(self, request: HttpRequest, **names: str) -> HttpResponseBase:
        job = self.mapped_job()
        layers = [one for one in map_layers(job) if not one.is_table]
        form = given(self.form, ["dynamicLayers"])
        return child_response(self, ask(job, "legend", form, layers), "legend")


class ExportView(MapResourceView):
    """A picture of a map, or where it is."""

    template = "directory/export.html"
    formats = (*DOCUMENTS, IMAGE)
    picture_formats = tuple(FORMATS)

    def get(self, request: HttpRequest, **names: str) -> HttpResponseBase:
        job = self.mapped_job()
        if request.accepted_renderer.format == IMAGE:
            return picture(self, job)
        return Response(picture_document(self, job))

    @property
    def fields(self) -> list[dict[str, str]]:
        """The fields of the page's form, as they were sent."""
        return [{"name": name, "label": label, "value": self.form.get(name)}
                for name, label in _FIELDS]  # fmt: skip

    @property
    def chosen_format(self) -> str:
        """The format that was sent."""
        return self.form.get("format", "png").lower()


class LookupView(MapResourceView):
    """What a child finds in the layers of a map."""

    kind = ""
    parameters: tuple[str, ...] = ()

    def get(self, request: HttpRequest, **names: str) -> HttpResponseBase:
        job = self.mapped_job()
        layers = [one for one in map_layers(job) if not one.is_table]
        form = given(self.form, self.parameters)
        reference = orjson.dumps(map_reference(layers).to_json()).decode()
        reply = ask(job, self.kind, {"sr": reference} | form, layers)
        return child_response(self, reply, self.kind)


class IdentifyView(LookupView):
    """The features near a place."""

    kind = "identify"
    parameters = IDENTIFY


class FindView(LookupView):
    """The features that hold a text."""

    kind = "find"
    parameters = FIND


class PictureView(SignedPictureView):
    """A picture of a map at the address that a document gave."""

    kind = "MapServer"

    def drawn(self, job: Job, form: dict[str, str]) -> HttpResponseBase:
        return drawn(job, form, map_layers(job))
