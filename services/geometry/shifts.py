"""Features brought to another datum by a transformation that the user names."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from services.errors import InvalidValue
from services.geometry.crs import SpatialReference
from services.geometry.datum import (
    is_same_datum,
    operation_for,
    operation_name,
    operation_named,
)
from services.geometry.features import FeatureSet
from services.geometry.planes import geographic_of
from services.geometry.ragged import replace_xy
from services.geometry.wrap import wrap


def shifted(
    features: FeatureSet, target: SpatialReference, name: str, notes: list[str]
) -> FeatureSet:
    """Return features in degrees on the datum of ``target``, moved by name.

    How many lie outside the area that the transformation is made for is appended to
    ``notes``. z and m stay. Raises InvalidValue for a name that leads nowhere, and
    where both references stand on one datum.
    """
    source, onto = geographic_of(features.spatial_reference), geographic_of(target)
    for given, base in ((features.spatial_reference, source), (target, onto)):
        if not is_same_datum(given.crs, base.crs):
            raise InvalidValue(
                f"{given.crs.name} does not count degrees from Greenwich: its"
                " transformation cannot be chosen"
            )
    if is_same_datum(source.crs, onto.crs):
        raise InvalidValue(
            f"both references stand on {onto.crs.name}: there is nothing to transform"
        )
    degrees = features.project(source)
    xy = shapely.get_coordinates(degrees.geometries)
    operation = operation_named(source.crs, onto.crs, xy, name)
    area = operation.area_of_use
    if area is not None:
        count = _outside(degrees.geometries, area.bounds)
        if count:
            notes.append(
                f"{count} features lie outside the area that"
                f" {operation_name(operation)} is made for: {area.name}"
            )
    shapes = replace_xy(
        degrees.geometries,
        lambda xy: np.column_stack(operation.transform(xy[:, 0], xy[:, 1])),
    )
    vertical = degrees.spatial_reference.vcs_wkid
    return replace(
        degrees,
        geometries=wrap(shapes, onto),
        spatial_reference=replace(onto, vcs_wkid=vertical),
    )


def _outside(geometries: np.ndarray, area: tuple[float, float, float, float]) -> int:
    """Return how many geometries are not within west, south, east, north."""
    west, south, east, north = area
    low_x, low_y, high_x, high_y = shapely.bounds(geometries).T
    if west <= east:
        beside = (low_x < west) | (high_x > east)
    else:  # the area crosses the antimeridian
        beside = ((low_x < west) & (low_x > east)) | ((high_x < west) & (high_x > east))
    return int((beside | (low_y < south) | (high_y > north)).sum())


def default_shift(features: FeatureSet, target: SpatialReference) -> str:
    """Return the name of the transformation that ``project`` uses; "" without one.

    "" too for references that do not count degrees from Greenwich.
    """
    source, onto = geographic_of(features.spatial_reference), geographic_of(target)
    told = is_same_datum(features.spatial_reference.crs, source.crs)
    told &= is_same_datum(target.crs, onto.crs)
    if not told or is_same_datum(source.crs, onto.crs):
        return ""
    xy = shapely.get_coordinates(features.project(source).geometries)
    return operation_name(operation_for(source.crs, onto.crs, xy).transformer)
