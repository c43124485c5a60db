"""The sample services: what a fresh portal has to try."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from services.catalog import publish
from services.models import Folder, Service
from services.registry import registry

_SYNC = Service.Execution.SYNCHRONOUS
_ASYNC = Service.Execution.ASYNCHRONOUS
_BIG = {
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


SAMPLES = (
    Sample(
        "Samples/Buffer",
        "Grows features by a true distance on the ground, while you wait.",
        ("proximity.Buffer",),
        properties=_BIG | {"max_run_seconds": 30},
    ),
    Sample(
        "Samples/BufferAsync",
        "Grows features by a true distance on the ground, as a job.",
        ("proximity.Buffer",),
        _ASYNC,
        properties=_BIG,
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
        properties={"max_run_seconds": 30},
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
        properties={"max_run_seconds": 30},
    ),
    Sample(
        "Samples/TypesAsync",
        "Echoes a value of every data type, as a job.",
        ("samples.Echo",),
        _ASYNC,
    ),
    Sample(
        "Samples/Files",
        "Reverses the lines of a text file.",
        ("samples.ReverseLines",),
        _ASYNC,
        properties={"uploads": True},
    ),
    Sample(
        "LandUseReport",
        "Reports what covers the land in an area, as PDF or HTML.",
        ("reports.LandUse",),
        _ASYNC,
        properties={"maximum_records": 10_000},
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
        "Tools/ElevationSync",
        "Heights along lines around the Jacksboro fault, Tennessee.",
        ("elevationsync.Profile",),
        properties={"max_run_seconds": 60},
    ),
    Sample(
        "Demographics/ESRI_Population_World",
        "Estimates how many people live in an area, from the population of countries.",
        ("populationworld.PopulationSummary",),
        properties={"max_run_seconds": 60},
    ),
)

#: Toolboxes of the services above.
_NOT_ANALYSIS = (
    "samples", "reports", "printing", "elevationworld", "elevationsync",
    "populationworld",
)  # fmt: skip

#: Toolboxes that are published whole, each as an asynchronous service in Analysis.
_TOOLBOX_TEXTS = {
    "proximity": "Buffers and distances, true on the ground.",
    "overlay": "Where features lie on each other.",
    "generalize": "Simpler shapes for the same features.",
    "management": "Projections, merges and measured fields.",
    "statistics": "Sums, means and their like.",
    "joins": "Attributes and selections by where features lie.",
    "dissolve": "Features of equal attributes made one.",
    "sampling": "Points at random or in order.",
    "conversion": "Tables, features and files turned into each other.",
    "summarize": "What lies within polygons, counted and measured.",
    "patterns": "Centres, directions, clusters and hot spots.",
    "network": "Paths, service areas and closest facilities along lines.",
    "surface": "Slopes, contours, views and profiles of elevations.",
    "visibility": "What is seen over elevations, and profiles of them.",
    "raster": "Rasters cut, sampled, classified, combined, and projected.",
    "rasterfeatures": "Rasters and features made of each other, and zones.",
    "interpolation": "Surfaces between points that were measured.",
    "hydrology": "Where water flows to, gathers and comes from.",
}


@transaction.atomic
def load_samples() -> list[Service]:
    """Publish the sample services that are not there yet; return the new ones.

    A service that exists is left alone, whatever an administrator made of it.
    """
    return [
        service for sample in (*SAMPLES, *_analysis()) if (service := _load(sample))
    ]


def _analysis() -> list[Sample]:
    boxes: dict[str, list[str]] = {}
    for tool_id in registry():
        boxes.setdefault(tool_id.partition(".")[0], []).append(tool_id)
    for box in _NOT_ANALYSIS:
        boxes.pop(box, None)
    return [
        Sample(
            f"Analysis/{box.capitalize()}",
            _TOOLBOX_TEXTS.get(box, f"The tools of the {box} toolbox."),
            tuple(tools),
            _ASYNC,
            properties={"maximum_records": 10_000},
        )
        for box, tools in boxes.items()
    ]


def _load(sample: Sample) -> Service | None:
    folder_name, _, name = sample.path.rpartition("/")
    folder = None
    if folder_name:
        folder, _ = Folder.objects.get_or_create(name=folder_name)
    tools = registry()
    if Service.objects.filter(folder=folder, name=name).exists():
        return None
    service = Service.objects.create(
        folder=folder,
        name=name,
        description=sample.description,
        execution_type=sample.execution,
        access=sample.access,
        **sample.properties,
    )
    for one in sample.tools:
        tool_id, name = (one, "") if isinstance(one, str) else one
        publish(tools[tool_id], service, name)
    return service
