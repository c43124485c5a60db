"""Well-known samples: how far a car gets in some minutes."""

from __future__ import annotations

from typing import Annotated, Literal

from services.geometry.features import FeatureSet, Field
from services.tool import Context, Param, tool
from services.tools._patterns import points

_POLYGON = "esriGeometryPolygon"
#: Minutes of a unit.
_UNITS = {"Seconds": 1 / 60, "Minutes": 1.0, "Hours": 60.0}
_OUT = tuple(
    Field(name, f"esriFieldType{kind}")
    for name, kind in (
        ("FID", "OID"), ("FacilityID", "Integer"), ("Name", "String"),
        ("FromBreak", "Double"), ("ToBreak", "Double"), ("Shape_Length", "Double"),
        ("Shape_Area", "Double"),
    )
)  # fmt: skip
_CENTRE = points((-98.58, 39.83), columns={"FID": [1]})

Location = Annotated[
    FeatureSet,
    Param(
        "Locations",
        name="Input_Location",
        geometry_type="esriGeometryPoint",
        fields=(Field("FID", "esriFieldTypeOID"),),
        example=_CENTRE,
    ),
]
Times = Annotated[
    str,
    Param(
        "Drive times in minutes",
        name="Drive_Times",
        description="Numbers parted by blanks, at most ten.",
    ),
]
Polygons = Annotated[
    FeatureSet,
    Param(
        "Drive time polygons",
        name="Output_Drive_Time_Polygons",
        geometry_type=_POLYGON,
        fields=_OUT,
    ),
]


@tool(title="Create Drive Time Polygons", category="Well-known samples")
def create_drive_time_polygons(
    input_location: Location,
    drive_times: Times = "5 10 15",
    context: Context | None = None,
) -> Polygons:
    """Draw rings around locations that a car reaches in some minutes.

    A demonstration: in Demo City, an invented town of generated streets 24 km wide
    around 98.58 west, 39.83 north, rings are hulls around the streets that can be
    reached (see network.ServiceArea); anywhere else they are discs of a car that
    drives 40 km/h in a straight line, and a warning says so. Neither is good for
    planning a journey.

    Each ring begins where the one before ends; of each location the outermost comes
    first. FacilityID counts the locations from 1; FromBreak and ToBreak are minutes,
    Shape_Length and Shape_Area metres and square metres on the ground. Input_Location
    holds at most 100 points.
    """
    from services.tools import _demodrive as drive

    minutes = drive.breaks_in(drive_times, "Drive_Times")
    return drive.drive_areas(
        "Input_Location", input_location, minutes, 1.0, context, rings=True
    )


@tool(title="Create Drive Time Polygons (Disks)", category="Well-known samples")
def create_drive_time_polygons_disks(
    input_location: Location,
    drive_times: Times = "5 10 15",
    context: Context | None = None,
) -> Polygons:
    """Draw all that a car reaches from locations in some minutes, over each other.

    As Create Drive Time Polygons, but each area holds the smaller ones. The largest
    comes first, so that the smaller ones are drawn on top of it.
    """
    from services.tools import _demodrive as drive

    minutes = drive.breaks_in(drive_times, "Drive_Times")
    return drive.drive_areas(
        "Input_Location", input_location, minutes, 1.0, context, rings=False
    )


@tool(title="Generate Service Areas", category="Well-known samples")
def generate_service_areas(
    facilities: Annotated[
        FeatureSet,
        Param("Facilities", geometry_type="esriGeometryPoint", example=_CENTRE),
    ],
    break_values: Annotated[
        str,
        Param("Break values", description="Numbers parted by blanks, at most ten."),
    ] = "1 2 3",
    break_units: Annotated[
        Literal["Seconds", "Minutes", "Hours"], Param("Unit of the breaks")
    ] = "Minutes",
    context: Context | None = None,
) -> Annotated[
    FeatureSet,
    Param("Service areas", name="ServiceAreas", geometry_type=_POLYGON, fields=_OUT),
]:
    """Draw the areas that a car reaches from facilities in some time, as rings.

    The streets are those of Demo City, an invented town in Kansas, whatever the name
    of the service says; anywhere else a car drives 40 km/h in a straight line, and a
    warning says so. See Create Drive Time Polygons, whose fields the result has;
    FromBreak and ToBreak are in the unit of the breaks.
    """
    from services.tools import _demodrive as drive

    unit = _UNITS[break_units]
    values = drive.breaks_in(break_values, "Break_Values", unit)
    return drive.drive_areas(
        "Facilities", facilities, values, unit, context, rings=True
    )
