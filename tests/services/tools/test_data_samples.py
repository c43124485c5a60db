"""The services that samples of SDKs call: names, types, and what clients send."""

from __future__ import annotations

import io
import json
import zipfile
from typing import get_args
from urllib.parse import urlsplit

import geopandas
import numpy as np
import pyogrio
import pytest
import shapely
from pyproj import Geod, Transformer

from services.catalog import publish
from services.data import countries
from services.geometry.features import FeatureSet
from services.geometry.units import LinearUnit
from services.management.commands.publish import service_at
from services.registry import installed
from services.samplerows import SAMPLES
from services.tools._incidents import incidents
from services.tools.counties import clip_counties
from services.tools.incidents import FeatureFormat, extract_data
from tests.services.tools.recorder import Recorder

GEOD = Geod(ellps="WGS84")
EXTRACT = "/HomelandSecurity/Incident_Data_Extraction/GPServer/Extract Data Task"
CLIP = "/SamplesNET/USA_Data_ClipTools/GPServer/ClipCounties"
VERSIONS = "/GDBVersions/GPServer/ListVersions"
BUFFER = "/BufferPoints/GPServer/BufferPoints"
RING = [[2, 48.6], [2, 49.2], [2.6, 49.2], [2.6, 48.6], [2, 48.6]]
PARIS = {"geometry": {"rings": [RING]}}
_MOVE = Transformer.from_crs(4326, 3857, always_xy=True).transform
MERCATOR = {"geometry": {"rings": [[_MOVE(*corner) for corner in RING]]}}
AREA = {"features": [PARIS], "spatialReference": {"wkid": 4326}}
POINT = {"features": [{"geometry": {"x": 24.94, "y": 60.17}}],
         "geometryType": "esriGeometryPoint"}  # fmt: skip


@pytest.fixture
def samples(rest):
    """The four services, as ``load_samples`` makes them."""
    paths = {
        task.partition("/GPServer")[0][1:] for task in (EXTRACT, CLIP, VERSIONS, BUFFER)
    }
    for sample in SAMPLES:
        if sample.path not in paths:
            continue
        service = service_at(sample.path, execution_type=sample.execution,
                             access=sample.access, **sample.properties)  # fmt: skip
        for one in sample.tools:
            tool_id, name = (one, "") if isinstance(one, str) else one
            publish(installed(tool_id), service, name)
    return rest


def parameters(rest, task):
    return {
        one["name"]: (one["dataType"], one["direction"], one["parameterType"])
        for one in rest.get(task)["parameters"]
    }


IN, OUT = "esriGPParameterDirectionInput", "esriGPParameterDirectionOutput"
NEEDED, FREE = "esriGPParameterTypeRequired", "esriGPParameterTypeOptional"
DERIVED = "esriGPParameterTypeDerived"


def kinds(**rows):
    return rows


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        (EXTRACT, {
            "Layers_to_Clip": ("GPMultiValue:GPString", IN, FREE),
            "Area_of_Interest": ("GPFeatureRecordSetLayer", IN, NEEDED),
            "Feature_Format": ("GPString", IN, FREE),
            "Output_Zip_File": ("GPDataFile", OUT, DERIVED),
        }),
        (CLIP, {
            "Input_Features": ("GPFeatureRecordSetLayer", IN, NEEDED),
            "Linear_unit": ("GPLinearUnit", IN, FREE),
            "Clipped_Counties": ("GPFeatureRecordSetLayer", OUT, DERIVED),
        }),
        (VERSIONS, {"Versions": ("GPRecordSet", OUT, DERIVED)}),
        (BUFFER, {
            "Input_Points": ("GPFeatureRecordSetLayer", IN, NEEDED),
            "Distance": ("GPLinearUnit", IN, FREE),
            "Output": ("GPFeatureRecordSetLayer", OUT, DERIVED),
        }),
    ],
    ids=["extract", "clip", "versions", "buffer"],
)  # fmt: skip
def test_tasks_have_the_names_and_types_that_clients_know(samples, task, expected):
    assert parameters(samples, task) == expected


def test_samples_run_as_clients_expect(samples):
    modes = {
        task: samples.get(task.rpartition("/")[0])["executionType"].rpartition("Type")[
            2
        ]
        for task in (EXTRACT, CLIP, VERSIONS, BUFFER)
    }
    assert list(modes.values()) == [
        "Asynchronous", "Asynchronous", "Synchronous", "Synchronous",
    ]  # fmt: skip
    clip = samples.get(CLIP.rpartition("/")[0])
    assert (clip["maximumRecords"], bool(clip["resultMapServerName"])) == (100, True)


