"""The outputs of a job as layers, whether or not its service has a result map.

They are what the map service of a job has, below the job itself: an addition of ours,
so that every result can be looked at, queried and drawn.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.access.job_resource import finished
from jobs.featureservices.layer_views import GenerateRendererView, LayerQueryView
from jobs.maps.documents import layer_document
from jobs.maps.layers import MapLayer, layer_of
from jobs.maps.query import OfMap
from jobs.maps.views import ExportView, LegendView, MapResourceView
from jobs.models import Job


class _JobLayers(MapResourceView):
    """What the resources below a job's layers share: no map service is asked for."""

    def mapped_job(self) -> Job:
        return finished(self.job())


class JobLayersView(_JobLayers):
    """All layers and tables of a job, each in full."""

    def get(self, request: Request, **names: str) -> HttpResponseBase:
        most = self.found().row.max_page_rows
        return Response(
            {"layers": [self._document(one, most) for one in self.layers()]}
        )

    @staticmethod
    def _document(layer: MapLayer, most: int) -> dict[str, Any]:
        about = {"output": layer.output, "isRaster": layer.raster is not None}
        return layer_document(layer, most) | about | {"count": layer.about.count}


class JobLayerView(_JobLayers):
    """One layer or table of a job."""

    def get(self, request: Request, **names: str) -> HttpResponseBase:
        layer = layer_of(self.layers(), names["layer"])
        return Response(layer_document(layer, self.found().row.max_page_rows))


class JobLayerQueryView(_JobLayers, OfMap, LayerQueryView):  # type: ignore[misc]
    """The features, rows, ids, counts or statistics that a query selects."""


class JobLayerRendererView(_JobLayers, OfMap, GenerateRendererView):  # type: ignore[misc]
    """A renderer for the values of a layer."""


class JobExportView(_JobLayers, ExportView):
    """A picture of a job's layers, or where it is."""


class JobLegendView(_JobLayers, LegendView):
    """The symbols of a job's layers."""
