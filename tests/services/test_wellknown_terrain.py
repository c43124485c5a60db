"""Hydrology and the probabilistic viewshed, through REST as their clients send."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import numpy as np
import pytest
import rasterio
import shapely
from pyproj import Geod, Transformer

from services.geometry.features import FeatureSet
from services.geometry.units import LinearUnit
from services.samplerows import SAMPLES
from services.tools.hydrology import watershed
from services.tools.visibility import SUMMIT, viewshed

TOOLS = "/Tools/Hydrology/GPServer"
VIEW = "/ProbabilisticViewshedModel/GPServer/ProbabilisticViewshedModel"
GEOD = Geod(ellps="WGS84")
VALLEY, HIGH = (-84.2, 36.25), (-84.3, 36.3)
MERCATOR = Transformer.from_crs(4326, 3857, always_xy=True)


@pytest.fixture(autouse=True)
def samples(published):
    """The services as a fresh portal has them."""
    for one in SAMPLES:
        if f"/{one.path}/GPServer" in (TOOLS, VIEW.rpartition("/")[0]):
            for tool in one.tools:
                published(tool, one.path, sync=False, **one.properties)


def points(*xy, wkid=4326, **columns):
    rows = [dict(zip(columns, one, strict=True))
            for one in zip(*columns.values(), strict=True)] or [{}] * len(xy)  # fmt: skip
    return json.dumps({
        "geometryType": "esriGeometryPoint", "spatialReference": {"wkid": wkid},
        "features": [{"geometry": {"x": x, "y": y}, "attributes": row}
                     for (x, y), row in zip(xy, rows, strict=True)],
    })  # fmt: skip


def run(rest, task, name, **fields):
    """Run a job; return a result's features and what the job said."""
    job = rest.run_job(task, **fields)
    told = rest.get(job)
    assert told["jobStatus"] == "esriJobSucceeded", told["messages"]
    value = rest.get(f"{job}/results/{name}", returnType="data")["value"]
    return value, [one["description"] for one in told["messages"]]


def test_a_trace_goes_down_to_the_edge_by_cells(rest):
    # as the R client sends it: Generalize in capitals, PointIdField by name
    value, _ = run(rest, f"{TOOLS}/TraceDownstream", "OutputTraceLine",
                   InputPoints=points(HIGH, code=["A7"]), PointIdField="code",
                   DataSourceResolution="finest", Generalize="FALSE")  # fmt: skip
    [line] = value["features"]
    [path] = np.array(line["geometry"]["paths"])
    assert line["attributes"]["PourPtID"] == "A7"
    assert line["attributes"]["DataResolution"] == "90m"
    metres = GEOD.line_length(*path.T)
    assert line["attributes"]["LengthKM"] == pytest.approx(metres / 1000, rel=1e-6)
    steps = np.abs(np.diff(path, axis=0)) * 1200  # cells of 3 arc-seconds
    assert np.rint(steps).max() == 1
    assert np.abs(path[0] - HIGH).max() < 1 / 1200


