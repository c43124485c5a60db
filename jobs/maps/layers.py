"""The layers of a job's result map service: its features and tables, in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from jobs.documents import FEATURES, mapped_outputs, result_file
from jobs.models import Job
from services.drawing.frame import bounds_in
from services.drawing.renderers import default_drawing_info
from services.errors import InvalidValue, NotFound
from services.geometry.columns import unique_name
from services.geometry.crs import WGS84, SpatialReference
from services.geometry.extents import WORLD, Extent
from services.geometry.features import Field
from services.imagery.renderers import default_raster_drawing
from services.rasters.description import RasterDescription
from services.stored import Description, describe
from services.symbology import symbology_of

_OID = "esriFieldTypeOID"


@dataclass(frozen=True, slots=True)
class MapLayer:
    """A layer or table: its number, the output behind it, what is stored of it."""

    id: int
    name: str
    output: str
    file: str
    about: Description
    drawing_info: dict[str, Any]
    raster: RasterDescription | None = None

    @property
    def is_table(self) -> bool:
        """True if there is nothing to draw."""
        return not self.about.geometry_type and self.raster is None

    @property
    def object_id(self) -> Field:
        """The field with the object ids; rows without one are numbered from 1."""
        for field in self.about.fields:
            if field.type == _OID:
                return field
        name = unique_name("OBJECTID", [field.name for field in self.about.fields])
        return Field(name, _OID, nullable=False, editable=False)

    @property
    def fields(self) -> tuple[Field, ...]:
        """All fields, that of the object ids among them."""
        first = self.object_id
        known = self.about.fields
        return known if first in known else (first, *known)

    def to_json(self) -> dict[str, Any]:
        """Return what a child process needs to draw the layer or to look into it."""
        return {
            "id": self.id,
            "name": self.name,
            "file": self.file,
            "drawingInfo": self.drawing_info,
            "objectId": self.object_id.name,
            **({"raster": self.raster.to_json()} if self.raster else {}),
        }


def map_layers(job: Job) -> list[MapLayer]:
    """Return the layers of a job that has succeeded, numbered from 0.

    One for each output of features, a table or a raster, in the order of the outputs,
    named by its display name; one of the first two that the tool did not make is empty.
    """
    styles = symbology_of(job.service, job.task_name)
    outputs = enumerate(mapped_outputs(job))
    return [_layer(job, at, entry, styles) for at, entry in outputs]


def map_layer(job: Job, number: int) -> MapLayer:
    """Return one of the layers of a job, the others not looked at."""
    styles = symbology_of(job.service, job.task_name)
    return _layer(job, number, mapped_outputs(job)[number], styles)


def layer_of(layers: Sequence[MapLayer], number: str) -> MapLayer:
    """Return the layer of that number. Raises NotFound."""
    for one in layers:
        if str(one.id) == number:
            return one
    raise NotFound(f"layer {number[:20]} not found")


def _layer(
    job: Job, number: int, entry: dict[str, Any], styles: dict[str, Any]
) -> MapLayer:
    if "raster" in entry:
        return _raster_layer(job, number, entry, styles)
    file = entry.get("file", "")
    missing = "esriGeometryPoint" if entry["dataType"] == FEATURES else ""
    about = (
        describe(result_file(job, file)) if file else Description((), 0, missing, WGS84)
    )
    drawn = about.geometry_type and default_drawing_info(about.geometry_type)
    name = entry["name"]
    return MapLayer(
        number,
        entry.get("label") or name.replace("_", " "),
        name,
        file,
        about,
        styles.get(name) or drawn or {},
    )


def _raster_layer(
    job: Job, number: int, entry: dict[str, Any], styles: dict[str, Any]
) -> MapLayer:
    raster = RasterDescription.from_json(entry["raster"])
    name, place = entry["name"], raster.extent
    result_file(job, entry["file"])
    return MapLayer(
        number,
        entry.get("label") or name.replace("_", " "),
        name,
        entry["file"],
        Description((), 0, "", raster.spatial_reference, place.bounds),
        styles.get(name) or default_raster_drawing(raster),
        raster,
    )


def map_reference(layers: Sequence[MapLayer]) -> SpatialReference:
    """Return the spatial reference of the map: that of its first layer."""
    for one in layers:
        if one.about.spatial_reference is not None:
            return one.about.spatial_reference
    return WGS84


def full_extent(layers: Sequence[MapLayer]) -> Extent:
    """Return the extent of all layers in the map's reference; of none, the world."""
    reference = map_reference(layers)
    boxes = []
    for one in layers:
        about = one.about
        if about.bounds and about.spatial_reference:
            box = Extent(*about.bounds)
            boxes.append(_within(box, about.spatial_reference, reference))
    if not any(boxes):
        boxes = [_within(WORLD, WGS84, reference) or (0.0, 0.0, 1.0, 1.0)]
    sides = np.array([one for one in boxes if one])
    west, south = sides[:, :2].min(axis=0).tolist()
    east, north = sides[:, 2:].max(axis=0).tolist()
    return Extent(west, south, east, north, reference)


def _within(
    box: Extent, source: SpatialReference, target: SpatialReference
) -> tuple[float, float, float, float] | None:
    try:
        return bounds_in(box, source, target)
    except InvalidValue:
        return None
