"""The well-known samples of zones around an incident: invented values, not for use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import shapely

from services.geometry.antimeridian import from_globe, to_globe
from services.geometry.crs import transform
from services.geometry.features import FeatureSet, Field
from services.geometry.parts import is_present
from services.geometry.planes import Planes, geod_of, geographic_of
from services.tool import Context, Param, tool
from services.tools._inputs import warn_of_missing

_NOTICE = "Demonstration values, invented: not for emergencies"
_ZONES = ("Initial isolation zone", "Protective action zone")
_VERTICES = 64


@dataclass(frozen=True, slots=True)
class _Reach:
    """Metres of isolation, and downwind by day and by night."""

    isolation: float
    day: float
    night: float


@dataclass(frozen=True, slots=True)
class _Material:
    """A material, its number on placards, and how far small and large spills reach."""

    name: str
    placard: str
    small: _Reach
    large: _Reach


#: Round numbers of no source, so that nobody takes them for those of a handbook.
_MATERIALS = {
    one.name: one
    for one in (
        _Material("Anhydrous ammonia", "1005",
                  _Reach(50, 200, 400), _Reach(200, 1_000, 2_500)),
        _Material("Chlorine", "1017",
                  _Reach(100, 500, 1_500), _Reach(500, 3_000, 7_500)),
        _Material("Propane", "1978",
                  _Reach(25, 100, 100), _Reach(100, 750, 750)),
        _Material("Gasoline", "1203",
                  _Reach(25, 50, 50), _Reach(50, 300, 300)),
        _Material("Sulfur dioxide", "1079",
                  _Reach(75, 400, 1_250), _Reach(400, 2_500, 6_000)),
    )
}  # fmt: skip
_BY_PLACARD = {one.placard: one for one in _MATERIALS.values()}

_INCIDENT = {
    "geometryType": "esriGeometryPoint",
    "spatialReference": {"wkid": 4326},
    "features": [{"attributes": {"Id": 1}, "geometry": {"x": -116.54, "y": 33.83}}],
}
IncidentPoint = Annotated[
    FeatureSet,
    Param("Incident", geometry_type="esriGeometryPoint", example=_INCIDENT),
]
WindBearing = Annotated[
    float,
    Param(
        "Direction the wind blows to",
        name="Wind_Bearing__direction_blowing_to__0___360_",
        description="Degrees from north, clockwise. Also taken by the name that older"
        " clients send, with a hyphen in it.",
        minimum=0,
        maximum=360,
    ),
]
DayOrNight = Annotated[
    Literal["Day", "Night"], Param("Day or night", name="Day_or_Night_incident")
]
LargeOrSmall = Annotated[
    Literal["Large", "Small"], Param("Large or small", name="Large_or_Small_spill")
]
Zones = Annotated[
    FeatureSet,
    Param("Zones", name="outerg_shp", geometry_type="esriGeometryPolygon"),
]


@tool(name="ERGByChemical", title="ERG By Chemical", category="Samples")
def erg_by_chemical(
    incident_point: IncidentPoint,
    wind_bearing: WindBearing = 90.0,
    material_type: Annotated[
        Literal[
            "Anhydrous ammonia", "Chlorine", "Propane", "Gasoline", "Sulfur dioxide"
        ],
        Param("Material"),
    ] = "Anhydrous ammonia",
    day_or_night: DayOrNight = "Day",
    large_or_small: LargeOrSmall = "Large",
    context: Context | None = None,
) -> Zones:
    """Draw zones around a spill by the name of the chemical: not for emergencies.

    A demonstration: the distances are invented round numbers, not those of the
    Emergency Response Guidebook or of any other source. In an emergency ask your
    emergency services.

    For each incident there are two polygons, true on the ground: a circle, the
    initial isolation zone, and a square downwind of the incident, as long and as
    wide as its downwind distance, the protective action zone. The field Zone names
    them, Material is what was spilled, Distance is the radius or side in metres, and
    Notice repeats this warning. They come in the spatial reference of the incidents.
    """
    material = _MATERIALS[material_type]
    return _zones(
        incident_point, material, wind_bearing, day_or_night, large_or_small, context
    )


@tool(name="ERGByPlacard", title="ERG By Placard", category="Samples")
def erg_by_placard(
    incident_point: IncidentPoint,
    wind_bearing: WindBearing = 90.0,
    placard_id: Annotated[
        Literal["1005", "1017", "1978", "1203", "1079"],
        Param("Number on the placard", name="Placard_ID"),
    ] = "1005",
    day_or_night: DayOrNight = "Day",
    large_or_small: LargeOrSmall = "Large",
    context: Context | None = None,
) -> Zones:
    """Draw zones around a spill by the number on the placard: not for emergencies.

    The same as ERG By Chemical, with the material told by its UN number: invented
    distances, for demonstration only. In an emergency ask your emergency services.
    """
    material = _BY_PLACARD[placard_id]
    return _zones(
        incident_point, material, wind_bearing, day_or_night, large_or_small, context
    )


def _zones(
    incidents: FeatureSet,
    material: _Material,
    bearing: float,
    time: str,
    size: str,
    context: Context | None,
) -> FeatureSet:
    if context is not None:
        context.warn(_NOTICE)
    warn_of_missing(context, Incident_Point=incidents)
    reference = incidents.spatial_reference
    points = incidents.geometries[is_present(incidents.geometries)]
    plain = np.asarray(shapely.force_2d(points), dtype=object)
    lonlat = shapely.get_coordinates(
        transform(plain, reference, geographic_of(reference))
    )
    reach = material.large if size == "Large" else material.small
    downwind = reach.day if time == "Day" else reach.night
    flat = np.empty(2, dtype=object)
    flat[:] = [_circle(reach.isolation), _square(downwind, bearing)]
    lon, lat = np.repeat(lonlat, 2, axis=0).T
    planes = Planes(lon, lat, geod_of(reference))
    shapes = from_globe(to_globe(np.tile(flat, len(points)), planes), reference)
    count = len(points)
    columns = {
        "Zone": list(_ZONES) * count,
        "Material": [material.name] * (2 * count),
        "Distance": [reach.isolation, downwind] * count,
        "Notice": [_NOTICE] * (2 * count),
    }
    distance = Field("Distance", "esriFieldTypeDouble", "Radius or side (m)")
    return FeatureSet.of(
        shapes,
        columns,
        fields=[Field("Zone"), Field("Material"), distance, Field("Notice")],
        spatial_reference=reference,
        geometry_type="esriGeometryPolygon",
    )


def _circle(radius: float) -> shapely.Polygon:
    turns = 2.0 * np.pi * np.arange(_VERTICES) / _VERTICES
    return shapely.Polygon(radius * np.column_stack([np.sin(turns), np.cos(turns)]))


def _square(side: float, bearing: float) -> shapely.Polygon:
    """Return a square in a plane around the incident, which lies on its near side."""
    turn = np.radians(bearing)
    along = np.array([np.sin(turn), np.cos(turn)])
    across = np.array([along[1], -along[0]]) * side / 2.0
    far = along * side
    return shapely.Polygon([-across, far - across, far + across, across])
