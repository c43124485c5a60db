"""Layers over HTTP: their documents and their queries, wherever they are mounted.

A subclass says which layers there are; the number in the path is ``layer``. Feature
services and the map services of jobs share these resources.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import orjson
from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from jobs.child.call import RawValue
from jobs.featureservices.asking import ask, layers_call, query_call
from jobs.featureservices.stored import FeatureService, StoredLayer
from jobs.processes.answers import child_response, taken, written_format
from services.datatypes.reference import GPSpatialReference
from services.drawing.generating import NAMES as GENERATE
from services.errors import NotAllowed
from services.formats import DOCUMENTS
from services.geometry.mapunits import map_units
from services.models import Service
from services.query.description import FORMATS
from services.query.parameters import NAMES
from services.views import RestView

_MAX_BODY = 16 * 2**20
_REFERENCE = GPSpatialReference()
Question = Literal["query", "generateRenderer"]


class StoredLayersView(RestView):
    """What all resources of layers share: the layers, found and allowed."""

    def layers(self) -> FeatureService:
        """Return the service of the path, for the user who asks. Raises NotFound."""
        raise NotImplementedError

    def layer(self) -> tuple[StoredLayer, int]:
        """Return the layer of the path, and the rows of a page. Raises NotFound."""
        service = self.layers()
        return service.layer(self.kwargs["layer"]), service.page_rows

    def described(
        self, layers: Sequence[StoredLayer], page_rows: int
    ) -> list[dict[str, Any]]:
        """Return the documents of layers, written by a child."""
        reply = ask(layers_call(layers, page_rows))
        documents: list[dict[str, Any]] = orjson.loads(taken(reply))
        return documents


class LayerView(StoredLayersView):
    """A layer or table."""

    template = "directory/layer.html"

    def get(self, request: Request, **names: str) -> Response:
        layer, page_rows = self.layer()
        return Response(self.described([layer], page_rows)[0])


class LayersView(StoredLayersView):
    """All layers and tables of a service, with all that each says of itself."""

    def get(self, request: Request, **names: str) -> Response:
        service = self.layers()
        found = self.described(service.layers, service.page_rows)
        return Response({
            "layers": [one for one in found if one["type"] != "Table"],
            "tables": [one for one in found if one["type"] == "Table"],
        })  # fmt: skip


class LayerQuestionView(StoredLayersView):
    """A question to a layer, answered by a child that reads the parameters."""

    template = "directory/document.html"
    kind: Question = "query"
    parameters: tuple[str, ...] = NAMES

    def body_limit(self, row: Service | None) -> int:
        return _MAX_BODY

    def get(self, request: Request, **names: str) -> HttpResponseBase:
        layer, page_rows = self.layer()
        asked: str = request.accepted_renderer.format
        known = {name.lower(): name for name in self.parameters}
        fields = {name: self.form.get(name) for name in self.parameters}
        call = query_call(layer, {k: v for k, v in fields.items() if v},
                          written_format(asked), page_rows)  # fmt: skip
        large = {
            known[name.lower()]: RawValue(data, encoded=name in self.form.encoded)
            for name, data in self.form.large.items()
            if name.lower() in known
        }
        reply = ask(replace(call, large=large, kind=self.kind))
        return child_response(self, reply, layer.name)

    def html_context(self) -> dict[str, Any]:
        return {"names": self.parameters}


class LayerQueryView(LayerQuestionView):
    """The features, rows, ids, counts or statistics that a query selects."""

    formats = (*DOCUMENTS, "geojson", "pbf")


class GenerateRendererView(LayerQuestionView):
    """A renderer for the values of a layer."""

    kind = "generateRenderer"
    parameters = GENERATE


class EditView(StoredLayersView):
    """What would change features: results are read-only, and this says so."""

    def get(self, request: Request, **names: str) -> Response:
        service = self.layers()
        raise NotAllowed(
            f"the features of {service.path} are read-only: this service knows Query"
            " alone; run the task again with the name of the service to overwrite it"
        )


class FeatureServerView(StoredLayersView):
    """A feature service."""

    template = "directory/features.html"

    def get(self, request: Request, **names: str) -> Response:
        service = self.layers()
        found = self.described(service.layers, service.page_rows)
        return Response(feature_server_document(service, found))


def feature_server_document(
    service: FeatureService, layers: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return the FeatureServer resource, made of the documents of its layers."""
    extents = [one["extent"] for one in layers if "extent" in one]
    places, units = {}, "esriMeters"
    if extents:
        reference = extents[0]["spatialReference"]
        extent = _around([e for e in extents if e["spatialReference"] == reference])
        places = {
            "spatialReference": reference,
            "initialExtent": extent,
            "fullExtent": extent,
        }
        units = map_units(_REFERENCE.parse(reference))
    return {
        "currentVersion": 11.3,
        "serviceDescription": service.description,
        "hasVersionedData": False,
        "maxRecordCount": service.page_rows,
        "hasStaticData": True,
        "supportedQueryFormats": FORMATS,
        "supportsDisconnectedEditing": False,
        "syncEnabled": False,
        "capabilities": "Query",
        "description": service.description,
        "copyrightText": service.copyright,
        "allowGeometryUpdates": False,
        "enableZDefaults": False,
        **places,
        "units": units,
        "layers": [_listed(one) for one in layers if one["type"] != "Table"],
        "tables": [_listed(one) for one in layers if one["type"] == "Table"],
        "relationships": [],
    }


def _around(extents: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the extent of several in one reference; "NaN" is the extent of nothing."""
    full = [one for one in extents if one["xmin"] != "NaN"] or extents[:1]
    lows = {name: min(one[name] for one in full) for name in ("xmin", "ymin")}
    highs = {name: max(one[name] for one in full) for name in ("xmax", "ymax")}
    return lows | highs | {"spatialReference": full[0]["spatialReference"]}


def _listed(layer: dict[str, Any]) -> dict[str, Any]:
    """Return how a layer is listed in its service."""
    brief = {
        "id": layer["id"],
        "name": layer["name"],
        "parentLayerId": -1,
        "defaultVisibility": True,
        "subLayerIds": None,
        "minScale": 0,
        "maxScale": 0,
        "type": layer["type"],
    }
    kind = layer.get("geometryType")
    return brief | ({"geometryType": kind} if kind else {})
