"""The sample services, row by row: what each publishes, and with what properties."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from services.modeling.sample import NAME as CITY_REACH
from services.models import Service

_SYNC = Service.Execution.SYNCHRONOUS
_ASYNC = Service.Execution.ASYNCHRONOUS
#: Features, tables and files can be uploaded for the inputs.
_UPLOADS: dict[str, Any] = {"uploads": True}
_BIG = _UPLOADS | {
    "maximum_records": 100_000,
    "max_features": 100_000,
    "max_vertices": 6_000_000,
}


@dataclass(frozen=True, slots=True)
class Sample:
    """A service to publish: its path, tools, and properties.

    A task has the name of its tool, or the one beside it.
    """

    path: str
    description: str
    tools: tuple[str | tuple[str, str], ...]
    execution: str = _SYNC
    access: str = Service.Access.EVERYONE
    properties: dict[str, Any] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        """The name of its folder, empty for the root."""
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]

    @property
    def named_tools(self) -> list[tuple[str, str]]:
        """Each tool with the name of its task, empty for the tool's own."""
        return [(one, "") if isinstance(one, str) else one for one in self.tools]


SAMPLES = (
    Sample(
        "Samples/Buffer",
        "Grows features by a true distance on the ground, while you wait.",
        ("proximity.Buffer",),
        properties=_BIG | {"max_run_seconds": 30, "uploads": True},
    ),
    Sample(
        "Samples/BufferAsync",
        "Grows features by a true distance on the ground, as a job.",
        ("proximity.Buffer",),
        _ASYNC,
        properties=_BIG | {"uploads": True},
    ),
    Sample(
        "Samples/BufferHosted",
        "Grows features by a true distance; the result is a feature service.",
        ("samples.Buffer",),
        _ASYNC,
        properties=_BIG | {"hosted_output": True},
    ),
    Sample(
        "Samples/BufferMap",
        "Grows features by a true distance on the ground, and draws a map of them.",
        ("proximity.Buffer",),
        _ASYNC,
        properties=_BIG | {"result_map_server": True},
    ),
    Sample(
        "Private/Buffer",
        "The Buffer of signed-in users: shows what a secured service does.",
        ("proximity.Buffer",),
        access=Service.Access.SIGNED_IN,
        properties=_UPLOADS | {"max_run_seconds": 30},
    ),
    Sample(
        "Samples/Raster",
        "Paints a raster with one number; the result is a map and an image service.",
        ("samples.Paint",),
        _ASYNC,
        properties={"result_map_server": True},
    ),
    Sample(
        "Samples/Slow",
        "Sleeps or fails on request: shows the life of a job.",
        ("samples.Sleep", "samples.Fail"),
        _ASYNC,
    ),
    Sample(
        "Samples/Types",
        "Echoes a value of every data type, while you wait.",
        ("samples.Echo",),
        properties=_UPLOADS | {"max_run_seconds": 30},
    ),
    Sample(
        "Samples/TypesAsync",
        "Echoes a value of every data type, as a job.",
        ("samples.Echo",),
        _ASYNC,
        properties=_UPLOADS,
    ),
    Sample(
        "Samples/Files",
        "Reverses the lines of a text file.",
        ("samples.ReverseLines",),
        _ASYNC,
        properties=_UPLOADS,
    ),
    Sample(
        "Samples/Models",
        "A model of five steps, from cities to a report, while you wait.",
        (f"models.{CITY_REACH}",),
        properties=_BIG | {"max_run_seconds": 60},
    ),
    Sample(
        "Samples/ModelsAsync",
        "A model of five steps, from cities to a report, as a job.",
        (f"models.{CITY_REACH}",),
        _ASYNC,
        properties=_BIG,
    ),
    Sample(
        "LandUseReport",
        "Reports what covers the land in an area, as PDF or HTML.",
        ("reports.LandUse",),
        _ASYNC,
        properties=_UPLOADS | {"maximum_records": 10_000},
    ),
    Sample(
        "Arcpy/ArcpyMapping",
        "Saves a map of the countries of Natural Earth to a PDF, as a job.",
        ("mapping.SaveToPDF",),
        _ASYNC,
        properties={"max_memory_mb": 4096},
    ),
    Sample(
        "HomelandSecurity/Incident_Data_Extraction",
        "Cuts invented incidents to an area and ships them as a zip file.",
        (("incidents.ExtractData", "Extract Data Task"),),
        _ASYNC,
    ),
    Sample(
        "SamplesNET/USA_Data_ClipTools",
        "Clips made-up counties around lines; returns at most 100, and a map of all.",
        (("counties.ClipCounties", "ClipCounties"),),
        _ASYNC,
        properties={"maximum_records": 100, "result_map_server": True},
    ),
    Sample(
        "GDBVersions",
        "Lists versions of a database: a table that is always the same.",
        ("versions.ListVersions",),
        properties={"max_run_seconds": 30},
    ),
    Sample(
        "BufferPoints",
        "Draws circles around points, true on the ground.",
        ("bufferpoints.BufferPoints",),
        properties=_UPLOADS | {"max_run_seconds": 30},
    ),
    Sample(
        "Utilities/PrintingTools",
        "Prints web maps on sheets: for the print widgets of map clients.",
        (
            ("printing.ExportWebMap", "Export Web Map Task"),
            ("printing.GetLayoutTemplatesInfo", "Get Layout Templates Info Task"),
        ),
        properties={"max_run_seconds": 60, "max_memory_mb": 4096},
    ),
    Sample(
        "Specialty/ESRI_Currents_World",
        "Lets a bottle drift on the oceans: currents of a formula, not measured ones.",
        ("currents.MessageInABottle",),
        properties={"max_run_seconds": 30, "max_features": 100},
    ),
    Sample(
        "PublicSafety/EMModels",
        "Draws zones around a spill: invented values, not for emergencies.",
        ("emergency.ERGByChemical", "emergency.ERGByPlacard"),
        _ASYNC,
    ),
    Sample(
        "Network/ESRI_DriveTime_US",
        "How far a car gets in some minutes: on generated streets in Demo City, an"
        " invented town; anywhere else in a straight line.",
        (
            "drivetime.CreateDriveTimePolygons",
            "drivetime.CreateDriveTimePolygonsDisks",
        ),
        properties={"max_run_seconds": 60},
    ),
    Sample(
        "Elevation/ESRI_Elevation_World",
        "What is seen, and heights along lines, around the Jacksboro fault, Tennessee.",
        (
            "elevationworld.Viewshed",
            "elevationworld.ProfileService",
            "elevationsync.Profile",
        ),
        properties={"max_run_seconds": 60},
    ),
    Sample(
        "NetworkAnalysis/SanDiego",
        "Service areas of facilities: on generated streets in Demo City, an invented"
        " town in Kansas; anywhere else in a straight line.",
        (("drivetime.GenerateServiceAreas", "Generate Service Areas"),),
        _ASYNC,
    ),
    Sample(
        "911CallsHotspot",
        "Hot spots of emergency calls, all of them generated, in Demo City, an"
        " invented town.",
        (("calls911.CallsHotspot", "911 Calls Hotspot"),),
        _ASYNC,
        properties={"result_map_server": True, "maximum_records": 10_000},
    ),
    Sample(
        "Tools/ElevationSync",
        "Heights along lines around the Jacksboro fault, Tennessee.",
        ("elevationsync.Profile",),
        properties={"max_run_seconds": 60},
    ),
    Sample(
        "Tools/Hydrology",
        "Where water runs to and comes from around the Jacksboro fault, Tennessee.",
        ("hydrologyworld.TraceDownstream", "hydrologyworld.Watershed"),
        _ASYNC,
    ),
    Sample(
        "ProbabilisticViewshedModel",
        "How likely ground is seen around the Jacksboro fault, Tennessee, over heights"
        " with simulated errors.",
        ("probabilisticviewshed.ProbabilisticViewshedModel",),
        _ASYNC,
        properties={"result_map_server": True},
    ),
    Sample(
        "Demographics/ESRI_Population_World",
        "Estimates how many people live in an area, from the population of countries.",
        ("populationworld.PopulationSummary",),
        properties={"max_run_seconds": 60},
    ),
)

