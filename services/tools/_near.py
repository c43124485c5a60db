"""Pairs of near features: which there are, and the fields that tell of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from shapely import GeometryType

from services.errors import ToolFailed
from services.geometry.apart import ground_apart, rough_apart
from services.geometry.crs import SpatialReference, transform
from services.geometry.features import FeatureSet, Field, RecordSet
from services.geometry.nearest import ground_nearest
from services.geometry.nearness import near_pairs
from services.geometry.parts import is_present
from services.geometry.planes import earth_centred, geod_of, geographic_of
from services.tools._inputs import squares

_MOST_PAIRS = 1_000_000
_SPARE = 4  # neighbours by chord beyond those asked for: geodesics may swap some

NEAR_FIELDS = (
    Field("NEAR_FID", "esriFieldTypeBigInteger", "Object id of the nearest"),
    Field("NEAR_DIST", "esriFieldTypeDouble", "Distance to the nearest (m)"),
    Field("NEAR_X", "esriFieldTypeDouble", "X of the nearest place"),
    Field("NEAR_Y", "esriFieldTypeDouble", "Y of the nearest place"),
    Field("NEAR_ANGLE", "esriFieldTypeDouble", "Direction of the nearest (degrees)"),
)
_TABLE_FIELDS = (
    Field("IN_FID", "esriFieldTypeBigInteger", "Object id of the feature"),
    Field("NEAR_FID", "esriFieldTypeBigInteger", "Object id of the near feature"),
    Field("NEAR_RANK", "esriFieldTypeInteger", "Rank: 1 is the nearest"),
    Field("NEAR_DIST", "esriFieldTypeDouble", "Distance (m)"),
    Field("NEAR_ANGLE", "esriFieldTypeDouble", "Direction (degrees)"),
    Field("FROM_X", "esriFieldTypeDouble", "X of the place on the feature"),
    Field("FROM_Y", "esriFieldTypeDouble", "Y of the place on the feature"),
    Field("NEAR_X", "esriFieldTypeDouble", "X of the place on the near feature"),
    Field("NEAR_Y", "esriFieldTypeDouble", "Y of the place on the near feature"),
)

#: Two wells, and a park near them.
WELLS: dict[str, Any] = {
    "geometryType": "esriGeometryPoint",
    "spatialReference": {"wkid": 4326},
    "features": [
        {"attributes": {"name": name}, "geometry": {"x": x, "y": y}}
        for name, x, y in (("North", 24.94, 60.20), ("South", 24.95, 60.16))
    ],
}
PARK = squares((24.96, 60.17, 0.01), park=["Harbour"])


def object_ids(features: FeatureSet) -> np.ndarray:
    """Return the object ids; row numbers from 1 where there is no such field."""
    for field in features.fields:
        if field.type == "esriFieldTypeOID":
            column = features.column(field.name).fill_null(-1)
            return np.asarray(column.to_numpy())
    return np.arange(1, max(len(features), 1) + 1)


def near_table(
    features: FeatureSet, near: FeatureSet, radius: float | None, count: int | None
) -> RecordSet:
    """Return a row for each pair within ``radius`` metres, at most ``count`` each."""
    reference = features.spatial_reference
    others = near.project(reference)
    rows, there = (
        np.flatnonzero(is_present(one.geometries)) for one in (features, others)
    )
    shapes, targets = features.geometries[rows], others.geometries[there]
    i, j = _candidates(shapes, targets, reference, radius, count)
    if count is not None and len(i) > count * len(shapes):
        likely = _likely(i, rough_apart(shapes[i], targets[j], reference), count)
        i, j = i[likely], j[likely]
    apart = ground_apart(shapes[i], targets[j], reference)
    order, rank = _ranked(i, apart.metres, radius, count)
    columns = (
        object_ids(features)[rows[i[order]]],
        object_ids(near)[there[j[order]]],
        rank,
        apart.metres[order],
        apart.azimuth[order],
        *apart.start[order].T,
        *apart.end[order].T,
    )
    names = [field.name for field in _TABLE_FIELDS]
    return RecordSet.from_columns(dict(zip(names, columns, strict=True)), _TABLE_FIELDS)


def _candidates(
    first: np.ndarray,
    second: np.ndarray,
    reference: SpatialReference,
    radius: float | None,
    count: int | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs (i, j) among which are the ``count`` nearest within ``radius``.

    None of both geometries is None or empty. Raises ToolFailed for more than a
    million.
    """
    if count == 1:
        limit = np.inf if radius is None else radius
        j = ground_nearest(first, second, reference, limit).index
        i = np.flatnonzero(j >= 0)
        return i, j[i]
    points = all(
        (shapely.get_type_id(one) == GeometryType.POINT).all()
        for one in (first, second)
    )
    if points and count is not None:
        return _nearest_by_chord(first, second, reference, count + _SPARE)
    if radius is not None:
        return near_pairs(first, second, reference, radius * 1.01)
    if len(first) * len(second) > _MOST_PAIRS:
        raise ToolFailed(
            f"there are {len(first) * len(second)} pairs, above {_MOST_PAIRS}: give a"
            " Search_Radius"
        )
    i, j = np.indices((len(first), len(second)))
    return i.ravel(), j.ravel()


def _likely(i: np.ndarray, rough: np.ndarray, count: int) -> np.ndarray:
    """Return the pairs that may be among the ``count`` nearest, by rough metres."""
    order = _ranked(i, rough, None, count)[0]
    limit = np.zeros(int(i.max()) + 1)
    np.maximum.at(limit, i[order], rough[order])
    return np.flatnonzero(rough <= limit[i] * 1.03 + 100.0)


def _nearest_by_chord(
    first: np.ndarray, second: np.ndarray, reference: SpatialReference, count: int
) -> tuple[np.ndarray, np.ndarray]:
    from scipy.spatial import cKDTree

    count = min(count, len(second))
    if len(first) * count > _MOST_PAIRS:
        raise ToolFailed(
            f"there would be {len(first) * count} pairs, above {_MOST_PAIRS}: lower"
            " Closest_Count"
        )
    geographic = geographic_of(reference)
    places = [
        earth_centred(
            shapely.get_coordinates(transform(one, reference, geographic)),
            geod_of(reference),
        ).T
        for one in (first, second)
    ]
    found = cKDTree(places[1]).query(places[0], k=count)[1].reshape(len(first), count)
    return np.repeat(np.arange(len(first)), count), found.ravel()


def _ranked(
    i: np.ndarray, metres: np.ndarray, radius: float | None, count: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the order of pairs by feature and distance, and each one's rank from 1."""
    order = np.lexsort((metres, i))
    if radius is not None:
        order = order[metres[order] <= radius]
    first = np.flatnonzero(np.diff(i[order], prepend=-1))
    sizes = np.diff(np.append(first, len(order)))
    rank = np.arange(len(order)) - np.repeat(first, sizes) + 1
    kept = rank <= (len(order) if count is None else count)
    return order[kept], rank[kept]