def test_the_default_of_layers_is_the_list(samples):
    rows = {one["name"]: one for one in samples.get(EXTRACT)["parameters"]}
    layers = ["Incident Points", "Incident Lines", "Incident Areas"]
    assert rows["Layers_to_Clip"]["defaultValue"] == layers
    assert rows["Layers_to_Clip"]["choiceList"] == layers
    assert rows["Feature_Format"]["choiceList"] == list(get_args(FeatureFormat))


def zipped(rest, **fields):
    """Run the extraction; return the names in the zip and the texts of messages."""
    texts = {name: value if isinstance(value, str) else json.dumps(value)
             for name, value in fields.items()}  # fmt: skip
    job = rest.run_job(EXTRACT, **texts)
    told = rest.get(job)
    assert told["jobStatus"] == "esriJobSucceeded", told["messages"]
    url = urlsplit(rest.get(f"{job}/results/Output_Zip_File")["value"]["url"]).path
    content = b"".join(rest.client.get(url))
    with zipfile.ZipFile(io.BytesIO(content)) as kit:
        return kit.namelist(), [one["description"] for one in told["messages"]]


@pytest.mark.parametrize(
    "area",
    [
        AREA,
        {"features": [PARIS]},
        {"features": [PARIS], "sr": {"wkid": 4326}},
        {"features": [PARIS], "geometryType": "esriGeometryPolygon", "fields": [],
         "Fields": []},
        {"features": [MERCATOR], "sr": {"wkid": 102100}},
        {"features": [{"geometry": {"type": "Polygon", "coordinates": [RING]}}]},
    ],
    ids=["plain", "no reference", "sr", "fields twice", "sr of Web Mercator", "geojson"],
)  # fmt: skip
def test_areas_are_taken_as_clients_send_them(samples, area):
    names, messages = zipped(samples, Area_of_Interest=area)
    assert {"Incident_Points.shp", "Incident_Lines.dbf", "Incident_Areas.prj"} <= set(
        names
    )
    count = _in_box(incidents()["Incident Points"])
    assert 0 < count < 25
    assert f"Incident Points: {count} features" in messages


def _in_box(features):
    """Count points between the sides of the ring."""
    x, y = shapely.get_coordinates(features.geometries).T
    return int(((x > 2) & (x < 2.6) & (y > 48.6) & (y < 49.2)).sum())


def test_one_layer_in_another_format(samples):
    names, messages = zipped(
        samples, Area_of_Interest=AREA, Layers_to_Clip=["Incident Areas"],
        Feature_Format="GeoJSON - GEOJSON - .geojson",
    )  # fmt: skip
    assert names == ["Incident_Areas.geojson"]
    assert not any(one.startswith("Incident Points") for one in messages)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"Layers_to_Clip": '["Parcels"]'}, "Incident Points, Incident Lines"),
        ({"Feature_Format": "File Geodatabase - GDB - .gdb"}, "Shapefile - SHP - .shp"),
    ],
    ids=["layer", "format"],
)
def test_what_is_not_there_is_answered_with_what_is(samples, fields, says):
    answer = samples.post(
        f"{EXTRACT}/submitJob", Area_of_Interest=json.dumps(AREA), **fields
    )
    assert answer["error"]["code"] == 400
    assert says in json.dumps(answer["error"])


@pytest.mark.parametrize("form", get_args(FeatureFormat), ids=lambda one: one[-7:])
def test_each_format_has_the_features_that_geopandas_cuts(tmp_path, form):
    area = countries().take(
        np.array([countries().column("name").to_pylist().index("Germany")])
    )
    context = Recorder(tmp_path)
    file = extract_data(area_of_interest=area, feature_format=form, context=context,
                        layers_to_clip=["Incident Points"])  # fmt: skip
    with zipfile.ZipFile(file.path) as kit:
        kit.extractall(tmp_path / "out")
        [name] = [
            one for one in kit.namelist() if one.endswith(form[form.rindex(".") :])
        ]
    points = _points(tmp_path)
    expected = geopandas.clip(points, area.to_geopandas())
    if name.endswith((".parquet", ".csv")):
        count = context.messages[0]
        assert count == f"Incident Points: {len(expected)} features"
    else:
        assert pyogrio.read_info(tmp_path / "out" / name)["features"] == len(expected)