#: Toolboxes of the services above.
NOT_ANALYSIS = (
    "samples",
    "reports",
    "printing",
    "mapping",
    "currents",
    "emergency",
    "drivetime",
    "calls911",
    "incidents",
    "counties",
    "versions",
    "bufferpoints",
    "elevationworld",
    "elevationsync",
    "populationworld",
    "hydrologyworld",
    "probabilisticviewshed",
)

#: Toolboxes that are published whole, each as an asynchronous service in Analysis.
TOOLBOX_TEXTS = {
    "proximity": "Buffers and distances, true on the ground.",
    "overlay": "Where features lie on each other.",
    "generalize": "Simpler shapes for the same features.",
    "management": "Projections, merges and measured fields.",
    "cleanup": "Geometries that are wrong, and features that are there twice.",
    "features": "Parts, points, lines and polygons made of each other.",
    "fields": "Fields added, calculated, joined and described.",
    "statistics": "Sums, means and their like.",
    "joins": "Attributes and selections by where features lie.",
    "dissolve": "Features made one: equal ones, near ones, slivers and neighbours.",
    "allocation": "Ground and places allotted to the points nearest to them.",
    "sampling": "Points at random or in order.",
    "conversion": "Tables, features and files turned into each other.",
    "summarize": "What lies within polygons, counted and measured.",
    "patterns": "Centres, directions and nearest neighbours.",
    "autocorrelation": "Whether near features are alike, and hot spots.",
    "clusters": "Features grouped by where they lie or what they are like.",
    "density": "How dense features lie.",
    "regression": "Fields explained by other fields.",
    "network": "Paths, service areas and closest facilities along lines.",
    "surface": "Slopes, contours, views and profiles of elevations.",
    "visibility": "What is seen over elevations, and profiles of them.",
    "raster": "Rasters cut, sampled, classified, combined, and projected.",
    "rasterfeatures": "Rasters and features made of each other, and zones.",
    "interpolation": "Surfaces between points that were measured.",
    "hydrology": "Where water flows to, gathers and comes from.",
}
