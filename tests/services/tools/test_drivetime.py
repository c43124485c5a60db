"""The drive time samples: what clients send, and what is known of the answers."""

from __future__ import annotations

import json
import math

import numpy as np
import pyproj
import pytest
import shapely

from services.data import democity
from services.errors import ToolFailed
from services.geometry.features import FeatureSet
from services.samples import load_samples
from services.tools.drivetime import (
    create_drive_time_polygons,
    create_drive_time_polygons_disks,
    generate_service_areas,
)
from tests.services.tools.recorder import Recorder

GEOD = pyproj.Geod(ellps="WGS84")
DRIVE = "/Network/ESRI_DriveTime_US/GPServer"
SERVICE = "/NetworkAnalysis/SanDiego/GPServer/Generate Service Areas"
HOME = (-98.58, 39.83)
SAN_DIEGO = (-117.16, 32.72)


def at(*xy) -> FeatureSet:
    return FeatureSet.of(shapely.points(np.array(xy)))


def square_kilometres(shape) -> float:
    return abs(GEOD.geometry_area_perimeter(shape)[0]) / 1e6


def sent(x, y) -> str:
    """A point as the ArcGIS JavaScript client sends it."""
    return json.dumps(
        {
            "geometryType": "esriGeometryPoint",
            "spatialReference": {"wkid": 102100},
            "sr": {"wkid": 102100},
            "features": [
                {
                    "geometry": {"x": x, "y": y, "spatialReference": {"wkid": 102100}},
                    "attributes": {},
                }
            ],
        }
    )


@pytest.mark.parametrize(
    "task", ["CreateDriveTimePolygons", "CreateDriveTimePolygonsDisks"]
)
def test_the_drive_time_tasks_have_the_parameters_that_clients_know(rest, task):
    load_samples()
    found = rest.get(f"{DRIVE}/{task}")
    assert found["executionType"] == "esriExecutionTypeSynchronous"
    assert [(one["name"], one["dataType"], one["parameterType"])
            for one in found["parameters"]] == [
        ("Input_Location", "GPFeatureRecordSetLayer", "esriGPParameterTypeRequired"),
        ("Drive_Times", "GPString", "esriGPParameterTypeOptional"),
        ("Output_Drive_Time_Polygons", "GPFeatureRecordSetLayer",
         "esriGPParameterTypeDerived"),
    ]  # fmt: skip
    assert found["parameters"][1]["defaultValue"] == "5 10 15"
    fields = found["parameters"][2]["defaultValue"]["fields"]
    assert [one["name"] for one in fields] == [
        "FID", "FacilityID", "Name", "FromBreak", "ToBreak", "Shape_Length", "Shape_Area",
    ]  # fmt: skip


def test_a_client_gets_rings_around_a_place_of_demo_city(rest):
    load_samples()
    mercator = pyproj.Transformer.from_crs(4326, 3857, always_xy=True)
    answer = rest.post(
        f"{DRIVE}/CreateDriveTimePolygons/execute",
        Input_Location=sent(*mercator.transform(*HOME)), Drive_Times="1 2 3",
        env__outSR="102100", returnZ="false", returnM="false",
    )  # fmt: skip
    [result] = answer["results"]
    assert result["paramName"] == "Output_Drive_Time_Polygons"
    features = result["value"]["features"]
    assert [one["attributes"]["Name"] for one in features] == [
        "Location 1 : 2 - 3", "Location 1 : 1 - 2", "Location 1 : 0 - 1",
    ]  # fmt: skip
    assert result["value"]["spatialReference"]["wkid"] == 102100
    assert any("invented" in one["description"] for one in answer["messages"])


