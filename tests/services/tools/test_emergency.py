"""Zones around an incident: their size on the ground, their warning, their service."""

from __future__ import annotations

import json
import math

import pytest
import shapely
from pyproj import Geod

from jobs.runs import execution
from services.geometry.crs import WEB_MERCATOR
from services.geometry.features import FeatureSet
from services.samples import load_samples
from services.tools.emergency import erg_by_chemical, erg_by_placard
from tests.conftest import ROOT

GEOD = Geod(ellps="WGS84")
SERVICE = "/PublicSafety/EMModels/GPServer"
POINT = {
    "geometryType": "esriGeometryPoint",
    "spatialReference": {"wkid": 4326},
    "features": [
        {"attributes": {"Id": 1, "Name": "x"}, "geometry": {"x": 25, "y": 60}}
    ],
}


class Notes:
    """A context that keeps warnings."""

    def __init__(self):
        self.warnings = []

    def warn(self, text):
        self.warnings.append(text)


def incident(*places):
    return FeatureSet.of(
        [place and shapely.Point(place) for place in places],
        geometry_type="esriGeometryPoint",
    )


def area(shape):
    return abs(GEOD.geometry_area_perimeter(shapely.orient_polygons(shape))[0])


@pytest.mark.parametrize("place", [(25, 60), (0, 0), (-116.5, 84)], ids=str)
def test_zones_are_a_circle_and_a_square_on_the_ground(place):
    made = erg_by_chemical(incident(place), 30)
    radius, side = made.column("Distance").to_pylist()
    circle, square = made.geometries
    # A regular polygon of 64 corners has this share of its circle.
    share = math.sin(2 * math.pi / 64) / (2 * math.pi / 64)
    assert area(circle) == pytest.approx(math.pi * radius**2 * share, rel=1e-5)
    assert area(square) == pytest.approx(side**2, rel=1e-5)


@pytest.mark.parametrize("bearing", [0, 45, 90, 200, 360], ids=str)
def test_square_lies_downwind(bearing):
    made = erg_by_chemical(incident((25, 60)), bearing)
    side = made.column("Distance")[1].as_py()
    centre = made.geometries[1].centroid
    azimuth, _, metres = GEOD.inv(25, 60, centre.x, centre.y)
    assert math.cos(math.radians(azimuth - bearing)) == pytest.approx(1, abs=1e-5)
    assert metres == pytest.approx(side / 2, rel=1e-3)


def test_night_and_large_spills_reach_no_less_far():
    far = {
        (time, size): erg_by_chemical(
            incident((25, 60)), 0, "Chlorine", time, size
        ).column("Distance")[1].as_py()
        for time in ("Day", "Night")
        for size in ("Small", "Large")
    }  # fmt: skip
    assert far["Day", "Small"] < far["Night", "Small"]
    assert far["Day", "Large"] < far["Night", "Large"]
    assert far["Day", "Small"] < far["Day", "Large"]


def test_placard_stands_for_its_material():
    by_name = erg_by_chemical(incident((25, 60)), 90, "Chlorine", "Night", "Small")
    assert erg_by_placard(incident((25, 60)), 90, "1017", "Night", "Small") == by_name


def test_everything_says_that_it_is_not_for_emergencies():
    notes = Notes()
    made = erg_by_chemical(incident((25, 60), None), context=notes)
    assert notes.warnings == [
        "Demonstration values, invented: not for emergencies",
        "Incident_Point: 1 feature has no geometry and was left out",
    ]
    assert set(made.column("Notice").to_pylist()) == {notes.warnings[0]}
    for function in (erg_by_chemical, erg_by_placard):
        assert (
            "not for emergencies" in function.tool.summary + function.tool.description
        )
    assert len(erg_by_chemical(incident())) == 0


def test_zones_come_in_the_reference_of_the_incident_and_cross_the_antimeridian():
    made = erg_by_chemical(incident((179.999, 10)).project(WEB_MERCATOR), 90)
    assert made.spatial_reference == WEB_MERCATOR
    made = erg_by_chemical(incident((179.999, 10)), 90)
    assert shapely.get_num_geometries(made.geometries[1]) == 2


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {
            "Wind_Bearing__direction_blowing_to__0_-_360_": "32",
            "Material_Type": "Anhydrous ammonia",
            "Day_or_Night_incident": "Day",
            "Large_or_Small_spill": "Large",
        },
    ],
    ids=["defaults", "as clients of the original send it"],
)
def test_job_by_chemical_answers_what_clients_send(rest, db, sent):
    load_samples()
    fields = {"f": "json", "Incident_Point": json.dumps(POINT)} | sent
    answer = rest.client.post(f"{ROOT}{SERVICE}/ERGByChemical/submitJob", fields).json()
    execution.run(answer["jobId"])
    job = f"{SERVICE}/ERGByChemical/jobs/{answer['jobId']}"
    document = rest.get(job)
    assert document["jobStatus"] == "esriJobSucceeded"
    assert any(
        "not for emergencies" in one["description"] for one in document["messages"]
    )
    value = rest.get(f"{job}/results/outerg_shp")["value"]
    assert value["geometryType"] == "esriGeometryPolygon"
    zones = [one["attributes"]["Zone"] for one in value["features"]]
    assert zones == ["Initial isolation zone", "Protective action zone"]
    ring = value["features"][1]["geometry"]["rings"][0]
    centre = shapely.Polygon(ring).centroid
    azimuth = GEOD.inv(25, 60, centre.x, centre.y)[0]
    assert azimuth == pytest.approx(32 if sent else 90, abs=0.1)


def test_job_by_placard_runs_with_its_defaults(rest, db):
    load_samples()
    job = rest.run_job(f"{SERVICE}/ERGByPlacard", Incident_Point=json.dumps(POINT))
    value = rest.get(f"{job}/results/outerg_shp")["value"]
    assert {one["attributes"]["Material"] for one in value["features"]} == {
        "Anhydrous ammonia"
    }


def test_parameters_have_the_types_of_the_original(rest, db):
    load_samples()
    document = rest.get(f"{SERVICE}/ERGByChemical")
    assert document["executionType"] == "esriExecutionTypeAsynchronous"
    types = {one["name"]: one["dataType"] for one in document["parameters"]}
    assert types == {
        "Incident_Point": "GPFeatureRecordSetLayer",
        "Wind_Bearing__direction_blowing_to__0___360_": "GPDouble",
        "Material_Type": "GPString",
        "Day_or_Night_incident": "GPString",
        "Large_or_Small_spill": "GPString",
        "outerg_shp": "GPFeatureRecordSetLayer",
    }