def _points(tmp_path):
    world = FeatureSet.of([shapely.box(-180, -90, 180, 90)])
    context = Recorder(tmp_path / "all")
    context.scratch.mkdir()
    file = extract_data(area_of_interest=world, layers_to_clip=["Incident Points"],
                        context=context)  # fmt: skip
    with zipfile.ZipFile(file.path) as kit:
        kit.extractall(context.scratch / "out")
    frame = geopandas.GeoDataFrame(
        *[pyogrio.read_dataframe(context.scratch / "out" / "Incident_Points.shp")]
    )
    assert len(frame) == 305 * 12
    return frame


def test_counties_lie_within_the_distance_of_the_line():
    line = shapely.LineString([(-104.99, 39.74), (-94.58, 39.1)])
    made = clip_counties(FeatureSet.of([line]), LinearUnit(50, "esriMiles"))
    dense = shapely.get_coordinates(shapely.segmentize(line, 0.01))
    xy = shapely.get_coordinates(made.geometries)
    nearest = np.array([
        GEOD.inv(np.full(len(dense), x), np.full(len(dense), y), *dense.T)[2].min()
        for x, y in xy[:: max(1, len(xy) // 200)]
    ])  # fmt: skip
    assert nearest.max() == pytest.approx(50 * 1609.344, rel=2e-3)
    assert nearest.max() <= 50 * 1609.344 * 1.002
    assert len(made) == len(set(made.column("NAME").to_pylist()))


def test_more_than_a_hundred_counties_are_told_and_drawn(samples):
    line = {"features": [{"geometry": {"paths": [[[-120, 40], [-80, 40]]]}}],
            "geometryType": "esriGeometryPolyline", "sr": {"wkid": 4326}}  # fmt: skip
    unit = {"distance": 50, "units": "esriMiles"}
    job = samples.run_job(
        CLIP, Input_Features=json.dumps(line), Linear_unit=json.dumps(unit)
    )
    value = samples.get(f"{job}/results/Clipped_Counties", returnType="data")["value"]
    assert value["exceededTransferLimit"] is True
    assert value["features"] == []
    image = samples.get(f"{job}/results/Clipped_Counties")["value"]["mapImage"]
    assert image["href"].startswith("http")


def test_few_counties_come_as_features(samples):
    line = {"features": [{"geometry": {"paths": [[[-100, 40], [-99.5, 40]]]}}]}
    unit = {"distance": 5, "units": "esriMiles"}
    job = samples.run_job(
        CLIP, Input_Features=json.dumps(line), Linear_unit=json.dumps(unit)
    )
    value = samples.get(f"{job}/results/Clipped_Counties", returnType="data")["value"]
    assert 2 <= len(value["features"]) <= 8
    assert value["geometryType"] == "esriGeometryPolygon"


@pytest.mark.parametrize("fields", [{}, {"Versions": ""}, {"Versions": "{}"}], ids=str)
def test_versions_are_a_table_of_the_fields_that_clients_know(samples, fields):
    answer = samples.post(f"{VERSIONS}/execute", **fields)
    [result] = answer["results"]
    assert (result["paramName"], result["dataType"]) == ("Versions", "GPRecordSet")
    assert [one["name"] for one in result["value"]["fields"]] == [
        "ObjectID", "name", "created", "access", "description", "isowner",
        "lastmodified", "parentversionname",
    ]  # fmt: skip
    [row] = result["value"]["features"]
    assert row["attributes"]["name"] == "sde.DEFAULT"


@pytest.mark.parametrize(
    ("distance", "metres"),
    [({}, 1000), ({"Distance": '{"distance": 2, "units": "esriMiles"}'}, 3218.688),
     ({"Distance": "500 Meters"}, 500)],
    ids=["default", "object", "text"],
)  # fmt: skip
@pytest.mark.parametrize("extra", [{}, {"sr": {"wkid": 4326}}], ids=["bare", "sr"])
def test_circles_are_the_distance_from_their_points(samples, distance, metres, extra):
    answer = samples.post(
        f"{BUFFER}/execute", Input_Points=json.dumps(POINT | extra), **distance
    )
    [result] = answer["results"]
    assert result["paramName"] == "Output"
    [ring] = result["value"]["features"][0]["geometry"]["rings"]
    x, y = np.array(ring).T
    away = GEOD.inv(np.full(len(x), 24.94), np.full(len(x), 60.17), x, y)[2]
    assert away == pytest.approx(np.full(len(x), metres), abs=1.1e-3)