def test_ground_above_each_place_of_a_trace_holds_its_start(rest):
    value, _ = run(rest, f"{TOOLS}/TraceDownstream", "OutputTraceLine",
                   InputPoints=points(HIGH), DataSourceResolution="Finest")  # fmt: skip
    [path] = value["features"][0]["geometry"]["paths"]
    low = path[len(path) // 2]
    above = watershed(FeatureSet.of([shapely.Point(low)])).geometries[0]
    assert shapely.intersects_xy(above, *path[0])


def test_a_watershed_is_that_of_the_tool_and_its_point_moves(rest):
    # as the web clients of the service send it
    x, y = MERCATOR.transform(*VALLEY)
    value, _ = run(rest, f"{TOOLS}/Watershed", "WatershedArea",
                   InputPoints=points((x, y), wkid=102100), SourceDatabase="FINEST",
                   SnapDistance="500", SnapDistanceUnits="Meters",
                   Generalize="False", ReturnSnappedPoints="True")  # fmt: skip
    assert value["spatialReference"]["wkid"] == 102100
    [area] = value["features"]
    same = watershed(FeatureSet.of([shapely.Point(VALLEY)]), None, LinearUnit(500.0))
    metres = abs(GEOD.geometry_area_perimeter(
        shapely.orient_polygons(same.geometries)[0])[0])  # fmt: skip
    assert area["attributes"]["AreaSqKm"] == pytest.approx(metres / 1e6, rel=1e-4)
    assert area["attributes"]["PourPtID"] == "1"


def test_snapped_points_are_within_the_distance_and_only_if_asked_for(rest):
    for asked, count in (("true", 1), ("false", 0)):
        value, _ = run(rest, f"{TOOLS}/Watershed", "SnappedPoints",
                       InputPoints=points(VALLEY), SnapDistance="0.5",
                       SnapDistanceUnits="Kilometers", ReturnSnappedPoints=asked)  # fmt: skip
        assert len(value["features"]) == count
        for one in value["features"]:
            place = one["geometry"]["x"], one["geometry"]["y"]
            assert GEOD.inv(*VALLEY, *place)[2] < 500 + 120  # between centres of cells


def test_generalized_shapes_have_fewer_vertices_and_nearly_the_size(rest):
    made = {}
    for word in ("True", "False"):
        value, _ = run(rest, f"{TOOLS}/Watershed", "WatershedArea", Generalize=word,
                       InputPoints=points(VALLEY))  # fmt: skip
        [one] = value["features"]
        count = sum(map(len, one["geometry"]["rings"]))
        made[word] = one["attributes"]["AreaSqKm"], count
    assert made["True"][1] < made["False"][1] / 2
    assert made["True"][0] == pytest.approx(made["False"][0], rel=0.02)


@pytest.mark.parametrize("task", ["TraceDownstream", "Watershed"])
def test_points_elsewhere_and_heights_that_are_not_there_are_told(rest, task):
    name = {"TraceDownstream": "OutputTraceLine", "Watershed": "WatershedArea"}[task]
    value, said = run(rest, f"{TOOLS}/{task}", name, InputPoints=points((8, 47)),
                      DataSourceResolution="10m")  # fmt: skip
    assert value["features"] == []
    assert any("no heights of 10m" in one for one in said)
    assert any("the heights lie between" in one for one in said)
    job = rest.run_job(f"{TOOLS}/{task}", InputPoints=points(VALLEY),
                       DataSourceResolution="5m")  # fmt: skip
    told = rest.get(job)
    assert told["jobStatus"] == "esriJobFailed"
    assert any(
        "finest, 10m, 30m, 90m" in one["description"] for one in told["messages"]
    )


def test_a_probable_view_is_drawn_and_lies_around_the_viewshed(rest, tmp_path):
    # as the .NET samples send it: Height is a text, Distance in miles
    [summit] = SUMMIT["features"]
    place = summit["geometry"]["x"], summit["geometry"]["y"]
    distance = {"distance": 2, "units": "esriMiles"}
    job = rest.run_job(VIEW, Input_Features=points(place), Height="50",
                       Distance=json.dumps(distance))  # fmt: skip
    told = rest.get(job)
    assert told["jobStatus"] == "esriJobSucceeded", told["messages"]
    assert any("realisations" in one["description"] for one in told["messages"])
    image = rest.get(f"{job}/results/Viewshed_Probability")["value"]["mapImage"]
    assert image["href"].startswith("http")
    url = rest.get(f"{job}/results/Viewshed_Probability", returnType="data")["value"]
    content = rest.client.get(urlsplit(url["url"]).path)
    file = tmp_path / "share.tif"
    file.write_bytes(b"".join(content))
    with rasterio.open(file) as raster:
        share = np.nan_to_num(raster.read(1, masked=True).filled(0))
    observers = FeatureSet.of([shapely.Point(place)])
    seen = viewshed(observers, None, LinearUnit(2, "esriMiles"), LinearUnit(50.0))
    is_seen = seen.values[0] > 0
    assert 0 < share[share > 0].min() < share.max() == 1
    assert share[is_seen].mean() > 0.8
    assert share[~is_seen].mean() < 0.01


@pytest.mark.parametrize(
    ("fields", "says"),
    [({"Height": "tall"}, "Height"),
     ({"Distance": '{"distance": 0, "units": "esriMiles"}'}, "Distance")],
    ids=["height", "distance"],
)  # fmt: skip
def test_values_that_are_none_are_named(rest, fields, says):
    job = rest.run_job(VIEW, Input_Features=points(VALLEY), **fields)
    told = rest.get(job)
    assert told["jobStatus"] == "esriJobFailed"
    assert any(says in one["description"] for one in told["messages"])


def test_nobody_on_heights_sees_nothing(rest):
    job = rest.run_job(VIEW, Input_Features=points((8, 47)))
    told = rest.get(job)
    assert told["jobStatus"] == "esriJobSucceeded"
    assert any("lie between" in one["description"] for one in told["messages"])
