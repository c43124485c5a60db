"""The well-known sample that lets a bottle drift: on currents of formulas, not data."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
import shapely

from services.data import landcover
from services.errors import ToolFailed
from services.geometry.crs import WGS84, transform
from services.geometry.features import FeatureSet, Field
from services.geometry.measure import ground_length
from services.geometry.parts import is_present
from services.geometry.reproject import reproject
from services.geometry.wrap import wrap
from services.tool import Context, Param, tool
from services.tools._inputs import warn_of_missing

_RADIUS = 6_371_000.0
_STEPS_A_DAY = 4
_DAY = 86_400.0

#: Gyres: longitude and latitude of the middle, half widths in degrees, and the
#: fastest speed in m/s, positive for clockwise. Invented, at about the right places.
_GYRES = np.array([
    (-50.0, 30.0, 22.0, 9.0, 0.35),   # North Atlantic
    (-175.0, 30.0, 42.0, 9.0, 0.35),  # North Pacific
    (-15.0, -30.0, 20.0, 9.0, -0.30),  # South Atlantic
    (-120.0, -30.0, 35.0, 10.0, -0.30),  # South Pacific
    (78.0, -28.0, 24.0, 9.0, -0.30),  # Indian Ocean
    (-32.0, 56.0, 14.0, 5.0, -0.15),  # subpolar Atlantic
    (180.0, 51.0, 22.0, 4.0, -0.15),  # subpolar Pacific
])  # fmt: skip
#: The current round Antarctica: latitude, half width in degrees, m/s eastward.
_AROUND = (-52.0, 6.0, 0.25)

_BOTTLE = {
    "geometryType": "esriGeometryPoint",
    "spatialReference": {"wkid": 4326},
    "features": [{"attributes": {}, "geometry": {"x": -60.0, "y": 25.0}}],
}
_FIELDS = (
    Field("Shape_Length", "esriFieldTypeDouble", "Length on the ground (m)"),
    Field("Days", "esriFieldTypeDouble", "Days adrift"),
)


@tool(name="MessageInABottle", title="Message in a Bottle", category="Samples")
def message_in_a_bottle(
    input_point: Annotated[
        FeatureSet,
        Param(
            "Where the bottle is thrown in",
            geometry_type="esriGeometryPoint",
            example=_BOTTLE,
        ),
    ],
    days: Annotated[
        float, Param("Days that it drifts", minimum=0.25, maximum=3650)
    ] = 50.0,
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param("Way of the bottle", name="Output", geometry_type="esriGeometryPolyline"),
]:
    """Let a bottle drift on the currents of the oceans.

    A demonstration: the currents are a formula, not measurements. Seven gyres and a
    current round Antarctica, at about the places and speeds of the real ones, make a
    stream function; water runs along its lines and never changes. There is no wind,
    tide, season or depth in it, and no coast turns the water. Do not search for
    anything real with it.

    The way is found in steps of six hours by the method of Runge and Kutta of fourth
    order, on a sphere. It ends after the days, or before the first step onto land, by
    NASA's land cover in cells of 0.05 degrees. Bottles thrown in on land are left
    out. Lines come in the spatial reference of the points, in two parts over the
    antimeridian, with Shape_Length, the metres on the ground, and the Days adrift.
    """
    warn_of_missing(context, Input_Point=input_point)
    shapes = input_point.geometries[is_present(input_point.geometries)]
    reference = input_point.spatial_reference
    plain = np.asarray(shapely.force_2d(shapes), dtype=object)
    start = shapely.get_coordinates(transform(plain, reference, WGS84))
    at_sea = _is_water(start)
    if len(start) and not at_sea.any():
        raise ToolFailed("Input_Point lies on land: throw the bottle into the sea")
    if not at_sea.all() and context is not None:
        count = int((~at_sea).sum())
        noun = (
            "point lies on land and was"
            if count == 1
            else "points lie on land and were"
        )
        context.warn(f"{count} {noun} left out")
    ways, steps = _drift(start[at_sea], math.ceil(days * _STEPS_A_DAY), days, context)
    lines = [shapely.LineString(way) for way in ways]
    drawn = np.empty(len(lines), dtype=object)
    drawn[:] = lines
    made = reproject(wrap(drawn, WGS84), WGS84, reference)
    columns = {"Shape_Length": ground_length(made, reference), "Days": steps}
    return FeatureSet.of(
        made,
        columns,
        fields=_FIELDS,
        spatial_reference=reference,
        geometry_type="esriGeometryPolyline",
    )


def _is_water(lonlat: np.ndarray) -> np.ndarray:
    return np.asarray(landcover.classes_at(lonlat) == 0)


def _drift(
    start: np.ndarray, steps: int, days: float, context: Context | None
) -> tuple[list[np.ndarray], np.ndarray]:
    """Return the vertices of each way in degrees, running on, and the days adrift."""
    seconds = days * _DAY / steps
    track = np.empty((steps + 1, len(start), 2))
    track[0] = start
    last = np.zeros(len(start), dtype=np.int64)
    afloat = np.ones(len(start), dtype=bool)
    for step in range(steps):
        moved = _moved(track[step], seconds)
        afloat &= _is_water(moved)
        if not afloat.any():
            break
        track[step + 1] = np.where(afloat[:, np.newaxis], moved, track[step])
        last[afloat] = step + 1
        if context is not None and step % 100 == 0:
            context.progress(100.0 * step / steps, f"Day {step * days / steps:.0f}")
    if context is not None and not afloat.all():
        context.message(f"{int((~afloat).sum())} of {len(afloat)} ran ashore")
    ends = np.maximum(last, 1)  # a line has two ends, also that of no length
    track[1, last == 0] = start[last == 0]
    ways = [track[: end + 1, row] for row, end in enumerate(ends)]
    return ways, last * days / steps


def _moved(lonlat: np.ndarray, seconds: float) -> np.ndarray:
    """Return places a step later. Source: Runge (1895), Kutta (1901)."""
    first = _degrees_a_second(lonlat)
    second = _degrees_a_second(lonlat + first * seconds / 2.0)
    third = _degrees_a_second(lonlat + second * seconds / 2.0)
    fourth = _degrees_a_second(lonlat + third * seconds)
    moved = lonlat + (first + 2.0 * second + 2.0 * third + fourth) * seconds / 6.0
    return np.asarray(moved)


def _degrees_a_second(lonlat: np.ndarray) -> np.ndarray:
    u, v = currents(lonlat).T
    cosine = np.cos(np.radians(lonlat[:, 1]))
    return np.asarray(np.degrees(np.column_stack([u / cosine, v])) / _RADIUS)


def currents(lonlat: np.ndarray) -> np.ndarray:
    """Return metres a second eastward and northward at places in degrees, (n, 2).

    u = -dS/dy and v = dS/dx of the stream function S.
    """
    lon, lat, wide, high, speed = _GYRES.T
    dx = np.remainder(lonlat[:, :1] - lon + 180.0, 360.0) - 180.0
    dy = lonlat[:, 1:] - lat
    shape = np.exp((1.0 - (dx / wide) ** 2 - (dy / high) ** 2) / 2.0) * speed
    u = (shape * dy / high).sum(axis=1)
    cosine = np.cos(np.radians(lonlat[:, 1]))
    v = -(shape * dx * high / wide**2).sum(axis=1) / cosine
    middle, half, jet = _AROUND
    u += jet / np.cosh((lonlat[:, 1] - middle) / half) ** 2
    return np.column_stack([u, v])
