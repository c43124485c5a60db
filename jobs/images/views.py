"""The image services of the rasters of a job over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from django.http import HttpResponseBase
from rest_framework.request import Request as HttpRequest
from rest_framework.response import Response

from jobs.access.job_resource import JobResourceView, finished
from jobs.access.signed import SignedPictureView, picture_address
from jobs.child.image_options import (
    IMAGE_FORMATS,
    JPGPNG,
    NAMES,
    ImageOptions,
    parse_image_options,
)
from jobs.child.images import IDENTIFY, STATISTICS
from jobs.documents import mapped_outputs, output_entry
from jobs.images.documents import (
    file_format,
    functions_document,
    image_document,
    properties_document,
    raster_of,
    statistics_document,
)
from jobs.maps.documents import extent_document
from jobs.maps.layers import MapLayer, map_layer
from jobs.maps.pictures import ask, given
from jobs.models import Job
from jobs.processes.answers import child_response, picture_response
from services.errors import InvalidParameters, NotFound, Problem
from services.formats import DOCUMENTS, IMAGE
from services.geometry.extents import Extent
from services.rasters.description import RasterDescription

_FIELDS = (
    ("bbox", "Bounding Box"), ("bboxSR", "Bounding Box Spatial Reference"),
    ("size", "Image Size"), ("imageSR", "Image Spatial Reference"),
    ("pixelType", "Pixel Type"), ("noData", "No Data"),
    ("interpolation", "Interpolation"), ("bandIds", "Band Ids"),
    ("renderingRule", "Rendering Rule"),
)  # fmt: skip


def raster_layer(job: Job, parameter: str) -> MapLayer:
    """Return the raster of an output of a job. Raises NotFound if it is none."""
    name = output_entry(job, parameter)["name"]
    for number, entry in enumerate(mapped_outputs(job)):
        if entry["name"] == name and "raster" in entry:
            return map_layer(job, number)
    raise NotFound(f"the result '{name}' of job {job.pk} is no raster")


class ImageResourceView(JobResourceView):
    """What everything below an image service shares: the job and its raster."""

    takes_shares = True

    def found_raster(self) -> tuple[Job, MapLayer]:
        """Return the job and the raster of the path, for whoever may see results."""
        job = self.job()
        if job.mode != Job.Mode.ASYNC:
            raise NotFound("Job not found")
        return job, raster_layer(finished(job), self.kwargs["parameter"])


class ImageServiceView(ImageResourceView):
    """The image service of a raster."""

    template = "directory/image.html"

    def get(self, request: HttpRequest, **names: str) -> HttpResponseBase:
        _, layer = self.found_raster()
        return Response(image_document(self.found(), layer))


class ImageOperationView(ImageResourceView):
    """What else is told of a raster: from its manifest, or by a child that looks."""

    def get(self, request: HttpRequest, **names: str) -> HttpResponseBase:
        job, layer = self.found_raster()
        operation = names["operation"].lower()
        if operation in _DOCUMENTS:
            return Response(_DOCUMENTS[operation](raster_of(layer)))
        lookup = _LOOKUPS[operation]
        form = given(self.form, lookup.parameters)
        if lookup.parameters and "geometry" not in form:
            raise InvalidParameters([Problem("geometry", "a value is required")])
        reply = ask(job, lookup.kind, form, [layer])
        return child_response(self, reply, operation)


@dataclass(frozen=True, slots=True)
class _Lookup:
    """What a child is asked, and the parameters that it reads, a geometry first."""

    kind: str
    parameters: tuple[str, ...] = ()


_DOCUMENTS: dict[str, Callable[[RasterDescription], dict[str, Any]]] = {
    "statistics": statistics_document,
    "keyproperties": properties_document,
    "rasterfunctioninfos": lambda _: functions_document(),
}
_LOOKUPS = {
    "identify": _Lookup("image identify", IDENTIFY),
    "histograms": _Lookup("image statistics"),
    "computehistograms": _Lookup("image statistics", STATISTICS),
    "computestatisticshistograms": _Lookup("image statistics", STATISTICS),
    "legend": _Lookup("image legend"),
}
#: The last part of their addresses, a regular expression.
OPERATIONS = "|".join((*_DOCUMENTS, *_LOOKUPS))


class ExportImageView(ImageResourceView):
    """A part of a raster as an image file, or where it is."""

    template = "directory/export.html"
    title = "Export Image"
    formats = (*DOCUMENTS, IMAGE)
    picture_formats = IMAGE_FORMATS

    def get(self, request: HttpRequest, **names: str) -> HttpResponseBase:
        job, layer = self.found_raster()
        form = given(self.form, NAMES)
        options = parse_image_options(form, raster_of(layer))
        if request.accepted_renderer.format == IMAGE:
            return image_response(job, layer, form, options.format)
        view = options.view
        return Response(
            {
                "href": self._address(job, layer, _settled(form, options)),
                "width": view.width,
                "height": view.height,
                "extent": extent_document(
                    Extent(*view.bounds, spatial_reference=view.reference)
                ),
                "scale": 0,
            }
        )

    def _address(self, job: Job, layer: MapLayer, form: dict[str, str]) -> str:
        name = f"_ags_image.{file_format(form['format']).extension}"
        held = form | {"parameter": layer.output}
        return picture_address(self, job, "ImageServer", name, held)

    @property
    def fields(self) -> list[dict[str, str]]:
        """The fields of the page's form, as they were sent."""
        return [{"name": name, "label": label, "value": self.form.get(name)}
                for name, label in _FIELDS]  # fmt: skip

    @property
    def chosen_format(self) -> str:
        """The format that was sent."""
        return self.form.get("format", "jpgpng").lower()


def _settled(form: Mapping[str, str], options: ImageOptions) -> dict[str, str]:
    """Return a form of exportImage that says where and what, whatever was left out."""
    view = options.view
    reference = orjson.dumps(view.reference.to_json()).decode()
    return {
        **form,
        "bbox": ",".join(map(repr, view.bounds)),
        "bboxSR": reference,
        "imageSR": reference,
        "size": f"{view.width},{view.height}",
        "adjustAspectRatio": "false",
        "format": options.format,
    }


def image_response(
    job: Job, layer: MapLayer, form: Mapping[str, str], name: str
) -> HttpResponseBase:
    """Let a child write the file that a form of exportImage asks, of a known format."""
    reply = ask(job, "image", form, [layer])
    media_type = file_format(name).media_type
    if name == JPGPNG and reply.body.startswith(b"\xff\xd8"):
        media_type = "image/jpeg"
    return picture_response(reply, media_type)


class ImagePictureView(SignedPictureView):
    """An image at the address that a document gave."""

    kind = "ImageServer"

    def drawn(self, job: Job, form: dict[str, str]) -> HttpResponseBase:
        layer = raster_layer(job, form.pop("parameter", ""))
        return image_response(job, layer, form, form["format"])