def test_service_areas_run_with_their_defaults_as_a_job(rest):
    load_samples()
    info = rest.get(SERVICE)
    assert info["executionType"] == "esriExecutionTypeAsynchronous"
    assert [(one["name"], one["dataType"]) for one in info["parameters"]] == [
        ("Facilities", "GPFeatureRecordSetLayer"), ("Break_Values", "GPString"),
        ("Break_Units", "GPString"), ("ServiceAreas", "GPFeatureRecordSetLayer"),
    ]  # fmt: skip
    job = rest.run_job(
        SERVICE,
        Facilities=json.dumps(generate_service_areas.tool.schema.inputs[0].example),
        Break_Values="1 2 3", Break_Units="Minutes",
    )  # fmt: skip
    assert rest.get(job)["jobStatus"] == "esriJobSucceeded"
    areas = rest.get(f"{job}/results/ServiceAreas")["value"]["features"]
    assert [one["attributes"]["ToBreak"] for one in areas] == [3, 2, 1]


def test_outside_of_the_town_a_car_drives_straight_and_it_is_said():
    told = Recorder()
    made = create_drive_time_polygons_disks(at(SAN_DIEGO), "15 30", told)
    found = [square_kilometres(one) for one in made.geometries]
    assert found == pytest.approx([math.pi * 20**2, math.pi * 10**2], rel=2e-3)
    assert made.numbers("Shape_Area") / 1e6 == pytest.approx(found, rel=1e-6)
    assert made.numbers("Shape_Length") / 1000 == pytest.approx(
        [40 * math.pi, 20 * math.pi], rel=1e-3
    )
    assert "outside of Demo City" in told.warnings[0]
    assert "40 km/h in a straight line" in told.warnings[0]
    assert told.messages == []


def test_disks_are_the_sums_of_rings():
    rings = create_drive_time_polygons(at(HOME, SAN_DIEGO), "2 4 6")
    disks = create_drive_time_polygons_disks(at(HOME, SAN_DIEGO), "2 4 6")
    sizes, sums = (one.numbers("Shape_Area").reshape(2, 3) for one in (disks, rings))
    assert np.cumsum(sums[:, ::-1], axis=1)[:, ::-1] == pytest.approx(sizes, rel=1e-4)
    assert rings.numbers("FromBreak").tolist() == [4, 2, 0] * 2
    assert disks.numbers("FromBreak").tolist() == [0] * 6
    assert rings.numbers("FacilityID").tolist() == [1, 1, 1, 2, 2, 2]


def test_nobody_drives_further_than_the_fastest_street_lets():
    [area] = create_drive_time_polygons_disks(at(HOME), "5").geometries
    lon, lat = shapely.get_coordinates(area).T
    metres = GEOD.inv(np.full_like(lon, HOME[0]), np.full_like(lat, HOME[1]), lon, lat)[
        2
    ]
    assert metres.max() < 5 / 60 * 90_000 + 400
    assert metres.min() > 500


def test_units_change_the_values_not_the_areas():
    minutes = generate_service_areas(at(HOME), "1 2", "Minutes")
    seconds = generate_service_areas(at(HOME), "60 120", "Seconds")
    assert minutes.numbers("Shape_Area") == pytest.approx(seconds.numbers("Shape_Area"))
    assert seconds.column("Name").to_pylist()[0] == "Location 1 : 60 - 120"


def test_the_streets_are_always_the_same():
    first = democity.streets()
    democity.streets.cache_clear()
    assert democity.streets() == first


@pytest.mark.parametrize(
    "text", ["", "a b", "0", "-5", "5 nan", "601", " ".join(map(str, range(1, 12)))]
)
def test_drive_times_that_are_no_times_are_refused(text):
    with pytest.raises(ToolFailed, match="Drive_Times must be 1 to 10 numbers"):
        create_drive_time_polygons(at(HOME), text)


def test_without_a_point_there_is_no_area():
    with pytest.raises(ToolFailed, match="Input_Location must hold 1 to 100 points"):
        create_drive_time_polygons(FeatureSet.of([None]))
    with pytest.raises(ToolFailed, match="Facilities must hold 1 to 100 points"):
        generate_service_areas(FeatureSet.of([]))
